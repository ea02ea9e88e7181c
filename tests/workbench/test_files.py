import json
import math
import os
import stat
from pathlib import Path

import numpy as np
import pytest

from bridle.atomic_file import write_atomic
from bridle.errors import InputError
from bridle.workbench.files import (
    OWN_FILES,
    UNFINISHED,
    end_study,
    open_output_directory,
    to_json,
)


@pytest.mark.parametrize("data", [b"", b"\x00\xff\r\n", "", "größer\r\n", "x" * 100_000])
def test_written_is_read(tmp_path, data):
    path = tmp_path / "records.jsonl"
    path.write_text("old")
    write_atomic(str(path), data)
    assert path.read_bytes() == (data if isinstance(data, bytes) else data.encode())
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.fault(74)
@pytest.mark.parametrize("step", ["fsync", "replace"])
@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_failed_write_leaves_old_file_and_nothing_else(tmp_path, monkeypatch, step, error):
    path = tmp_path / "verdict.json"
    path.write_text("old")

    def fail(*_):
        raise error

    monkeypatch.setattr(os, step, fail)
    with pytest.raises(type(error)):
        write_atomic(path, "new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_file_and_folder_are_forced_to_disk_around_the_replacement(tmp_path, monkeypatch):
    steps = []
    fsync, replace = os.fsync, os.replace

    def traced_fsync(descriptor):
        is_folder = stat.S_ISDIR(os.fstat(descriptor).st_mode)
        steps.append("folder" if is_folder else "file")
        fsync(descriptor)

    def traced_replace(source, target):
        steps.append("replace")
        replace(source, target)

    monkeypatch.setattr(os, "fsync", traced_fsync)
    monkeypatch.setattr(os, "replace", traced_replace)
    write_atomic(tmp_path / "verdict.json", "new")
    assert steps == ["file", "replace", "folder"]


def test_written_file_has_the_usual_permissions(tmp_path):
    usual = tmp_path / "usual"
    usual.write_text("")
    write_atomic(tmp_path / "report.html", "")
    assert (tmp_path / "report.html").stat().st_mode == usual.stat().st_mode


def test_link_is_replaced_and_its_target_kept(tmp_path):
    target, link = tmp_path / "target", tmp_path / "report.html"
    target.write_text("old")
    link.symlink_to(target)
    write_atomic(link, "new")
    assert (target.read_text(), link.read_text()) == ("old", "new")
    assert not link.is_symlink()


def test_missing_folder_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        write_atomic(tmp_path / "missing" / "verdict.json", "new")


@pytest.mark.fault(88)
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (math.nan, None),
        (-math.inf, None),
        (np.float32("inf"), None),
        (np.float64(0.1), 0.1),
        (np.int64(3), 3),
        (np.True_, True),
        (np.array([[1.0, np.nan]]), [[1.0, None]]),
        ((1, "ö", None, True), [1, "ö", None, True]),
        ({"a": {1: [math.inf]}}, {"a": {"1": [None]}}),
    ],
)
def test_json_is_valid_and_keeps_what_is_finite(value, expected):
    def refuse(constant):
        raise AssertionError(constant)

    assert json.loads(to_json(value), parse_constant=refuse) == expected


def test_json_keeps_letters_and_indents_on_request():
    assert to_json({"ö": [1]}) == '{"ö": [1]}'
    assert to_json({"ö": 1}, indent=2) == '{\n  "ö": 1\n}'


def test_json_refuses_what_it_cannot_say():
    with pytest.raises(TypeError):
        to_json({"a": object()})


def test_output_folder_is_created_with_its_parents(tmp_path):
    path = tmp_path / "a" / "b"
    assert open_output_directory(str(path)) == path
    assert path.is_dir()


def test_output_folder_accepts_what_bridle_left(tmp_path, monkeypatch):
    for name in (*OWN_FILES, UNFINISHED, "checkpoint-0123456789abcdef.npz"):
        (tmp_path / name).write_text("old")

    def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", killed)
        patch.setattr(Path, "unlink", lambda *_, **__: None)  # nor could it tidy up
        with pytest.raises(KeyboardInterrupt):
            write_atomic(tmp_path / "report.html", "new")
    assert len(list(tmp_path.iterdir())) == len(OWN_FILES) + 3
    open_output_directory(tmp_path)
    assert all((tmp_path / name).read_text() == "old" for name in OWN_FILES)
    end_study(tmp_path)
    assert {one.name for one in tmp_path.iterdir() if one.name[0] != "."} == set(OWN_FILES)


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
        open_output_directory(path)
    assert quoted in str(caught.value)


def test_output_folder_below_a_file_is_refused(tmp_path):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(InputError, match="cannot be used"):
        open_output_directory(tmp_path / "file" / "out")
