"""Laws of the number of epochs that a study finds: the first at which every loss is level."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest
from tests.workbench.table_arms import ARMS

from bridle.networks.curves import Curves
from bridle.workbench.protocol import Protocol
from bridle.workbench.run import level_epochs as module
from bridle.workbench.run import training_time
from bridle.workbench.run.training_time import TrainingTime

PROTOCOL = Protocol(epochs_rule="until level")
TWO = ("baseline", "dropout")


@dataclass(frozen=True)
class FakeJob:
    name: str
    training: tuple
    batch_size: int = 128
    epochs: int = 1


@pytest.fixture
def found(monkeypatch):
    """Find the number for networks of known validation curves, which are not trained."""

    def find(curves, rows=800, seconds=0.0, to_compile=0.0):
        jobs = [FakeJob(f"{name}, split 0", ((), np.zeros(rows))) for name in curves]
        clock = {"now": 0.0}

        def train(jobs, groups, between):
            for position, job in enumerate(jobs):
                clock["now"] += to_compile
                for _ in range(job.epochs):
                    clock["now"] += seconds
                    between.advance(job)
                curve = curves[job.name.partition(",")[0]](np.arange(job.epochs))
                losses = tuple(curve.tolist())
                outcome = module.Outcome.__new__(module.Outcome)
                object.__setattr__(outcome, "curves", curves_of(losses))
                object.__setattr__(outcome, "diverged", None)
                yield position, outcome

        monkeypatch.setattr(module, "_runs", lambda *_: [(job, 0.69) for job in jobs])
        monkeypatch.setattr(module, "train_jobs", train)
        monkeypatch.setattr(module, "plan_groups", lambda jobs: [])
        monkeypatch.setattr(training_time.time, "monotonic", lambda: clock["now"])
        arms = [ARMS[name] for name in TWO]
        done = module.level_epochs(None, arms, PROTOCOL, None)
        return done.epochs, done.epochs_rule

    return find


def curves_of(losses):
    return Curves(losses, losses, losses, losses)


def decaying(epochs):
    return lambda t: 0.3 + 0.4 * np.exp(-t / epochs)


def flat(t):
    return np.full(len(t), 0.4)


@pytest.mark.parametrize(
    ("curves", "epochs"),
    [
        ({"baseline": flat, "dropout": flat}, 15),
        ({"baseline": lambda t: 0.3 + 0.01 * t, "dropout": flat}, 15),
        ({"baseline": flat, "dropout": decaying(5)}, 30),
        ({"baseline": decaying(5), "dropout": flat}, 30),
        ({"baseline": flat, "dropout": decaying(20)}, 120),
        ({"baseline": flat, "dropout": lambda t: decaying(20)(t[:10])}, 15),
    ],
    ids=["level", "rises", "dropout falls", "baseline falls", "falls slowly", "stopped early"],
)
def test_number_is_the_first_at_which_both_are_level(found, curves, epochs):
    assert found(curves) == (epochs, "level")


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, (960, "epochs")),
        ({"rows": 128 * 100}, (120, "steps")),
        ({"rows": 128 * 10_000}, (15, "steps")),
        ({"seconds": 0.2}, (60, "seconds")),
        ({"to_compile": 100.0}, (960, "epochs")),
    ],
)
def test_bounds_end_the_search_and_are_named(found, more, expected):
    falling = lambda t: 100 - 0.05 * t  # noqa: E731
    assert found({"baseline": flat, "dropout": falling}, **more) == expected


def test_without_a_network_nothing_is_tried():
    arms = [ARMS["dummy"], ARMS["linear"]]
    done = module.level_epochs(None, arms, PROTOCOL, None, lambda epochs: pytest.fail("it tried"))
    assert done == replace(PROTOCOL, epochs=15, epochs_rule="level")


def test_time_is_that_after_the_first_epoch_and_counts_once_what_ran_at_once(monkeypatch):
    watch = TrainingTime()
    for now, name in [(5, "a"), (6, "a"), (7, "b"), (9, "a"), (12, "b"), (20, "c"), (21, "c")]:
        monkeypatch.setattr(training_time.time, "monotonic", lambda now=now: now)
        watch.advance(FakeJob(name, ()))
    assert watch.seconds() == (12 - 5) + (21 - 20)
    assert TrainingTime().seconds() == 0.0
