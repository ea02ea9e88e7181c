"""Records whose verdict is known by construction."""

import math

import numpy as np

from bridle.networks.curves import Curves
from bridle.workbench.finding import Finding
from bridle.workbench.protocol import Protocol
from bridle.workbench.record import Record
from bridle.workbench.task import Task
from bridle.workbench.verdict.verdict import judge

BINARY = Task("binary", ("no", "yes"))
REGRESSION = Task("regression")
SEEDS = 10
PROTOCOL = Protocol(seeds=tuple(range(SEEDS)), epochs=60)
DUMMY = 0.69  # so that the margin is 0.0138
FLAT = np.full(60, 0.4)
FALLING = 0.3 + 0.3 * np.exp(-np.arange(60) / 40)
RISING = 0.3 + 0.4 * (np.arange(60) / 30 - 0.5) ** 2

LEAK = Finding(
    "BR104 target-leak", "id", "Column 'id' gives the target away.", "Drop it.", "invalid"
)
NOTE = Finding("BR103 missing-values", "age", "Column 'age' has gaps.", "Fill them.", "warning")


def arm(name, test, train=0.1, *, spread=0.01, curve=None, seeds=SEEDS, scale=1.0, **fields):
    """One record a seed; the spread is the arm's own, with a mean of exactly zero."""
    own = np.random.default_rng(len(name)).normal(size=seeds)
    own = spread * (own - own.mean())
    records = []
    for seed in range(seeds):
        curves = None
        if curve is not None:
            noise = np.random.default_rng(seed).normal(0, 0.005, len(curve))
            values = tuple((scale * (curve + noise)).tolist())
            curves = Curves(values, values, values, values)
        risks = {"test_risk": scale * (test + float(own[seed])), "train_risk": scale * train}
        values = {"test_score": 0.8, "seconds": 1.0, "curves": curves, **risks, **fields}
        records.append(Record(name, seed, 80, 10, 10, **values))
    return records


def failing(name, failures=2, **fields):
    """An arm whose first runs fail."""
    broken = {"test_risk": None, "train_risk": None, "test_score": None, **fields}
    runs = arm(name, 0.4)
    return [Record(**{**vars(run), **broken}) for run in runs[:failures]] + runs[failures:]


def dummy(risk=DUMMY, **fields):
    return arm("dummy", risk, risk, spread=0.0, **fields)


def networks(plain, regularised, *, train=0.1, spread=0.01, curves=(None, None)):
    return [
        *dummy(),
        *arm("baseline", plain, train, spread=spread, curve=curves[0]),
        *arm("dropout", regularised, train, spread=spread, curve=curves[1]),
    ]


CATALOGUE = {
    "helps": (networks(0.5, 0.4, curves=(RISING, FLAT)), "helps"),
    "helps, though the training loss of dropout is worse": (
        [*dummy(), *arm("baseline", 0.5, 0.0), *arm("dropout", 0.4, 0.35)],
        "helps",
    ),
    "helps, and could help more": (networks(0.5, 0.4, curves=(RISING, FALLING)), "helps"),
    "helps negligibly": (networks(0.405, 0.4, spread=0.001), "helps"),
    "hurts": (networks(0.4, 0.5), "hurts"),
    "hurts, but is still learning": (networks(0.4, 0.5, curves=(FLAT, FALLING)), "hurts"),
    "hurts negligibly": (networks(0.4, 0.405, spread=0.001), "hurts"),
    "benign gap": (networks(0.4, 0.4, spread=0.003), "benign gap"),
    "no difference": (networks(0.4, 0.4, spread=0.003, train=0.4), "no difference"),
    "no difference, and a gap within the margin": (
        networks(0.4, 0.4, spread=0.003, train=0.395),
        "no difference",
    ),
    "no difference at all": (networks(0.4, 0.4, spread=0.0, train=0.4), "no difference"),
    "inconclusive": (networks(0.41, 0.4, spread=0.1), "inconclusive"),
    "underfits, dropout behind": (networks(0.4, 0.52, curves=(FALLING, FALLING)), "underfits"),
    "underfits, dropout ahead": (networks(0.52, 0.4, curves=(FALLING, FALLING)), "underfits"),
    "underfits, level": (
        networks(0.41, 0.4, spread=0.1, curves=(FALLING, FALLING)),
        "underfits",
    ),
    "learns its training rows by heart": (networks(0.8, 0.72), "nothing learnt"),
    "learns its training rows by heart, and the classes": (
        [
            *dummy(test_score=0.5),
            *arm("baseline", 0.8, test_score=0.8),
            *arm("dropout", 0.72, test_score=0.8),
        ],
        "helps",
    ),
    "may have learnt": (
        [*dummy(), *arm("baseline", 0.66, spread=0.2), *arm("dropout", 0.62, spread=0.2)],
        "inconclusive",
    ),
    "elastic net learns, networks do not": (
        [*networks(0.8, 0.72), *arm("linear", 0.6), *arm("elastic_net", 0.4)],
        "helps",
    ),
    "one epoch": (networks(0.66, 0.67, train=0.65, curves=(FLAT[:1], FLAT[:1])), "underfits"),
    "three epochs, level": (
        networks(0.4, 0.5, curves=(FLAT[:3], FLAT[:3])),
        "underfits",
    ),
    "learns nothing": (networks(0.7, 0.69, train=0.685), "nothing learnt"),
    "learns nothing, dummy unknown": (
        networks(0.8, 0.69, train=0.685)[SEEDS:],
        "helps",
    ),
    "only the worse arm learns nothing": (
        [*dummy(), *arm("baseline", 0.4), *arm("dropout", 0.69, 0.69)],
        "hurts",
    ),
    "only the better arm learns nothing": (
        [*dummy(), *arm("baseline", 0.9), *arm("dropout", 0.69, 0.69)],
        "nothing learnt",
    ),
    "dropout failed": ([*dummy(), *arm("baseline", 0.5), *failing("dropout")], "invalid"),
    "baseline failed": (
        [*dummy(), *failing("baseline", failure="The loss became NaN."), *arm("dropout", 0.5)],
        "invalid",
    ),
    "risk is not finite": (
        [*arm("baseline", 0.5), *failing("dropout", 1, test_risk=math.inf, train_risk=0.1)],
        "invalid",
    ),
    "everything failed": (
        [*failing("baseline", SEEDS), *failing("dropout", SEEDS, failure="No memory.")],
        "invalid",
    ),
    "two splits": (
        [*arm("baseline", 0.5, seeds=2, spread=0.0), *arm("dropout", 0.4, seeds=2, spread=0.0)],
        "helps",
    ),
    "one split": ([*arm("baseline", 0.5, seeds=1), *arm("dropout", 0.4, seeds=1)], "invalid"),
    "one shared split": ([*arm("baseline", 0.5), *arm("dropout", 0.4, seeds=1)], "invalid"),
    "one arm": ([*dummy(), *arm("baseline", 0.5)], "no comparison"),
    "elastic net alone helps": (
        [*dummy(), *arm("linear", 0.6), *arm("elastic_net", 0.4)],
        "helps",
    ),
    "all arms": (
        [*networks(0.5, 0.417), *arm("linear", 0.65), *arm("elastic_net", 0.44)],
        "helps",
    ),
    "dropout hurts, elastic net helps": (
        [*networks(0.4, 0.5), *arm("linear", 0.5), *arm("elastic_net", 0.45)],
        "hurts",
    ),
    "dropout helps, elastic net hurts": (
        [*networks(0.5, 0.417), *arm("linear", 0.44), *arm("elastic_net", 0.5)],
        "helps",
    ),
}


def verdict_of(name, **arguments):
    return judge(CATALOGUE[name][0], PROTOCOL, BINARY, **arguments)
