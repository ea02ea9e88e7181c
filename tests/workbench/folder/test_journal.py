"""Laws of an interrupted study: it goes on where it was, ends with the same bits, breaks no file."""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
from tests.workbench.table_arms import ARMS

import bridle
from bridle.backend import backend_available
from bridle.errors import InputError
from bridle.workbench import run_study, study_runs
from bridle.workbench.arm.linear_arms.linear import Linear
from bridle.workbench.data.dataset import from_arrays
from bridle.workbench.folder.file_names import MODEL, OWN_FILES, UNFINISHED
from bridle.workbench.folder.journal import Journal, read_journal
from bridle.workbench.folder.plan import Plan
from bridle.workbench.folder.record_file import read_records
from bridle.workbench.folder.sealed_line import seal
from bridle.workbench.protocol import Protocol
from bridle.workbench.record import Record
from bridle.workbench.run import experiment

FAST = [ARMS["dummy"], ARMS["linear"]]
PROTOCOL = Protocol(seeds=(0, 1, 2), epochs=2)
ONE = Plan({"data": "1ab", "options": "2"})


def data(seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(60, 3))
    return from_arrays(X, (X[:, 0] + rng.normal(size=60) > 0).astype(int))


def record(seed, arm="linear"):
    return Record(arm, seed, 48, 6, 6, 0.1 + 0.2, 0.25, 0.75, 0.5, details={"converged": True})


def study(path, *, until=None, overwrite=False):
    """Run the study in a folder, as far as so many runs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("bridle.workbench.folder.journal._SECONDS_BETWEEN_WRITES", 0.0)
        if until is None:
            options = {"folder": path, "overwrite": overwrite, "quiet": True}
            return run_study.run_study(data(), FAST, PROTOCOL, **options)
        keep = Journal.keep

        def interrupted(journal, one):
            keep(journal, one)
            if len(journal.done) == until:
                raise KeyboardInterrupt

        patch.setattr(Journal, "keep", interrupted)
        with pytest.raises(KeyboardInterrupt):
            run_study.run_study(data(), FAST, PROTOCOL, folder=path, quiet=True)
        return None


def without_seconds(records):
    return [replace(one, seconds=0.0) for one in records]


def kept(path, *records, plan=ONE):
    journal = Journal(path, plan)
    for one in records:
        journal.keep(one)
    journal.write()
    return path / UNFINISHED


def test_plan_and_records_come_back(tmp_path):
    path = kept(tmp_path, record(0), record(1))
    assert read_journal(path) == (ONE, (record(0), record(1)))
    assert read_journal(tmp_path / "none") is None


@pytest.mark.parametrize("left", [0, 1, 40])
def test_last_line_that_was_cut_off_counts_as_not_written(tmp_path, left):
    path = kept(tmp_path, record(0), record(1))
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:2]) + lines[2][:left])
    assert read_journal(path) == (ONE, (record(0),))
    path.write_bytes(lines[0][:left])
    assert read_journal(path) is None


@pytest.mark.parametrize("number", [1, 2, 3])
def test_line_that_was_edited_is_named(tmp_path, number):
    path = kept(tmp_path, record(0), record(1))
    lines = path.read_text().splitlines()
    lines[number - 1] = lines[number - 1].replace('0.25, "', '0.24, "').replace("1ab", "1ac")
    path.write_text("\n".join(lines) + "\n")
    with pytest.raises(InputError, match=rf"line {number} of '.*{UNFINISHED}'.*overwrite=True"):
        read_journal(path)


@pytest.mark.parametrize("line", ["{}", seal({"plan": "1ab"}), seal(record(0).to_dict())])
def test_journal_without_a_plan_is_refused(tmp_path, line):
    path = tmp_path / UNFINISHED
    path.write_text(f"{line}\n")
    with pytest.raises(InputError, match="line 1 of"):
        read_journal(path)


def test_edited_risk_is_not_resumed(tmp_path):
    study(tmp_path, until=2)
    path = tmp_path / UNFINISHED
    before = path.read_text()
    path.write_text(re.sub(r'"test_risk": 0\.\d', '"test_risk": 0.0', before, count=1))
    assert path.read_text() != before
    with pytest.raises(InputError, match=f"line 2 of '.*{UNFINISHED}'"):
        study(tmp_path)
    study(tmp_path, overwrite=True)
    assert without_seconds(read_records(tmp_path / "records.jsonl")) == without_seconds(
        run_study.run_study(data(), FAST, PROTOCOL, quiet=True).records
    )


def test_unfinished_study_of_other_options_is_replaced_on_request_alone(tmp_path):
    study(tmp_path, until=2)
    other = replace(PROTOCOL, epochs=3)
    with pytest.raises(InputError, match="an unfinished study of other options"):
        run_study.run_study(data(), FAST, other, quiet=True, folder=tmp_path)
    assert UNFINISHED in {one.name for one in tmp_path.iterdir()}
    run_study.run_study(data(), FAST, other, quiet=True, folder=tmp_path, overwrite=True)
    assert {one.name for one in tmp_path.iterdir()} <= set(OWN_FILES)


def test_finished_study_is_shown_again_and_not_run(tmp_path, monkeypatch, capsys):
    first = study(tmp_path)
    before = {one.name: one.stat().st_mtime_ns for one in tmp_path.iterdir()}
    capsys.readouterr()
    monkeypatch.setattr(Linear, "fit", lambda *_: pytest.fail("it trained"))
    again = run_study.run_study(data(), FAST, PROTOCOL, folder=tmp_path)
    assert capsys.readouterr().err == f"The study in {tmp_path} is finished: this is its result.\n"
    assert (again.records, again.verdict) == (first.records, first.verdict)
    assert again.save(tmp_path, model=False).read_bytes()
    assert {one.name: one.stat().st_mtime_ns for one in tmp_path.iterdir()} == before


def test_study_without_a_folder_makes_no_plan(monkeypatch):
    """A network that cannot be written out failed a study that kept nothing."""

    def refuse(*_):
        raise AssertionError

    monkeypatch.setattr(run_study, "plan_of", refuse)
    assert len(run_study.run_study(data(), FAST, PROTOCOL, quiet=True).records) == 6


def test_what_is_done_is_not_done_again(tmp_path, monkeypatch):
    whole = run_study.run_study(data(), FAST, PROTOCOL, quiet=True).records
    fitted = []
    fit = Linear.fit

    def counted(self, split, protocol, seed):
        fitted.append(seed)
        if len(fitted) == 2:
            raise KeyboardInterrupt
        return fit(self, split, protocol, seed)

    monkeypatch.setattr(Linear, "fit", counted)
    monkeypatch.setattr("bridle.workbench.folder.journal._SECONDS_BETWEEN_WRITES", 0.0)
    with pytest.raises(KeyboardInterrupt):
        run_study.run_study(data(), FAST, PROTOCOL, quiet=True, folder=tmp_path)
    resumed = run_study.run_study(data(), FAST, PROTOCOL, quiet=True, folder=tmp_path)
    assert fitted == [0, 1, 1, 2]
    assert without_seconds(resumed.records) == without_seconds(whole)
    assert UNFINISHED not in {one.name for one in tmp_path.iterdir()}


@pytest.mark.skipif(backend_available() is not None, reason=str(backend_available()))
@pytest.mark.parametrize("missing", [(0, "baseline"), (2, "dropout")])
def test_networks_that_are_missing_come_out_as_they_were(missing):
    arms = [ARMS[name] for name in ("baseline", "dropout")]
    whole = experiment.run_experiment(data(), arms, PROTOCOL)
    known = {one.arm_and_seed: one for one in whole}
    lost = known.pop((missing[1], missing[0]))
    kept = []
    again = experiment.run_experiment(data(), arms, PROTOCOL, done=known, keep=kept.append)
    assert without_seconds(again) == without_seconds(whole)
    assert without_seconds(kept) == without_seconds([lost])


def test_folder_of_compare_holds_what_save_writes(tmp_path):
    X, y = data().frame, data().target
    done = bridle.compare(X, y, arms=["linear"], seeds=2, out=tmp_path / "out")
    names = {one.name for one in (tmp_path / "out").iterdir()}
    assert names <= {*OWN_FILES, MODEL}
    assert read_records(tmp_path / "out" / "records.jsonl") == done.records


def test_found_number_of_epochs_is_kept(tmp_path, monkeypatch):
    """A search that is bounded in seconds may end elsewhere the next time: it is not repeated."""
    asked = replace(PROTOCOL, epochs_rule="until level")
    found = replace(asked, epochs=7, epochs_rule="seconds")
    monkeypatch.setattr(study_runs, "level_epochs", lambda *_: found)
    options = {"folder": tmp_path / "out", "quiet": True}

    def interrupted(journal, one):
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Journal, "keep", interrupted)
        with pytest.raises(KeyboardInterrupt):
            run_study.run_study(data(), FAST, asked, **options)
    monkeypatch.setattr(study_runs, "level_epochs", lambda *_: pytest.fail("it searched again"))
    for _ in ("unfinished", "finished"):
        done = run_study.run_study(data(), FAST, asked, **options)
        assert (done.protocol.epochs, done.protocol.epochs_rule) == (7, "seconds")
        assert (done.verdict.epochs, done.verdict.epochs_rule) == (7, "seconds")
    with pytest.raises(InputError, match="other options"):
        run_study.run_study(data(), FAST, replace(PROTOCOL, epochs=7), **options)


SCRIPT = """
import sys, numpy as np, bridle
from bridle.networks.engine.checkpoint import Checkpoints
from bridle.networks.engine import checkpoint
from bridle.workbench.folder import journal

checkpoint._SECONDS_BETWEEN_WRITES = journal._SECONDS_BETWEEN_WRITES = 0.0

def told(write):
    def call(*arguments):
        print("writes", flush=True)
        write(*arguments)
        print("wrote", flush=True)
    return call

journal.Journal.write = told(journal.Journal.write)
Checkpoints.save = told(Checkpoints.save)
rng = np.random.default_rng(0)
X = rng.normal(size=(300, 4))
y = (X[:, 0] + rng.normal(size=300) > 0).astype(int)
bridle.compare(X, y, arms=["linear", "baseline", "dropout"], seeds=12, out=sys.argv[1])
"""


def start(folder):
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, os.fspath(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )


def events(process):
    """Count what a study says until it ends."""
    found = sum(1 for _ in process.stdout)
    assert process.wait() == 0
    return found


@pytest.mark.fault(65)
@pytest.mark.slow
@pytest.mark.skipif(backend_available() is not None, reason=str(backend_available()))
def test_study_that_is_killed_fifty_times_ends_with_the_same_records(tmp_path):
    total = events(start(tmp_path / "whole"))
    expected = without_seconds(read_records(tmp_path / "whole" / "records.jsonl"))
    moment = random.Random(0)
    kills, finished = 0, 0
    while kills < 50:
        folder = tmp_path / f"killed-{finished}"
        with start(folder) as process:
            # Killed at an event, before, during or after a write; where it ends first, it is done.
            for _ in islice(process.stdout, moment.randrange(total // 2)):
                pass
            process.send_signal(signal.SIGKILL)
        kills += process.returncode != 0
        if (folder / "records.jsonl").exists() and not (folder / UNFINISHED).exists():
            assert without_seconds(read_records(folder / "records.jsonl")) == expected
            finished += 1
    folder = tmp_path / f"killed-{finished}"
    events(start(folder))
    assert without_seconds(read_records(folder / "records.jsonl")) == expected
    assert {one.name for one in folder.iterdir()} <= set(OWN_FILES)
    assert finished > 0
