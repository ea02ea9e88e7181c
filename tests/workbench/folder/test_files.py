import json
import math
import os
import stat
from contextlib import suppress
from itertools import count

import numpy as np
import pytest
from tests.faults import fault

from bridle.files.atomic_file import write_atomic
from bridle.workbench.folder.file_names import to_json


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


def test_every_step_may_fail_and_the_file_is_whole(tmp_path):
    """SQLite's loop: the Nth write, fsync or rename fails, N = 1, 2, ... until none does."""
    path = tmp_path / "records.jsonl"
    outcomes = []
    for n in count(1):
        path.write_text("old")
        with fault(n) as steps, suppress(OSError):
            write_atomic(path, "new")
        assert [one.name for one in tmp_path.iterdir()] == [path.name]
        if steps.failed is None:
            break
        outcomes.append(path.read_text())
    assert path.read_text() == "new"
    # Content, its fsync and the rename; then the folder's fsync, after which the new one stands.
    assert outcomes == ["old", "old", "old", "new"]


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


def test_a_failed_write_names_the_file_that_was_asked_for(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    path = tmp_path / "verdict.json"
    with pytest.raises(OSError, match="No space left") as failed:
        write_atomic(path, "new")
    assert failed.value.filename == str(path)
