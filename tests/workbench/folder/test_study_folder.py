"""Laws of a study's folder: nobody else's files, one study, and what is done about another."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from bridle.errors import InputError
from bridle.files.atomic_file import write_atomic
from bridle.workbench.folder.file_names import (
    MANIFEST,
    MODEL,
    MODEL_FILES,
    OWN_FILES,
    UNFINISHED,
)
from bridle.workbench.folder.lock import LOCK
from bridle.workbench.folder.plan import Plan
from bridle.workbench.folder.record_file import records_text
from bridle.workbench.folder.study_folder import open_study_folder
from bridle.workbench.record import Record

ONE = Plan({"data": "1", "options": "1", "versions": "1"})
OTHER = Plan({"data": "2", "options": "2", "versions": "1"})
RECORDS = tuple(Record("linear", seed, 8, 1, 1, 0.5, 0.25, 0.75, 0.5) for seed in (0, 1))
CONTENTS = {"records.jsonl": records_text(RECORDS).encode(), "report.html": b"<p>one</p>"}


def finish(path, plan=ONE, contents=CONTENTS):
    with open_study_folder(path) as folder:
        journal = folder.begin(plan, overwrite=True)
        for one in RECORDS:
            journal.keep(one)
        journal.write()
        folder.finish(plan, contents)


def interrupt(path, plan=ONE):
    with open_study_folder(path) as folder:
        journal = folder.begin(plan)
        journal.keep(RECORDS[0])
        journal.write()
        (path / "checkpoint-0123456789abcdef.npz").write_bytes(b"")


def begin(path, plan=ONE, *, overwrite=False):
    """Return the records that a start of a study takes up, and whether it is all done."""
    with open_study_folder(path) as folder:
        journal = folder.begin(plan, overwrite=overwrite)
        return tuple(journal.done.values()), folder.is_complete


def contents(path):
    held = [one for one in path.rglob("*") if one.is_file()]
    return {one.relative_to(path).as_posix(): one.read_bytes() for one in held}


def test_empty_folder_begins_a_study(tmp_path):
    assert begin(tmp_path / "a" / "b") == ((), False)
    assert contents(tmp_path / "a" / "b") == {}


def test_unfinished_study_goes_on(tmp_path):
    interrupt(tmp_path)
    assert begin(tmp_path) == (RECORDS[:1], False)


def test_finished_study_is_taken_up_as_it_is(tmp_path):
    finish(tmp_path)
    assert set(contents(tmp_path)) == {*CONTENTS, MANIFEST}
    assert begin(tmp_path) == (RECORDS, True)


@pytest.mark.fault(74)
@pytest.mark.parametrize(
    ("state", "said"),
    [
        (interrupt, "holds an unfinished study of other data and options"),
        (finish, "holds a finished study of other data and options"),
    ],
)
def test_other_study_is_refused_and_replaced_on_request_alone(tmp_path, state, said):
    state(tmp_path)
    before = contents(tmp_path)
    with pytest.raises(InputError, match=said) as caught:
        begin(tmp_path, OTHER)
    assert repr(os.fspath(tmp_path)) in str(caught.value)
    assert "with overwrite=True." in str(caught.value)
    assert contents(tmp_path) == before
    assert begin(tmp_path, OTHER, overwrite=True) == ((), False)
    # What is finished stays until there is something in its place.
    assert contents(tmp_path) == (before if state is finish else {})
    finish(tmp_path, OTHER)
    assert begin(tmp_path, OTHER) == (RECORDS, True)


def test_overwriting_the_same_study_takes_nothing_away(tmp_path):
    interrupt(tmp_path)
    assert begin(tmp_path, overwrite=True) == (RECORDS[:1], False)
    finish(tmp_path)
    assert begin(tmp_path, overwrite=True) == (RECORDS, True)


def test_finished_study_shows_again_when_what_was_begun_over_it_goes(tmp_path):
    finish(tmp_path)
    with open_study_folder(tmp_path) as folder:
        folder.begin(OTHER, overwrite=True).write()
    with pytest.raises(InputError, match="unfinished study of other"):
        begin(tmp_path)
    assert begin(tmp_path, overwrite=True) == (RECORDS, True)


def test_figure_of_the_study_before_goes(tmp_path):
    finish(tmp_path, contents={**CONTENTS, "loss_curves.png": b"png"})
    finish(tmp_path, OTHER)
    assert set(contents(tmp_path)) == {*CONTENTS, MANIFEST}


@pytest.mark.parametrize("name", CONTENTS)
def test_finished_file_that_was_edited_is_named_and_kept(tmp_path, name):
    finish(tmp_path)
    with (tmp_path / name).open("ab") as file:
        file.write(b"note")
    with pytest.raises(InputError, match=f"with changed files: {name}"):
        begin(tmp_path)
    assert (tmp_path / name).read_bytes() == CONTENTS[name] + b"note"
    assert begin(tmp_path, overwrite=True) == ((), False)


def test_finished_file_that_is_missing_is_written_again(tmp_path):
    finish(tmp_path)
    (tmp_path / "report.html").unlink()
    assert begin(tmp_path) == (RECORDS, False)
    (tmp_path / "records.jsonl").unlink()
    assert begin(tmp_path) == ((), False)


@pytest.mark.fault(74)
@pytest.mark.parametrize(
    "name", [*OWN_FILES, UNFINISHED, *(f"{MODEL}/{one}" for one in MODEL_FILES)]
)
def test_strangers_file_of_a_studys_name_is_never_overwritten(tmp_path, name):
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("mine")
    for overwrite in (False, True):
        with pytest.raises(InputError, match=f"holds '{name}', which bridle did not write"):
            begin(tmp_path, overwrite=overwrite)
    assert contents(tmp_path) == {name: b"mine"}


@pytest.mark.parametrize("text", ["[]", '{"plan": 1}', '{"plan": {}, "files": {"a": 1}}', "{", "["])
def test_strangers_manifest_claims_nothing(tmp_path, text):
    (tmp_path / MANIFEST).write_text(text)
    with pytest.raises(InputError, match=f"holds '{MANIFEST}', which bridle did not write"):
        begin(tmp_path)


@pytest.mark.fault(74)
def test_strangers_file_beside_a_study_is_not_overwritten_by_the_next(tmp_path):
    finish(tmp_path)
    (tmp_path / "coefficients.png").write_text("mine")
    with pytest.raises(InputError, match=r"holds 'coefficients\.png', which bridle did not write"):
        begin(tmp_path, OTHER, overwrite=True)


@pytest.mark.fault(74)
def test_strangers_file_that_comes_while_the_study_runs_is_not_overwritten(tmp_path):
    with open_study_folder(tmp_path) as folder:
        folder.begin(ONE).write()
        (tmp_path / "report.html").write_text("mine")
        with pytest.raises(InputError, match=r"holds 'report\.html'"):
            folder.finish(ONE, CONTENTS)
    assert (tmp_path / "report.html").read_text() == "mine"
    assert UNFINISHED in contents(tmp_path)


def test_manifest_says_the_study_and_its_files(tmp_path):
    finish(tmp_path)
    held = json.loads((tmp_path / MANIFEST).read_text())
    assert held["plan"] == dict(ONE.parts)
    assert set(held["files"]) == set(CONTENTS)


def test_second_study_at_once_is_refused(tmp_path):
    with open_study_folder(tmp_path), pytest.raises(InputError, match="in use"):
        begin(tmp_path)


def test_what_a_kill_left_is_tidied_up(tmp_path, monkeypatch):
    interrupt(tmp_path)

    def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", killed)
        patch.setattr(Path, "unlink", lambda *_, **__: None)  # nor could it tidy up
        with pytest.raises(KeyboardInterrupt):
            write_atomic(tmp_path / "report.html", "new")
    (tmp_path / LOCK).write_text("")
    assert len(contents(tmp_path)) == 4
    assert begin(tmp_path) == (RECORDS[:1], False)
    assert set(contents(tmp_path)) == {UNFINISHED, "checkpoint-0123456789abcdef.npz"}


def test_unfinished_files_end_with_the_study(tmp_path):
    interrupt(tmp_path)
    finish(tmp_path)
    assert set(contents(tmp_path)) == {*CONTENTS, MANIFEST}


@pytest.mark.fault(74)
@pytest.mark.parametrize(
    ("make", "quoted"),
    [
        (lambda path: path.write_text("mine"), "cannot be used"),
        (lambda path: path.symlink_to(path.parent), "symbolic link"),
        (lambda path: path.symlink_to(path.parent / "nowhere"), "symbolic link"),
        (lambda path: (path / "notes.txt").mkdir(parents=True), "'notes.txt'"),
        (lambda path: (path / ".git").mkdir(parents=True), "'.git'"),
        (lambda path: (path / "report.html").mkdir(parents=True), "'report.html'"),
        (lambda path: (path / "report.html.bak").mkdir(parents=True), "'report.html.bak'"),
        (
            lambda path: [(path / name).mkdir(parents=True) for name in "abcde"],
            "'a', 'b', 'c' and 2 more",
        ),
    ],
)
def test_output_folder_of_somebody_else_is_refused(tmp_path, make, quoted):
    path = tmp_path / "out"
    make(path)
    with pytest.raises(InputError, match="out") as caught:
        begin(path)
    assert quoted in str(caught.value)


def test_output_folder_below_a_file_is_refused(tmp_path):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(InputError, match="cannot be used"):
        begin(tmp_path / "file" / "out")
