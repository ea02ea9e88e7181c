"""Tuning of network arms by successive halving, with training and validation rows only.

Strengths, rates, learning rate and batch size are chosen as follows. Nine settings, the arm's
default among them, are trained for a ninth of the epochs. The three with the smallest validation
loss are trained for a third of them. The best of these is trained in full. So every arm, including
the baseline, spends twice its epochs on the choice. The learning rates and batch sizes tried depend
only on the seed, not on the arm. A learning-rate schedule of the user's network is kept. If one of
the three overfits, its dropout rate is raised by a step.

Source: Jamieson and Talwalkar 2016, "Non-stochastic best arm identification and hyperparameter
optimization", algorithm 1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from bridle import streams
from bridle.networks.engine.between_epochs import BetweenEpochs
from bridle.networks.engine.job import Job, Outcome
from bridle.networks.engine.train_jobs import plan_groups, train_jobs
from bridle.networks.template.networks import Networks
from bridle.workbench.arm.network_arm import NetworkRun
from bridle.workbench.arm.network_arms.dropout import RATES
from bridle.workbench.protocol import Protocol

__all__ = ["CANDIDATES", "SURVIVORS", "Tuned", "tune"]

CANDIDATES, SURVIVORS = 9, 3

LEARNING_RATES = (3e-4, 1e-3, 3e-3, 1e-2)

_OVERFITS = 0.1
"""Validation loss minus noise-free training loss, as a fraction of the latter's size, above which a
network counts as overfitting."""

Settings = Mapping[str, Any]


@dataclass(frozen=True)
class Tuned:
    """The choice for a run.

    Attributes
    ----------
    settings : mapping of str to value
        Chosen settings; empty if the arm is not tuned.
    tried : tuple of dict
        Each trial in plain numbers: ``rate``, ``batch_size``, ``learning_rate`` if it was set,
        ``epochs``, and ``loss``, the validation loss at their end (None if the training failed).
    """

    settings: Settings = field(default_factory=dict)
    tried: tuple[dict[str, Any], ...] = ()


def tune(
    runs: Sequence[NetworkRun],
    protocol: Protocol,
    networks: Networks,
    advance: Callable[[Job], None] = lambda job: None,
) -> list[Tuned]:
    """Return the choice for each run, and what was tried.

    Parameters
    ----------
    runs : sequence of NetworkRun
        Runs on one or several splits; the choice on a split does not depend on other splits.
    protocol : Protocol
        Rules, with epochs and batch size.
    networks : Networks
        Networks of the study.
    advance : callable
        Called with a job that has finished an epoch.
    """
    between = BetweenEpochs(advance)
    chosen = [Tuned() for _ in runs]
    tried: dict[int, list[dict[str, Any]]] = {}
    trials = [
        (i, settings)
        for i, run in enumerate(runs)
        if run.arm.tuned
        for settings in _candidates(run, protocol, networks)
    ]
    for share, kept in ((CANDIDATES, SURVIVORS), (SURVIVORS, 1)):
        epochs = max(1, round(protocol.epochs / share))
        jobs = [
            runs[i].arm.job(runs[i].split, protocol, runs[i].seed, networks, settings, epochs)
            for i, settings in trials
        ]
        results = _train(jobs, between)
        for (i, settings), job, (loss, _) in zip(trials, jobs, results, strict=True):
            tried.setdefault(i, []).append(_trial(settings, job, loss))
        order = sorted(range(len(trials)), key=lambda k: (trials[k][0], results[k][0], k))
        left: dict[int, list[Settings]] = {}
        for k in order:
            i, settings = trials[k]
            survivors = left.setdefault(i, [])
            if len(survivors) < kept:
                survivors.append(_raised(settings, results[k]) if kept > 1 else settings)
        trials = [(i, settings) for i, survivors in left.items() for settings in survivors]
    for i, settings in trials:
        chosen[i] = Tuned(settings, tuple(tried[i]))
    return chosen


def _candidates(run: NetworkRun, protocol: Protocol, networks: Networks) -> list[Settings]:
    shared = streams.generator(run.seed, "tuning")
    own = streams.generator(run.seed, "tuning", run.arm.name)
    scheduled = run.arm.job(run.split, protocol, run.seed, networks).template.has_own_speed
    sizes = (max(1, protocol.batch_size // 4), protocol.batch_size)
    found: list[Settings] = [{}]
    for _ in range(CANDIDATES - 1):
        settings: dict[str, Any] = {
            "learning_rate": LEARNING_RATES[shared.integers(len(LEARNING_RATES))],
            "batch_size": sizes[shared.integers(len(sizes))],
        }
        if scheduled:
            del settings["learning_rate"]
        for name, values in run.arm.choices:
            settings[name] = values[own.integers(len(values))]
        found.append(settings)
    return found


def _train(jobs: Sequence[Job], between: BetweenEpochs) -> list[tuple[float, float]]:
    """Return validation and noise-free training loss at the end of each trial; inf if it failed."""
    losses = [(np.inf, np.inf)] * len(jobs)
    for k, outcome in train_jobs(jobs, plan_groups(jobs), between):
        if isinstance(outcome, Outcome) and outcome.diverged is None:
            history = outcome.curves
            losses[k] = (history.val_loss[-1], history.train_eval_loss[-1])
    return losses


def _trial(settings: Settings, job: Job, loss: float) -> dict[str, Any]:
    speed = {name: settings[name] for name in ("learning_rate",) if name in settings}
    return {
        "rate": job.regime.rate,
        "batch_size": job.batch_size,
        **speed,
        "epochs": job.epochs,
        "loss": float(loss) if np.isfinite(loss) else None,
    }


def _raised(settings: Settings, losses: tuple[float, float]) -> Settings:
    """Return the settings, with the next larger rate if there is one and the network overfits."""
    rate = settings.get("rate")
    if rate is None or rate == RATES[-1] or losses[0] - losses[1] <= _OVERFITS * abs(losses[1]):
        return settings
    return {**settings, "rate": RATES[RATES.index(rate) + 1]}
