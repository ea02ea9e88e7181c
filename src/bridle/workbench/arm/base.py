"""Arm: a named way to fit, given the same data and the same budget as the others; its base class."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy.typing as npt

from bridle.networks.curves import Curves
from bridle.types import Array
from bridle.workbench.protocol import Protocol
from bridle.workbench.task import Task

__all__ = ["Arm", "Fit", "Part", "Split"]


@dataclass(frozen=True)
class Part:
    """Rows that serve one purpose.

    Attributes
    ----------
    X : ndarray of shape (n, p), float64
        Prepared features, finite.
    y : ndarray of shape (n,)
        Codes 0, 1, … (int64) for classes; for a regression the target in units of the training
        part's standard deviation, with the training part's mean taken off (float64).
    """

    X: Array
    y: npt.NDArray[Any]


@dataclass(frozen=True)
class Split:
    """One draw of the data, prepared by what the training part alone taught.

    Attributes
    ----------
    train, validation, test : Part
    feature_names : tuple of str
        Names of the p prepared features.
    task : Task
    target_mean, target_scale : float
        A regression's target is ``target_mean + target_scale * y``; 0 and 1 for classes.
    shape : tuple of int, optional
        Of one row, where rows are images or sequences; `Part.X` holds them flat.
    """

    train: Part
    validation: Part
    test: Part
    feature_names: tuple[str, ...]
    task: Task
    target_mean: float = 0.0
    target_scale: float = 1.0
    shape: tuple[int, ...] | None = None

    @property
    def row_shape(self) -> tuple[int, ...]:
        """Shape of one row, as a network takes it."""
        return self.shape or self.train.X.shape[1:]


@dataclass(frozen=True)
class Fit:
    """What an arm returns.

    Attributes
    ----------
    predict : callable
        From an array of shape (n, p) to probabilities of shape (n, number of classes), or to
        numbers of shape (n,) on the scale of `Part.y`.
    curves : Curves or None
    coefficients : ndarray of shape (p, outputs) or None
    details : mapping
        What the arm chose.
    best_epoch : int or None
        From 1, the epoch with the smallest validation loss; None for arms without epochs.
    predict_best : callable or None
        As `predict`, with the weights of that epoch.
    effect : dict or None
        What the regulariser did to the hidden units, see `bridle.networks.hidden_units`.
    failure : str or None
        Why the training stopped before its end; curves are those until then.
    seconds : float or None
        Wall time, where it is not that of the call, since runs shared it.
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


class Arm(ABC):
    """A named way to fit.

    A concrete arm is final: it gives these three names and `fit`, and inherits nothing else.
    """

    name: str
    """As in ``--arms``, tables and records."""

    title: str
    """What it is, in a few words for a table."""

    needs_network: bool
    """Whether it trains a network, and so needs Keras and a backend."""

    needs_images: bool = False
    """Whether it makes sense for images alone."""

    @abstractmethod
    def fit(self, split: Split, protocol: Protocol, seed: int) -> Fit:
        """Fit on ``split.train``, choose on ``split.validation``, never look at ``split.test``.

        Parameters
        ----------
        split : Split
        protocol : Protocol
            Epochs and batch size.
        seed : int
            Root of the streams (`bridle.streams`) of this run; the same for every arm.
        """
