"""Laws of an interrupted study: it goes on where it was, ends with the same bits, breaks no file."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pytest

import bridle
from bridle.dropout.backend import backend_available
from bridle.workbench import experiment, run_study
from bridle.workbench.arm import ARMS
from bridle.workbench.arm.linear import Linear
from bridle.workbench.dataset import from_arrays
from bridle.workbench.files import OWN_FILES, UNFINISHED
from bridle.workbench.journal import Journal, plan_of
from bridle.workbench.protocol import Protocol
from bridle.workbench.record import Record
from bridle.workbench.record_file import read_records

FAST = [ARMS["dummy"], ARMS["linear"]]
PROTOCOL = Protocol(seeds=(0, 1, 2), epochs=2)


def data(seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(60, 3))
    return from_arrays(X, (X[:, 0] + rng.normal(size=60) > 0).astype(int))


def record(seed, arm="linear"):
    return Record(arm, seed, 48, 6, 6, 0.1 + 0.2, 0.25, 0.75, 0.5, details={"converged": True})


def without_seconds(records):
    return [replace(one, seconds=0.0) for one in records]


def test_records_come_back_for_the_same_plan_alone(tmp_path):
    journal = Journal(tmp_path, "one")
    assert journal.done == {}
    for seed in (0, 1):
        journal.keep(record(seed))
    journal.write()
    assert Journal(tmp_path, "one").done == {("linear", seed): record(seed) for seed in (0, 1)}
    assert Journal(tmp_path, "one").replaces == ""
    assert Journal(tmp_path, "other").done == {}
    assert "other data" in Journal(tmp_path, "other").replaces


@pytest.mark.parametrize("broken", [b"", b"{", b'{"plan": "one"}\n{"arm": ', b"\xff\xfe\n"])
def test_file_that_cannot_be_read_starts_the_study_anew(tmp_path, broken):
    (tmp_path / UNFINISHED).write_bytes(broken)
    assert Journal(tmp_path, "one").done == {}
    assert Journal(tmp_path, "one").replaces == "cannot be read"


def test_unfinished_study_of_other_options_is_replaced_with_a_word(tmp_path, capsys):
    Journal(tmp_path, "other").write()
    run_study.run_study(data(), FAST, PROTOCOL, folder=tmp_path, quiet=True)
    assert capsys.readouterr().err == ""
    Journal(tmp_path, "other").write()
    run_study.run_study(data(), FAST, PROTOCOL, folder=tmp_path)
    assert "is of other data, options or versions: begun anew." in capsys.readouterr().err


def test_study_without_a_folder_makes_no_plan(monkeypatch):
    """A network that cannot be written out failed a study that kept nothing."""

    def refuse(*_):
        raise AssertionError

    monkeypatch.setattr(run_study, "plan_of", refuse)
    assert len(run_study.run_study(data(), FAST, PROTOCOL, quiet=True).records) == 6


def test_plan_is_a_matter_of_data_arms_rules_and_backend():
    plans = [
        plan_of(data(), FAST, PROTOCOL, "jax 1"),
        plan_of(data(1), FAST, PROTOCOL, "jax 1"),
        plan_of(data(), FAST[:1], PROTOCOL, "jax 1"),
        plan_of(data(), FAST, replace(PROTOCOL, epochs=3), "jax 1"),
        plan_of(data(), FAST, PROTOCOL, "jax 2"),
        plan_of(data(), [*FAST, ARMS["dropout"]], PROTOCOL, "jax 1"),
        plan_of(data(), [*FAST, type(ARMS["dropout"])(tuned=True)], PROTOCOL, "jax 1"),
        plan_of(data(), [*FAST, type(ARMS["dropout"])(lambda p, q: 1)], PROTOCOL, "jax 1"),
        plan_of(data(), [*FAST, type(ARMS["dropout"])(lambda p, q: 2)], PROTOCOL, "jax 1"),
    ]
    assert len(set(plans)) == len(plans)
    assert plan_of(data(), FAST, PROTOCOL, "jax 1") == plans[0]


@pytest.mark.fault(66)
def test_full_disk_ends_the_study_and_leaves_the_file_as_it_was(tmp_path, monkeypatch):
    journal = Journal(tmp_path, "one")
    journal.keep(record(0))
    journal.write()
    before = (tmp_path / UNFINISHED).read_bytes()

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    monkeypatch.setattr("bridle.workbench.journal._SECONDS_BETWEEN_WRITES", 0.0)
    with pytest.raises(OSError, match="No space"):
        run_study.run_study(data(), FAST, PROTOCOL, quiet=True, folder=tmp_path)
    assert (tmp_path / UNFINISHED).read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == [UNFINISHED]


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
    monkeypatch.setattr("bridle.workbench.journal._SECONDS_BETWEEN_WRITES", 0.0)
    with pytest.raises(KeyboardInterrupt):
        run_study.run_study(data(), FAST, PROTOCOL, quiet=True, folder=tmp_path)
    resumed = run_study.run_study(data(), FAST, PROTOCOL, quiet=True, folder=tmp_path)
    assert fitted == [0, 1, 1, 2]
    assert without_seconds(resumed.records) == without_seconds(whole)
    resumed.save(tmp_path)
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
    assert names <= set(OWN_FILES)
    assert read_records(tmp_path / "out" / "records.jsonl") == done.records


SCRIPT = """
import sys, numpy as np, bridle
from bridle.dropout.engine import checkpoint
checkpoint._SECONDS_BETWEEN_WRITES = 0.1
rng = np.random.default_rng(0)
X = rng.normal(size=(300, 4))
y = (X[:, 0] + rng.normal(size=300) > 0).astype(int)
bridle.compare(X, y, arms=["linear", "baseline", "dropout"], seeds=12, epochs=60, out=sys.argv[1])
"""


def start(folder):
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, os.fspath(folder)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


@pytest.mark.fault(65)
@pytest.mark.slow
@pytest.mark.skipif(backend_available() is not None, reason=str(backend_available()))
def test_study_that_is_killed_fifty_times_ends_with_the_same_records(tmp_path):
    began = time.monotonic()
    assert start(tmp_path / "whole").wait() == 0
    length = time.monotonic() - began
    expected = without_seconds(read_records(tmp_path / "whole" / "records.jsonl"))
    moment = random.Random(0)
    kills, finished = 0, 0
    while kills < 50:
        folder = tmp_path / f"killed-{finished}"
        process = start(folder)
        try:
            process.wait(moment.uniform(0.2, 1.0) * length)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            kills += 1
        if (folder / "records.jsonl").exists():
            assert without_seconds(read_records(folder / "records.jsonl")) == expected
            finished += 1
    folder = tmp_path / f"killed-{finished}"
    assert start(folder).wait() == 0
    assert without_seconds(read_records(folder / "records.jsonl")) == expected
    assert {one.name for one in folder.iterdir() if one.name[0] != "."} <= set(OWN_FILES)
    assert finished > 0
