"""`level_epochs`: the number of epochs at which the losses of a study's networks are level.

Networks that stopped while their losses were falling say little about a regulariser. So the number
of epochs is found before the study: networks without and with dropout are trained on its first
splits for 15, 30, 60 … epochs, each time from the start as the study will, until the validation
losses of all have stopped falling (`bridle.workbench.evidence.curves.trend`). All arms and splits get
the same number. It depends on the validation rows of these splits and not on their test rows, though a
validation row may be a test row of another split. A bound on epochs, steps and seconds ends the search.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from bridle.networks.engine.between_epochs import BetweenEpochs
from bridle.networks.engine.job import Job, Outcome
from bridle.networks.engine.train_jobs import plan_groups, train_jobs
from bridle.networks.template.networks import Networks
from bridle.workbench.arm import Arm, NetworkArm, Split
from bridle.workbench.data.dataset import Dataset
from bridle.workbench.evidence.curves.trend import has_fallen, late_fall
from bridle.workbench.protocol import EpochsRule, Protocol
from bridle.workbench.run.asked_split import asked_split, given_split
from bridle.workbench.run.draw_split import draw_split
from bridle.workbench.run.training_time import TrainingTime

__all__ = ["FIRST_EPOCHS", "MOST_EPOCHS", "MOST_SECONDS", "MOST_STEPS", "level_epochs"]

FIRST_EPOCHS = 15
"""The recipe's number, with which the search begins."""

MOST_EPOCHS = 64 * FIRST_EPOCHS
"""Six doublings of the first number."""

MOST_STEPS = 20_000
"""Steps of a network; a table with more steps in 15 epochs is trained for 15."""

MOST_SECONDS = 60.0
"""Longest training of a search, without compilation: the next number of epochs is tried only if it is
expected to end in time."""

_SPLITS = 3

_SAFETY = 0.5
"""A loss counts as level below this fraction of a fall that matters, as three splits are few."""

_ASKED = ("baseline", "dropout")


def level_epochs(
    dataset: Dataset,
    arms: Sequence[Arm],
    protocol: Protocol,
    networks: Networks,
    tell: Callable[[int], None] = lambda epochs: None,
) -> Protocol:
    """Return the protocol with the found number of epochs, and why it is not larger.

    Parameters
    ----------
    dataset : Dataset
        The data.
    arms : sequence of Arm
        The arms of the study: "baseline" and "dropout" decide or, without them, all networks. If
        none trains a network, the number has no effect and is 15.
    protocol : Protocol
        The rules; ``epochs_rule`` is "until level".
    networks : Networks
        Networks that the study has built.
    tell : callable
        Called with each number that is tried.

    Returns
    -------
    Protocol
        ``epochs_rule`` is "level", or the bound that ended the search: "epochs", "steps" or
        "seconds".
    """
    runs = _runs(dataset, _asked(arms), protocol, networks)
    epochs, spent = FIRST_EPOCHS, 0.0
    while runs:
        tell(epochs)
        watch = TrainingTime()
        if _are_level(runs, epochs, protocol, watch):
            break
        steps = 2 * epochs * max(_steps(job) for job, _ in runs)
        spent += watch.seconds()
        expected = spent + watch.seconds() * (2 * epochs - 1) / (epochs - 1)
        if (bound := _bound(2 * epochs, steps, expected)) is not None:
            return replace(protocol, epochs=epochs, epochs_rule=bound)
        epochs *= 2
    return replace(protocol, epochs=epochs, epochs_rule="level")


def _bound(epochs: int, steps: int, seconds: float) -> EpochsRule | None:
    """Return the bound that the next number would exceed, or None."""
    if epochs > MOST_EPOCHS:
        return "epochs"
    if steps > MOST_STEPS:
        return "steps"
    return "seconds" if seconds > MOST_SECONDS else None


def _asked(arms: Sequence[Arm]) -> list[NetworkArm]:
    trained = [arm for arm in arms if isinstance(arm, NetworkArm)]
    return [arm for arm in trained if arm.name in _ASKED] or trained


def _runs(
    dataset: Dataset, arms: Sequence[NetworkArm], protocol: Protocol, networks: Networks
) -> list[tuple[Job, float]]:
    """Return a job for each arm and split, with the loss of a constant prediction.

    An arm that cannot be trained is left out; its runs will fail and say why.
    """
    by_split = {protocol.split_of(seed): seed for seed in reversed(protocol.seeds)}
    found = []
    for seed in sorted(by_split.values())[:_SPLITS] if arms else ():
        split, given = draw_split(dataset, protocol, seed), given_split(dataset, protocol, seed)
        for arm in arms:
            try:
                asked = asked_split(arm, split, given, networks)
                found.append((arm.job(asked, protocol, seed, networks), _constant_loss(split)))
            except Exception:
                continue
    return found


def _are_level(
    runs: Sequence[tuple[Job, float]], epochs: int, protocol: Protocol, watch: TrainingTime
) -> bool:
    """Train, and return whether no arm's loss was falling by more than is safe."""
    jobs = [replace(job, epochs=epochs) for job, _ in runs]
    falls: dict[str, list[tuple[float, float, float]]] = {}
    for position, outcome in train_jobs(jobs, plan_groups(jobs), BetweenEpochs(watch.advance)):
        if not isinstance(outcome, Outcome) or outcome.diverged is not None:
            continue
        if outcome.epochs == epochs:  # a run that stopped early is level
            name = jobs[position].name.partition(",")[0]
            fall, level = late_fall(outcome.curves.val_loss)
            falls.setdefault(name, []).append((fall, level, runs[position][1]))
    means = [np.mean(fall, axis=0).tolist() for fall in falls.values()]
    return not any(
        has_fallen(fall / _SAFETY, level, constant, protocol) for fall, level, constant in means
    )


def _steps(job: Job) -> int:
    return -(-len(job.training[1]) // job.batch_size)


def _constant_loss(split: Split) -> float:
    """Return the validation loss of the training rows' best constant, in the unit of the curves."""
    n_classes = len(split.task.classes)
    return split.task.type.constant_loss(split.train.y, split.validation.y, n_classes)
