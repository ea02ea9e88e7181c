"""Planted truths: what a study may say, and must not, of data whose truth is known."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
import pytest
from benchmarks.coverage import DESIGNS, simulated_coverage

import bridle
from bridle.networks.curves import Curves
from bridle.workbench.protocol import Protocol
from bridle.workbench.record import Record
from bridle.workbench.task import Task
from bridle.workbench.verdict.verdict import judge

pytestmark = pytest.mark.slow

STUDIES = 100
PASSING = 95
BINARY = Task("binary", ("no", "yes"))
EPOCHS = 30


@dataclass(frozen=True)
class Truth:
    """Per-split losses of two networks on 1,000 rows; ``change`` is dropout minus baseline."""

    change: float
    accepted: frozenset[str]
    forbidden: frozenset[str]
    train: tuple[float, float] = (0.1, 0.2)
    spread: float = 0.02
    falling: float = 0.0


SETTLED = frozenset({"benign gap", "no difference", "inconclusive"})
PLANTED = {
    "truly helps": Truth(-0.08, frozenset({"helps"}), frozenset({"hurts", "no difference"})),
    "truly hurts": Truth(0.08, frozenset({"hurts"}), frozenset({"helps", "no difference"})),
    "cannot help, wide gap": Truth(0.0, SETTLED, frozenset({"underfits"}), spread=0.003),
    "cannot help, no gap": Truth(
        0.0, SETTLED, frozenset({"underfits"}), train=(0.45, 0.45), spread=0.003
    ),
    "underfits": Truth(0.0, frozenset({"underfits"}), frozenset({"helps"}), falling=0.6),
    "learns nothing": Truth(
        0.0,
        frozenset({"inconclusive", "no difference"}),
        frozenset({"helps"}),
        train=(0.69, 0.69),
        spread=0.002,
    ),
    "too few rows to tell": Truth(
        -0.2,
        frozenset({"inconclusive", "helps"}),
        frozenset({"hurts", "no difference", "benign gap"}),
        spread=0.3,
    ),
}


def records_of(truth: Truth, rng: np.random.Generator, splits: int = 10) -> list[Record]:
    """Losses that share rows between splits: correlated by n_test / (n_test + n_train)."""
    correlation = 100 / 910
    shared, own = rng.normal(), rng.normal(size=splits)
    noise = np.sqrt(correlation) * shared + np.sqrt(1 - correlation) * own
    records = []
    for seed in range(splits):
        level = 0.45 + 0.05 * rng.normal()
        change = truth.change + truth.spread * noise[seed]
        for arm, test, train in (
            ("dummy", 0.69, 0.69),
            ("baseline", level, truth.train[0]),
            ("dropout", level + change, truth.train[1]),
        ):
            curves = None
            if arm != "dummy":
                fall = truth.falling * np.exp(-np.arange(EPOCHS) / 15)
                loss = tuple((level + fall + 0.003 * rng.normal(size=EPOCHS)).tolist())
                curves = Curves(loss, loss, loss, loss)
            records.append(Record(arm, seed, 810, 90, 100, test, train, 0.8, 1.0, curves))
    return records


@pytest.mark.parametrize("name", PLANTED)
def test_planted_truth_is_told_and_the_contrary_never(name):
    truth = PLANTED[name]
    rng = np.random.default_rng(sorted(PLANTED).index(name))
    protocol = Protocol(epochs=EPOCHS)
    said = Counter(judge(records_of(truth, rng), protocol, BINARY).decision for _ in range(STUDIES))
    right = sum(said[word] for word in truth.accepted)
    wrong = sum(said[word] for word in truth.forbidden)
    assert right >= PASSING, said
    assert wrong <= STUDIES - 98, said


def table(kind, rng):
    """Data for the linear arms, whose truth is known."""
    n, p = {"helps": (120, 80), "too few": (40, 5)}.get(kind, (1500, 4))
    X = rng.normal(size=(n, p))
    y = X[:, :3].sum(axis=1) + (2.0 if kind == "helps" else 1.0) * rng.normal(size=n)
    if kind == "leak":
        X[:, -1] = 2 * y + 1
    return X, y


FITTED = {
    "helps": ({"helps"}, {"hurts", "no difference", "benign gap"}),
    "cannot help": ({"no difference", "benign gap", "inconclusive"}, {"invalid", "underfits"}),
    "too few": ({"inconclusive", "no difference", "benign gap"}, {"invalid"}),
    "leak": ({"invalid"}, {"helps", "hurts", "no difference"}),
}


@pytest.mark.parametrize("kind", FITTED)
def test_planted_truth_is_told_by_real_fits(kind):
    accepted, forbidden = FITTED[kind]
    said: Counter[str] = Counter()
    studies = 50
    for study in range(studies):
        X, y = table(kind, np.random.default_rng([study, len(kind)]))
        found = bridle.compare(X, y, arms=["linear", "elastic_net"], seeds=10).verdict
        # A true difference too small to matter is found as such: it is no false alarm.
        word = found.decision
        if kind in ("cannot help", "too few") and found.comparisons[0].negligible:
            word = "no difference"
        said[word] += 1
    assert sum(said[word] for word in accepted) >= PASSING / 100 * studies, said
    assert sum(said[word] for word in forbidden) <= 0.02 * studies, said


@pytest.mark.parametrize("name", DESIGNS)
def test_interval_covers_the_truth(name):
    assert simulated_coverage(DESIGNS[name]).corrected >= 0.925
