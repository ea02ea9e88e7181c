"""Laws of the lock: one writer at a time, who is named; nobody where the writer died."""

from __future__ import annotations

import os
import subprocess
import sys
import threading

import pytest

from bridle.errors import InputError
from bridle.workbench.folder import lock as folder_lock
from bridle.workbench.folder.lock import LOCK, locked

HOLDER = """
import sys
from pathlib import Path
from bridle.workbench.folder.lock import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(tmp_path):
    """A process that holds the lock until its input is closed or it is killed."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, os.fspath(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout.readline() == b"held\n"
        yield process
        process.kill()


def test_second_writer_is_refused_and_told_who_holds_it(tmp_path, holder):
    with pytest.raises(InputError, match="is in use") as caught, locked(tmp_path):
        pass
    message = str(caught.value)
    assert repr(os.fspath(tmp_path)) in message
    assert f"process {holder.pid} on " in message
    assert ", since 20" in message
    assert "name another folder" in message


def test_lock_of_a_killed_process_is_free(tmp_path, holder):
    holder.kill()
    holder.wait()
    assert (tmp_path / LOCK).exists()
    with locked(tmp_path):
        assert f'"process": {os.getpid()},' in (tmp_path / LOCK).read_text()
    assert list(tmp_path.iterdir()) == []


def test_lock_holds_within_a_process_too(tmp_path):
    mine = f"process {os.getpid()} "
    with locked(tmp_path), pytest.raises(InputError, match=mine), locked(tmp_path):
        pass
    assert list(tmp_path.iterdir()) == []


def test_lock_goes_where_the_writer_fails(tmp_path):
    with pytest.raises(ZeroDivisionError), locked(tmp_path):
        raise ZeroDivisionError
    with locked(tmp_path):
        pass


def test_holder_that_has_not_said_who_it_is_is_another_study(tmp_path):
    with locked(tmp_path):
        (tmp_path / LOCK).write_text("")
        with pytest.raises(InputError, match="in use: another study is writing"), locked(tmp_path):
            pass


def test_file_that_its_holder_removed_meanwhile_is_no_lock(tmp_path, monkeypatch):
    lock, removed = folder_lock._lock, []

    def late(descriptor):
        if not removed:
            (tmp_path / LOCK).unlink()
            removed.append(descriptor)
        lock(descriptor)

    monkeypatch.setattr(folder_lock, "_lock", late)
    with locked(tmp_path):
        assert (tmp_path / LOCK).exists()
        with pytest.raises(InputError, match="is in use"), locked(tmp_path):
            pass


def test_many_writers_are_never_two_at_once(tmp_path):
    inside, most, entered = [], [], []

    def write(number):
        while number not in entered:
            try:
                with locked(tmp_path):
                    inside.append(number)
                    most.append(len(inside))
                    entered.append(number)
                    inside.remove(number)
            except InputError:
                continue

    threads = [threading.Thread(target=write, args=(i,)) for i in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(entered) == list(range(8))
    assert most == [1] * 8


def test_file_system_without_locks_is_refused(tmp_path, monkeypatch):
    fcntl = pytest.importorskip("fcntl")

    def refuse(*_):
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(fcntl, "flock", refuse)
    with pytest.raises(InputError, match=r"cannot be locked .*local disk"), locked(tmp_path):
        pass
