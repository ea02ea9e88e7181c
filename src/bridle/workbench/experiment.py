"""Run every arm on every split, and keep a record of each run."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from bridle.workbench.arm import Arm, Fit, Split
from bridle.workbench.dataset import Dataset
from bridle.workbench.metric import risk, score
from bridle.workbench.protocol import Protocol
from bridle.workbench.record import Record
from bridle.workbench.split import draw_split

__all__ = ["run_experiment"]

Array = npt.NDArray[np.float64]

_MOST_COEFFICIENTS = 200


def run_experiment(
    dataset: Dataset,
    arms: Iterable[Arm],
    protocol: Protocol,
    advance: Callable[[str], None] = lambda text: None,
) -> tuple[Record, ...]:
    """Run every arm on the split of every seed.

    Parameters
    ----------
    dataset : Dataset
    arms : iterable of Arm
    protocol : Protocol
    advance : callable
        Called with a few words after each run.

    Returns
    -------
    tuple of Record
        One for each seed and arm; a run that failed is a record too.
    """
    arms = tuple(arms)
    records = []
    # One BLAS thread: the matrices are small, threads that wait for each other cost more than they
    # bring, and sums in another order would make records depend on the number of cores.
    with threadpool_limits(limits=1, user_api="blas"):
        for seed in protocol.seeds:
            split = draw_split(dataset, protocol, seed)
            for arm in arms:
                records.append(run_arm(arm, split, protocol, seed))
                advance(f"{arm.name}, split {seed}")
    return tuple(records)


def run_arm(arm: Arm, split: Split, protocol: Protocol, seed: int) -> Record:
    """Fit one arm on one split, and judge it by the one metric of the task."""
    began = time.perf_counter()
    try:
        fit = arm.fit(split, protocol, seed)
        seconds = time.perf_counter() - began
        return _record(arm, split, seed, fit, seconds)
    except Exception as error:  # a run that fails is a result, and the others go on
        return Record(
            arm=arm.name,
            seed=seed,
            **_sizes(split),
            test_risk=None,
            train_risk=None,
            test_score=None,
            seconds=time.perf_counter() - began,
            failure=f"{type(error).__name__}: {error}",
        )


def _record(arm: Arm, split: Split, seed: int, fit: Fit, seconds: float) -> Record:
    in_test, in_train = fit.predict(split.test.X), fit.predict(split.train.X)
    return Record(
        arm=arm.name,
        seed=seed,
        **_sizes(split),
        test_risk=risk(split, split.test.y, in_test),
        train_risk=risk(split, split.train.y, in_train),
        test_score=score(split, split.test.y, in_test),
        seconds=seconds,
        curves=fit.curves,
        coefficients=_largest(split.feature_names, fit.coefficients),
        details=dict(fit.details),
    )


def _sizes(split: Split) -> dict[str, Any]:
    parts = {"train": split.train, "validation": split.validation, "test": split.test}
    return {f"n_{name}": len(part.y) for name, part in parts.items()}


def _largest(names: Sequence[str], coefficients: Array | None) -> dict[str, list[float]] | None:
    if coefficients is None:
        return None
    size = np.linalg.norm(coefficients, axis=1)
    kept = np.sort(np.argsort(-size, kind="stable")[:_MOST_COEFFICIENTS])
    return {names[j]: coefficients[j].tolist() for j in kept}
