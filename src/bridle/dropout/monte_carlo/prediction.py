"""Prediction by Monte-Carlo: mean, spread and uncertainty of samples of a network's output."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import entr

from bridle.dropout.rate import is_number
from bridle.errors import InputError
from bridle.files.pickled import Pickled
from bridle.real_numbers import real_array

__all__ = ["MonteCarloPrediction"]

Floats = npt.NDArray[np.floating[Any]]

ROUNDING = 1e-2
"""How far the probabilities of a row may be from 1 in sum: those of float16 and bfloat16 are."""


@dataclass(frozen=True, eq=False)
class MonteCarloPrediction(Pickled):
    """T samples of the output for each of n rows.

    Parameters
    ----------
    samples : array of shape (T, n, ...)
        One output of each sub-network, T at least 2.

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
        """``sqrt(sum_t (y_t - mean)^2 / (T - 1))``, shape (n, ...): the spread, not its own error."""
        return np.std(_deviations(self.samples), axis=0, ddof=1)

    @cached_property
    def predictive_entropy(self) -> Floats:
        """``H(mean)`` in nats, shape (n, ...) without the classes: all that is not sure.

        ``H(p) = -sum_c p_c log p_c`` over the last axis.

        Raises
        ------
        InputError
            The samples are no probabilities of classes.
        """
        return _entropy(_mean(self._probabilities()))

    @cached_property
    def mutual_information(self) -> Floats:
        """``H(mean) - (1/T) sum_t H(y_t) >= 0`` in nats: where the sub-networks disagree.

        Raises
        ------
        InputError
            The samples are no probabilities of classes.
        """
        agreed = _mean(_entropy(self._probabilities()))
        # Not negative for concave H; rounding could make it so.
        return np.maximum(self.predictive_entropy - agreed, 0.0)

    def interval(self, level: float = 0.95) -> tuple[Floats, Floats]:
        """Return the ends of central intervals: the quantiles (1 - level) / 2 and (1 + level) / 2.

        They hold the share ``level`` of the samples, that is of the network's mean under dropout;
        noise of the target itself is not in them.

        Parameters
        ----------
        level : float
            In (0, 1), default 0.95.

        Returns
        -------
        (lower, upper) : arrays of shape (n, ...)

        Raises
        ------
        InputError
            ``level`` is outside its range.
        """
        if not (is_number(level) and 0 < level < 1):
            raise InputError(
                f"level must be a number above 0 and below 1, for instance 0.95. "
                f"Received: level={level!r}."
            )
        tail = (1.0 - level) / 2.0
        lower, upper = np.quantile(self.samples.astype(np.float64), [tail, 1.0 - tail], axis=0)
        return lower, upper

    def coverage(self, y: npt.ArrayLike, level: float = 0.95) -> float:
        """Return the fraction of targets that lie in their interval, its ends included.

        Parameters
        ----------
        y : array of shape (n, ...)
            Numbers, one for each output; (n,) for a network with one output too.
        level : float
            In (0, 1), default 0.95; a calibrated network has about this coverage.

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
                f"y must have a number for each output, shape {lower.shape}; of classes there is no "
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
            "Entropy and mutual information need probabilities of classes along the last axis, at "
            "least two, from 0 upwards and 1 in sum. Received: samples of shape "
            f"{values.shape} from {values.min():.3g} to {values.max():.3g}. A network of logits "
            "needs a softmax at its end; for one probability p build "
            "MonteCarloPrediction(np.concatenate([1 - p, p], axis=-1)) from its samples; for "
            "regression use sd."
        )


def _deviations(samples: Floats) -> Floats:
    """Return the samples less the first, in float64: exactly 0 where all are equal."""
    return samples.astype(np.float64) - samples[0].astype(np.float64)


def _mean(samples: Floats) -> Floats:
    return samples[0].astype(np.float64) + np.mean(_deviations(samples), axis=0)


def _entropy(probabilities: Floats) -> Floats:
    return np.sum(entr(probabilities), axis=-1)
