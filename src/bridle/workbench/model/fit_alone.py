"""Fit of one arm without a study: on all rows, after the few runs that its settings need."""

from __future__ import annotations

from collections.abc import Callable

from bridle.backend import load_keras
from bridle.errors import InputError
from bridle.networks.own.building.source_framework import obstacle_to
from bridle.workbench.arm import Arm, NetworkArm
from bridle.workbench.arm.names import arm_of
from bridle.workbench.arm.suited import suited_arms
from bridle.workbench.data.dataset import Dataset
from bridle.workbench.evidence.against_dummy import NULL
from bridle.workbench.model.fit_model import fit_model
from bridle.workbench.model.model import Model
from bridle.workbench.protocol import Protocol
from bridle.workbench.run.experiment import run_experiment
from bridle.workbench.splits import seeds_of, splits_from_options

__all__ = ["count_runs", "fit_alone"]

_FOLDS = 5


def fit_alone(
    name: str,
    dataset: Dataset,
    epochs: int = 15,
    advance: Callable[[str, float], None] = lambda text, share: None,
) -> Model:
    """Fit an arm on all rows.

    Intervals of a regression, and the number of epochs of a network that stops early, need runs: the arm
    is first run on five folds or, if the rows have a time, on five periods.

    Parameters
    ----------
    name : str
        Name of the arm; see `bridle.workbench.arm.names.arm_of`.
    dataset : Dataset
    epochs : int
        Epochs of a network, at least 1. Default 15.
    advance : callable
        Called with a few words and the finished fraction of a run; there are `count_runs` runs.

    Returns
    -------
    Model

    Raises
    ------
    UnknownNameError
        There is no such arm.
    InputError
        The arm cannot be fitted to these rows, or is a control and not a model.
    MissingExtraError
        The arm is a network, and no network backend is installed.
    """
    arm = _arm(name, dataset)
    splits = splits_from_options(_FOLDS, None, in_time=dataset.times is not None)
    protocol = Protocol(seeds=seeds_of(splits, None), epochs=epochs, splits=splits)
    runs = run_experiment(dataset, [arm], protocol, advance) if _needs_runs(arm, dataset) else ()
    failed = [run.failure for run in runs if run.failure is not None]
    if failed:
        raise InputError(f"The arm {name!r} cannot be fitted: {failed[0]}")
    return fit_model(dataset, arm, protocol, runs, advance)


def count_runs(name: str, dataset: Dataset) -> int:
    """Return the number of runs of `fit_alone`, its final fit included; it raises the same errors."""
    return 1 + (_FOLDS if _needs_runs(_arm(name, dataset), dataset) else 0)


def _arm(name: str, dataset: Dataset) -> Arm:
    (found,) = suited_arms([arm_of(name)], dataset.shape)
    if name == NULL:
        raise InputError(f"arm must be a model to keep. Received: {name!r}, a control.")
    if found.needs_images and (dataset.shape is None or len(dataset.shape) != 3):
        raise InputError(f"arm must be a model of tables. Received: {name!r}, which is for images.")
    if isinstance(found, NetworkArm) and obstacle_to(found.source):
        load_keras()  # raises, naming the extra
    return found


def _needs_runs(arm: Arm, dataset: Dataset) -> bool:
    stops_early = isinstance(arm, NetworkArm) and arm.regime().patience is not None
    return stops_early or dataset.task.type.has_intervals
