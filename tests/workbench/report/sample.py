"""Simulated experiments, shaped like real ones, for the tests of the report."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bridle.networks.curves import Curves
from bridle.workbench.record import Record
from bridle.workbench.task import Task

BINARY = Task("binary", ("no", "yes"))


def curves(rng: np.random.Generator, epochs: int, *, dropout: bool) -> Curves:
    """Losses of a network that memorises, or of one that dropout keeps from it."""
    t = np.arange(1, epochs + 1)
    shared = rng.normal(0, 0.012)
    if dropout:
        evaluated = 0.30 + 0.36 * np.exp(-t / 6)
        validation = 0.40 + 0.27 * np.exp(-t / 5) + 0.0006 * t
        optimised = evaluated + 0.09
    else:
        evaluated = 0.02 + 0.62 * np.exp(-t / 8)
        validation = 0.41 + 0.26 * np.exp(-t / 3) + 0.009 * t
        optimised = evaluated + 0.02

    def noisy(values: np.ndarray, sd: float) -> tuple[float, ...]:
        return tuple((values + shared + rng.normal(0, sd, epochs)).tolist())

    return Curves(
        noisy(optimised, 0.006), noisy(evaluated, 0.004), noisy(validation, 0.01), (0.0,) * epochs
    )


def coefficients(
    rng: np.random.Generator, names: Sequence[str], outputs: int, *, shrunk: bool
) -> dict[str, list[float]]:
    """The 200 largest of a few true effects among many that are zero."""
    truth = np.zeros((len(names), outputs))
    true = min(8, len(names))
    truth[:true] = (np.linspace(1.2, 0.2, true) * np.resize([1, -1, 1], true))[:, None]
    values = truth + rng.normal(0, 0.12, truth.shape)
    if shrunk:
        values = np.sign(values) * np.maximum(np.abs(values) - 0.22, 0)
    largest = np.argsort(-np.linalg.norm(values, axis=1))[:200]
    return {names[i]: values[i].tolist() for i in largest}


def experiment(
    task: Task = BINARY,
    *,
    seeds: int = 10,
    epochs: int = 15,
    names: Sequence[str] = tuple(f"feature_{i}" for i in range(57)),
) -> list[Record]:
    """Records of five arms in which dropout helps and the elastic net does so a little."""
    rng = np.random.default_rng(7)
    risks = {
        "dummy": (0.693, 0.693, 0.52, 0.001),
        "linear": (0.452, 0.371, 0.79, 0.02),
        "elastic_net": (0.428, 0.402, 0.80, 0.31),
        "baseline": (0.541, 0.118, 0.78, 2.4),
        "dropout": (0.391, 0.307, 0.82, 2.6),
    }
    return [
        _record(rng, arm, seed, risks[arm], task, epochs, names)
        for seed in range(seeds)
        for arm in risks
    ]


def _record(
    rng: np.random.Generator,
    arm: str,
    seed: int,
    risk: tuple[float, float, float, float],
    task: Task,
    epochs: int,
    names: Sequence[str],
) -> Record:
    test, train, score, seconds = risk
    network, linear = arm in ("baseline", "dropout"), arm in ("linear", "elastic_net")
    moved = 0.03 * np.random.default_rng(seed).normal() + rng.normal(0, 0.012)
    outputs = task.n_outputs
    found = coefficients(rng, names, outputs, shrunk=arm == "elastic_net") if linear else None
    return Record(
        arm=arm,
        seed=seed,
        n_train=1620,
        n_validation=180,
        n_test=200,
        test_risk=test + moved,
        train_risk=train + rng.normal(0, 0.01),
        test_score=score - moved / 2,
        seconds=seconds * rng.uniform(0.9, 1.1),
        curves=curves(rng, epochs, dropout=arm == "dropout") if network else None,
        coefficients=found,
        details={"alpha": 0.02, "nonzero": sum(any(v) for v in found.values())} if found else {},
    )
