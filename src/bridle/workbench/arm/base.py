"""`Arm`: base class of the models of a study, which get the same data and the same budget."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy.typing as npt

from bridle.networks.curves import Curves
from bridle.types import Array, Index
from bridle.workbench.protocol import Protocol
from bridle.workbench.task import Task

__all__ = ["Arm", "Fit", "Part", "Split"]


@dataclass(frozen=True)
class Part:
    """The training, validation or test rows of a split.

    Attributes
    ----------
    X : ndarray of shape (n, p), float64
        Prepared features, finite.
    y : ndarray of shape (n,)
        Codes 0, 1, … (int64) for classes; for a regression the target, standardised by mean and
        standard deviation of the training rows, and for counts divided by their mean (float64); for
        survival a structured array of ``event`` (bool) and ``time`` (float64).
    """

    X: Array
    y: npt.NDArray[Any]


@dataclass(frozen=True)
class Split:
    """A split of the data, prepared with statistics of the training rows only.

    Attributes
    ----------
    train, validation, test : Part
        The parts.
    feature_names : tuple of str
        Names of the p prepared features.
    task : Task
        Kind of the task.
    target_mean, target_scale : float
        A number or count is ``target_mean + target_scale * y``; 0 and 1 for classes.
    shape : tuple of int, optional
        Shape of one row for images and sequences, which are flattened in `Part.X`.
    groups : ndarray of shape (n,), optional
        Code of the group of each training row.
    """

    train: Part
    validation: Part
    test: Part
    feature_names: tuple[str, ...]
    task: Task
    target_mean: float = 0.0
    target_scale: float = 1.0
    shape: tuple[int, ...] | None = None
    groups: Index | None = None

    @property
    def row_shape(self) -> tuple[int, ...]:
        """Shape of one row as input of a network."""
        return self.shape or self.train.X.shape[1:]


@dataclass(frozen=True)
class Fit:
    """The fitted model that an arm returns.

    Attributes
    ----------
    predict : callable
        Maps an array of shape (n, p) to probabilities of shape (n, number of classes), or to
        numbers of shape (n,) on the scale of `Part.y`.
    curves : Curves or None
        Loss curves; None for arms without epochs.
    coefficients : ndarray of shape (p, outputs) or None
        Coefficients of linear arms.
    details : mapping
        Settings and choices of the arm.
    best_epoch : int or None
        The epoch with the smallest validation loss, counted from 1; None for arms without epochs.
    predict_best : callable or None
        Like `predict`, with the weights of that epoch.
    effect : dict or None
        Effects of the regulariser on hidden units, see `bridle.networks.hidden_units`.
    failure : str or None
        Why training ended early; the curves end there.
    selection : dict or None
        How an elastic net chose its penalty strength, see
        `bridle.workbench.arm.linear_arms.selection`.
    seconds : float or None
        Wall time, if it is not that of the call because runs were trained together.
    """

    predict: Callable[[Array], Array]
    curves: Curves | None = None
    coefficients: Array | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    best_epoch: int | None = None
    predict_best: Callable[[Array], Array] | None = None
    effect: dict[str, Any] | None = None
    failure: str | None = None
    seconds: float | None = None
    selection: dict[str, Any] | None = None


class Arm(ABC):
    """A model of a study.

    A concrete arm is final: it defines these attributes and `fit`, and inherits nothing else.
    """

    name: str
    """Name in ``--arms``, tables and records."""

    title: str
    """Description in a few words, for tables."""

    needs_network: bool
    """Whether it trains a network, and therefore needs Keras and a backend."""

    needs_images: bool = False
    """Whether it is for images only."""

    @abstractmethod
    def fit(self, split: Split, protocol: Protocol, seed: int) -> Fit:
        """Fit to ``split.train`` and choose by ``split.validation``; never use ``split.test``.

        Parameters
        ----------
        split : Split
            The data.
        protocol : Protocol
            Rules, with epochs and batch size.
        seed : int
            Root seed of the random streams (`bridle.streams`) of this run, equal for all arms.
        """
