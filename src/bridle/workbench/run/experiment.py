"""`run_experiment`: runs every arm on every split; each run gives a record."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from bridle.networks.engine.between_epochs import BetweenEpochs
from bridle.networks.engine.checkpoint import Checkpoints
from bridle.networks.engine.job import Job
from bridle.networks.engine.train_jobs import plan_groups
from bridle.networks.template.networks import Networks
from bridle.types import Array
from bridle.workbench.arm import Arm, Fit, NetworkArm, Split
from bridle.workbench.arm.linear_predictor import LinearPredictor
from bridle.workbench.arm.network_arm import NetworkRun, fit_networks
from bridle.workbench.arm.tuning import Tuned, tune
from bridle.workbench.data.dataset import Dataset
from bridle.workbench.protocol import Protocol
from bridle.workbench.record import Record
from bridle.workbench.run.asked_split import GivenSplit, asked_split, given_split
from bridle.workbench.run.draw_split import draw_split
from bridle.workbench.run.measures import measures
from bridle.workbench.run.metric import risk, score
from bridle.workbench.run.progress import RunProgress

__all__ = ["RunKey", "run_experiment"]


RunKey = tuple[str, int]
"""Name of an arm and seed."""

_MOST_COEFFICIENTS = 200

_MOST_RESIDUALS = 100

_NUMBERS_AT_ONCE = 2**27
"""Largest number of splits in memory at a time, whose networks are trained together."""


def run_experiment(
    dataset: Dataset,
    arms: Iterable[Arm],
    protocol: Protocol,
    advance: Callable[[str, float], None] = lambda text, share: None,
    *,
    done: Mapping[RunKey, Record] | None = None,
    keep: Callable[[Record], None] = lambda record: None,
    checkpoints: Checkpoints | None = None,
    networks: Networks | None = None,
) -> tuple[Record, ...]:
    """Run every arm on the split of every seed.

    Networks are trained in groups, which `bridle.networks.engine.compiled.grouping` forms by shapes
    only. If a record of a group is missing, the whole group is trained again, so that an interrupted
    study ends with the same records bit for bit, except for seconds.

    Parameters
    ----------
    dataset : Dataset
        The data.
    arms : iterable of Arm
        The arms.
    protocol : Protocol
        The rules.
    advance : callable
        Called with a few words and the finished fraction of a run.
    done : mapping of (arm, seed) to Record, optional
        Records of an earlier start of the same study; these runs are not repeated.
    keep : callable
        Called with each new record.
    checkpoints : Checkpoints, optional
        Storage for unfinished trainings.
    networks : Networks, optional
        Networks that the study has already built; default: none.

    Returns
    -------
    tuple of Record
        One for each seed and arm, also for failed runs.
    """
    arms = tuple(arms)
    networks = networks or Networks()
    records = dict(done or {})
    size = dataset.frame.size or 1
    tuned = any(isinstance(arm, NetworkArm) and arm.tuned for arm in arms)
    # Tuning results are not saved: a continued study repeats the tuning of at most one split.
    at_once = 1 if tuned else max(1, _NUMBERS_AT_ONCE // size)
    progress = RunProgress(advance)
    for name, seed in records:
        progress.finish(f"{name}, split {seed}")
    # One BLAS thread: with small matrices, waiting threads cost more time than they save, and
    # another order of summation would make records depend on the number of cores.
    with threadpool_limits(limits=1, user_api="blas"):
        for first in range(0, len(protocol.seeds), at_once):
            seeds = protocol.seeds[first : first + at_once]
            # Closed at once if `keep` fails, so that no training continues in the background.
            between = _between(protocol, progress, checkpoints, tuned=tuned)
            known = set(records)
            runs = _run_seeds(dataset, arms, protocol, seeds, known, between, networks)
            with closing(runs) as found:
                for result in found:
                    record = replace(result, train_share=protocol.train_share)
                    records[record.arm_and_seed] = record
                    keep(record)
                    progress.finish(f"{record.arm}, split {record.seed}")
    return tuple(records[arm.name, seed] for seed in protocol.seeds for arm in arms)


def _between(
    protocol: Protocol, progress: RunProgress, checkpoints: Checkpoints | None, *, tuned: bool
) -> BetweenEpochs:
    # Tuning takes twice the epochs of the run itself.
    share = 1 / (protocol.epochs * (3 if tuned else 1))

    def advance(job: Job) -> None:
        progress.advance(job.name, share)

    return BetweenEpochs(advance, checkpoints)


def _run_seeds(
    dataset: Dataset,
    arms: Sequence[Arm],
    protocol: Protocol,
    seeds: Sequence[int],
    known: set[RunKey],
    between: BetweenEpochs,
    networks: Networks,
) -> Generator[Record, None, None]:
    """Yield the records that are not known yet."""
    if all((arm.name, seed) in known for arm in arms for seed in seeds):
        return
    splits = {seed: draw_split(dataset, protocol, seed) for seed in seeds}
    for seed, split in splits.items():
        for arm in arms:
            if not isinstance(arm, NetworkArm) and (arm.name, seed) not in known:
                yield run_arm(arm, split, protocol, seed)
    runs = [
        NetworkRun(arm, split, seed)
        for seed, split in splits.items()
        for arm in arms
        if isinstance(arm, NetworkArm)
    ]
    given = {seed: given_split(dataset, protocol, seed) for seed in splits}
    for run, record in _run_networks(runs, given, protocol, known, between, networks):
        if (run.arm.name, run.seed) not in known:
            yield record


def _run_networks(
    asked: Sequence[NetworkRun],
    given: Mapping[int, GivenSplit],
    protocol: Protocol,
    known: set[RunKey],
    between: BetweenEpochs,
    networks: Networks,
) -> Iterator[tuple[NetworkRun, Record]]:
    able, jobs = [], []
    for run in asked:
        try:
            split = asked_split(run.arm, run.split, given[run.seed], networks)
            jobs.append(run.arm.job(split, protocol, run.seed, networks))
            able.append(replace(run, split=split))
        except Exception as error:  # a run that fails is a result, and the others go on
            yield run, _failure(run.arm, run.split, run.seed, error, 0.0)
    if not jobs:
        return
    choices = [Tuned() for _ in able]
    if any(run.arm.tuned for run in able):
        try:
            choices = tune(able, protocol, networks, between.advance)
        except Exception as error:  # untuned runs would not be what was requested
            for run in able:
                yield run, _failure(run.arm, run.split, run.seed, error, 0.0)
            return
        jobs = [
            run.arm.job(run.split, protocol, run.seed, networks, choice.settings)
            for run, choice in zip(able, choices, strict=True)
        ]
    groups = [
        group
        for group in plan_groups(jobs)
        if any((able[i].arm.name, able[i].seed) not in known for i in group)
    ]
    began = time.perf_counter()
    for position, fit in fit_networks(able, jobs, groups, between):
        run = able[position]
        if isinstance(fit, Exception):
            passed = time.perf_counter() - began
            yield run, _failure(run.arm, run.split, run.seed, fit, passed)
        else:
            tried = choices[position].tried
            told = replace(fit, details={**fit.details, "tried": list(tried)}) if tried else fit
            yield run, _judged(run.arm, run.split, run.seed, told, fit.seconds or 0.0)


def run_arm(arm: Arm, split: Split, protocol: Protocol, seed: int) -> Record:
    """Fit an arm on a split and compute its metric."""
    began = time.perf_counter()
    try:
        fit = arm.fit(split, protocol, seed)
    except Exception as error:  # a run that fails is a result, and the others go on
        return _failure(arm, split, seed, error, time.perf_counter() - began)
    return _judged(arm, split, seed, fit, time.perf_counter() - began)


def _judged(arm: Arm, split: Split, seed: int, fit: Fit, seconds: float) -> Record:
    try:
        return _record(arm, split, seed, fit, seconds)
    except Exception as error:
        return _failure(arm, split, seed, error, seconds)


def _failure(arm: Arm, split: Split, seed: int, error: Exception, seconds: float) -> Record:
    return Record(
        arm=arm.name,
        seed=seed,
        **_sizes(split),
        test_risk=None,
        train_risk=None,
        test_score=None,
        seconds=seconds,
        failure=f"{type(error).__name__}: {error}",
    )


def _record(arm: Arm, split: Split, seed: int, fit: Fit, seconds: float) -> Record:
    if fit.failure is not None:
        return Record(
            arm=arm.name,
            seed=seed,
            **_sizes(split),
            test_risk=None,
            train_risk=None,
            test_score=None,
            seconds=seconds,
            curves=fit.curves,
            details=dict(fit.details),
            failure=fit.failure,
        )
    in_test, in_train = fit.predict(split.test.X), fit.predict(split.train.X)
    at_best = None if fit.predict_best is None else fit.predict_best(split.test.X)
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
        best_epoch=fit.best_epoch,
        best_test_risk=None if at_best is None else risk(split, split.test.y, at_best),
        effect=fit.effect,
        residuals=_residuals(split, in_test),
        measures=measures(split, split.test.y, in_test),
        selection=fit.selection,
        intercept=fit.predict.intercept.tolist()
        if isinstance(fit.predict, LinearPredictor)
        else None,
    )


def _residuals(split: Split, prediction: Array) -> list[float] | None:
    """Return the absolute errors on the test part, or quantiles of them, none below its share."""
    errors = split.task.type.residuals(split.test.y, prediction, split.target_scale)
    if errors is None:
        return None
    if len(errors) > _MOST_RESIDUALS:
        shares = np.arange(1, _MOST_RESIDUALS + 1) / _MOST_RESIDUALS
        errors = np.quantile(errors, shares, method="higher")
    return [float(error) for error in errors]


def _sizes(split: Split) -> dict[str, Any]:
    parts = {"train": split.train, "validation": split.validation, "test": split.test}
    return {f"n_{name}": len(part.y) for name, part in parts.items()}


def _largest(names: Sequence[str], coefficients: Array | None) -> dict[str, list[float]] | None:
    if coefficients is None:
        return None
    size = np.linalg.norm(coefficients, axis=1)
    kept = np.sort(np.argsort(-size, kind="stable")[:_MOST_COEFFICIENTS])
    return {names[j]: coefficients[j].tolist() for j in kept}
