"""`MonteCarloPrediction`: mean, spread and uncertainty of samples of a network's output."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import entr

from bridle.arguments.real_numbers import real_array
from bridle.arguments.scalars import is_number, refuse
from bridle.errors import InputError
from bridle.files.pickled import Pickled

__all__ = ["MonteCarloPrediction"]

Floats = npt.NDArray[np.floating[Any]]

ROUNDING = 1e-2
"""Largest deviation from 1 of the sum of a row's probabilities, for float16 and bfloat16."""


@dataclass(frozen=True, eq=False)
class MonteCarloPrediction(Pickled):
    """T samples of the output for each of n rows.

    Parameters
    ----------
    samples : array of shape (T, n, ...)
        The outputs of T sub-networks, T at least 2.

    Raises
    ------
    InputError
        ``samples`` has fewer than two axes, or fewer than two samples.

    Source: Gal and Ghahramani 2016, "Dropout as a Bayesian approximation", section 4, for mean and
    deviation; Gal, Islam and Ghahramani 2017, "Deep Bayesian active learning with image data",
    section 4, for entropy and mutual information.
    """

    samples: Floats

    def __post_init__(self) -> None:
        samples = np.asarray(self.samples)
        if samples.ndim < 2 or len(samples) < 2:
            raise InputError(
                "samples must have an axis of at least 2 samples and then one of rows. "
                f"Received: samples of shape {samples.shape}."
            )
        object.__setattr__(self, "samples", samples)

    @cached_property
    def mean(self) -> Floats:
        """``(1/T) sum_t y_t``, float64 of shape (n, ...)."""
        return _mean(self.samples)

    @cached_property
    def sd(self) -> Floats:
        """``sqrt(sum_t (y_t - mean)^2 / (T - 1))``, shape (n, ...): the spread of the samples."""
        return np.std(_deviations(self.samples), axis=0, ddof=1)

    @cached_property
    def predictive_entropy(self) -> Floats:
        """``H(mean)`` in nats, the total uncertainty; shape (n, ...) without the class axis.

        ``H(p) = -sum_c p_c log p_c`` over the last axis.

        Raises
        ------
        InputError
            The samples are not class probabilities.
        """
        return _entropy(_mean(self._probabilities()))

    @cached_property
    def mutual_information(self) -> Floats:
        """``H(mean) - (1/T) sum_t H(y_t) >= 0`` in nats: disagreement of the sub-networks.

        Raises
        ------
        InputError
            The samples are not class probabilities.
        """
        agreed = _mean(_entropy(self._probabilities()))
        # H is concave, so only rounding could make this negative.
        return np.maximum(self.predictive_entropy - agreed, 0.0)

    def interval(self, level: float = 0.95) -> tuple[Floats, Floats]:
        """Return the ends of central intervals: the quantiles (1 - level) / 2 and (1 + level) / 2.

        They contain the fraction ``level`` of the samples. They cover the uncertainty of the
        prediction under dropout, not the noise of the target.

        Parameters
        ----------
        level : float
            In (0, 1), default 0.95.

        Returns
        -------
        (lower, upper) : arrays of shape (n, ...)
            In the unit of the output.

        Raises
        ------
        InputError
            ``level`` is outside its range.
        """
        if not (is_number(level) and 0 < level < 1):
            refuse("level", "a number above 0 and below 1, for instance 0.95", level)
        tail = (1.0 - level) / 2.0
        lower, upper = np.quantile(self.samples.astype(np.float64), [tail, 1.0 - tail], axis=0)
        return lower, upper

    def coverage(self, y: npt.ArrayLike, level: float = 0.95) -> float:
        """Return the fraction of targets inside their interval, ends included.

        Parameters
        ----------
        y : array of shape (n, ...)
            One number for each output; shape (n,) is accepted for a network with one output.
        level : float
            In (0, 1), default 0.95. The coverage of calibrated intervals is about this.

        Raises
        ------
        InputError
            The shapes differ, or ``level`` is outside its range.
        """
        lower, upper = self.interval(level)
        targets = real_array("y", y)
        if targets.ndim == 1 and lower.shape == (len(targets), 1):
            targets = targets[:, np.newaxis]
        if targets.shape != lower.shape:
            raise InputError(
                f"y must have a number for each output, shape {lower.shape}; classes have no "
                f"interval. Received: y of shape {targets.shape}."
            )
        return float(np.mean((lower <= targets) & (targets <= upper)))

    def _probabilities(self) -> Floats:
        values = self.samples.astype(np.float64)
        if values.ndim > 2 and values.shape[-1] > 1:
            sums = values.sum(axis=-1)
            if np.all(values >= 0) and np.all(np.abs(sums - 1) <= ROUNDING):
                return values
        raise InputError(
            "Entropy and mutual information need probabilities of classes along the last axis: at "
            f"least two, none negative, with sum 1. Received: samples of shape {values.shape} from "
            f"{values.min():.3g} to {values.max():.3g}. Add a softmax to a network of logits; for "
            "one probability p build MonteCarloPrediction(np.concatenate([1 - p, p], axis=-1)) "
            "from its samples; for regression use sd."
        )


def _deviations(samples: Floats) -> Floats:
    """Return the samples minus the first, in float64: exactly 0 if all are equal."""
    return samples.astype(np.float64) - samples[0].astype(np.float64)


def _mean(samples: Floats) -> Floats:
    return samples[0].astype(np.float64) + np.mean(_deviations(samples), axis=0)


def _entropy(probabilities: Floats) -> Floats:
    return np.sum(entr(probabilities), axis=-1)
