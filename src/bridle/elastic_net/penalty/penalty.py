"""Elastic-net penalty: value, prox, conjugate and KKT violation of coefficients, or of rows of them."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from bridle.arguments.real_numbers import shown
from bridle.arguments.scalars import refuse
from bridle.elastic_net.penalty.arguments import (
    check_each,
    check_per_feature,
    check_share,
    check_strength,
)
from bridle.elastic_net.penalty.translations import Translations
from bridle.errors import InputError
from bridle.files.pickled import Pickled
from bridle.types import Array

__all__ = ["ElasticNetPenalty", "check_penalty"]


@dataclass(frozen=True, eq=False)
class ElasticNetPenalty(Translations, Pickled):
    r"""Elastic net: ``l1 sum_j v_j |b_j| + (l2 / 2) sum_j v_j b_j^2``, where ``lower <= b <= upper``.

    The lasso (``l2 = 0``) and the ridge (``l1 = 0``) are special cases. Other systems scale the same
    penalty differently; to use their numbers, build it with their translation:

    ===================  ====================================================================
    `from_mixing`        ``alpha (rho |b|_1 + (1 - rho) |b|_2^2)``
    `from_sklearn`       ``alpha (l1_ratio |b|_1 + (1 - l1_ratio) / 2 |b|_2^2)``
    `from_glmnet`        ``lambda (alpha |b|_1 + (1 - alpha) / 2 |b|_2^2)``, y in unit variance
    `from_keras`         ``l1 |b|_1 + l2 |b|_2^2``
    `from_spark`         ``reg_param (e |b|_1 + (1 - e) / 2 |b|_2^2)``
    `from_weight_decay`  ``weight_decay / 2 |b|_2^2``
    ===================  ====================================================================

    `bridle.elastic_net.input_dropout_penalty` builds the ridge to which dropout on the features amounts.

    Parameters
    ----------
    l1, l2 : float
        Strengths in [0, inf), in units of the loss per unit (l1) or squared unit (l2) of a coefficient.
    factors : float or array of shape (p,)
        Penalty factors v, in [0, inf]: 0 leaves a feature unpenalised, inf excludes it. They are not
        rescaled, unlike glmnet's. Default 1.
    lower, upper : float or array of shape (p,)
        Bounds of the coefficients, ``lower <= 0 <= upper``. Default: no bounds.
    group : None or "rows"
        "rows" ties a feature's coefficients over the outputs (classes or responses): their Euclidean
        norm ``|b_j|_2`` takes the place of ``|b_j|``, so a feature is used for all outputs or for none.
        There are no bounds then. Default None: each coefficient counts alone. With one output both
        are the same.

    Raises
    ------
    InputError
        An argument is out of range.

    Notes
    -----
    Source: Zou and Hastie (2005), "Regularization and variable selection via the elastic net",
    equation 3. Coefficients may have shape (p,) or (p, outputs); factors and bounds belong to features.
    """

    l1: float
    l2: float
    factors: float | Array = 1.0
    lower: float | Array = -np.inf
    upper: float | Array = np.inf
    group: str | None = None

    def __post_init__(self) -> None:
        for name in ("l1", "l2"):
            object.__setattr__(self, name, check_strength(name, getattr(self, name)))
        for name in ("factors", "lower", "upper"):
            object.__setattr__(self, name, check_per_feature(name, getattr(self, name)))
        check_each("factors", "in [0, inf]", self.factors, self.factors >= 0)
        check_each("lower", "at most 0 (and a number)", self.lower, self.lower <= 0)
        check_each("upper", "at least 0 (and a number)", self.upper, self.upper >= 0)
        if self.group is not None and not (isinstance(self.group, str) and self.group == "rows"):
            refuse("group", "None or 'rows'", self.group)
        if self.group == "rows" and not self.is_unbounded:
            raise InputError(
                "lower and upper must be infinite for group='rows': a bound holds for each coefficient, "
                "the norm of a row for all of them. Received: bounds. Leave them out, or use group=None."
            )

    def with_strength(self, strength: float, l1_ratio: float) -> Self:
        """Return the penalty at other strengths, scikit-learn's ``alpha`` and ``l1_ratio``.

        Parameters
        ----------
        strength : float
            alpha, in [0, inf).
        l1_ratio : float
            In [0, 1].

        Returns
        -------
        ElasticNetPenalty
            With the same factors and bounds.

        Raises
        ------
        InputError
            An argument is out of range.
        """
        strength = check_strength("alpha", strength)
        l1, l2 = strength * check_share("l1_ratio", l1_ratio), float(strength * (1 - l1_ratio))
        return self if (l1, l2) == (self.l1, self.l2) else replace(self, l1=l1, l2=l2)

    def check_features(self, n_features: int) -> None:
        """Check that factors and bounds are numbers or have shape (n_features,).

        Raises
        ------
        InputError
            One of them has another shape.
        """
        for name in ("factors", "lower", "upper"):
            value = getattr(self, name)
            shape = () if type(value) is float else np.shape(value)
            if shape not in ((), (n_features,)):
                refuse(name, f"a number or an array of shape ({n_features},)", f"shape {shape}")

    def restricted(self, index: npt.NDArray[np.intp]) -> Self:
        """Return the penalty for the features ``index`` only."""

        def of(value: float | Array) -> float | Array:
            return value[index] if isinstance(value, np.ndarray) else value

        return replace(self, factors=of(self.factors), lower=of(self.lower), upper=of(self.upper))

    def strengths(self, n_features: int) -> tuple[Array, Array]:
        """Return ``l1 v`` and ``l2 v``, two arrays of shape (p,); inf for excluded features."""
        l1, l2, _, _ = self._arrays(n_features)
        return l1, l2

    def bounds(self, n_features: int) -> tuple[Array, Array]:
        """Return the lower and upper bound of each feature, two arrays of shape (p,)."""
        _, _, lower, upper = self._arrays(n_features)
        return lower, upper

    @property
    def is_unbounded(self) -> bool:
        """Whether no coefficient has bounds."""
        return _all_infinite(self.lower) and _all_infinite(self.upper)

    @property
    def is_plain(self) -> bool:
        """Whether all features have the factor 1 and no bounds."""
        return isinstance(self.factors, float) and self.factors == 1.0 and self.is_unbounded

    @property
    def is_tied(self) -> bool:
        """Whether the outputs of a feature are tied by their norm."""
        return self.group == "rows"

    def sizes(self, coef: Array) -> Array:
        """Return the sizes that are penalised: ``|b|`` of each coefficient, or of each row if tied.

        ``coef`` has shape (p,) or (p, outputs); the sizes of rows have shape (p, 1).
        """
        if self.is_tied and coef.ndim > 1:
            # Without the overflow of squares.
            return np.asarray(np.hypot.reduce(coef, axis=1))[:, None]
        return np.abs(coef)

    def value(self, coef: Array) -> float:
        """Return the penalty of coefficients of shape (p,) or (p, outputs); inf outside the bounds."""
        if self.is_plain:
            size = self.sizes(coef)
            return float(np.sum(size * (self.l1 + 0.5 * self.l2 * size)))
        l1, _, lower, upper = self._columns(coef)
        if np.any(coef < lower) or np.any(coef > upper) or np.any(np.isinf(l1) & (coef != 0)):
            return np.inf
        return float(np.sum(self.values(coef)))

    def values(self, coef: Array) -> Array:
        """Return the penalty of each size (see `sizes`); bounds are not checked."""
        l1, l2, _, _ = self._columns(coef)
        size = self.sizes(coef)
        with np.errstate(invalid="ignore"):
            return np.where(size == 0, 0.0, size * (l1 + 0.5 * l2 * size))

    def prox(self, point: Array, step: float = 1.0) -> Array:
        r"""Return ``argmin_b penalty(b) + |b - point|^2 / (2 step)``, same shape as ``point``.

        ``b_j = clip(soft(point_j, step l1 v_j) / (1 + step l2 v_j), lower_j, upper_j)``, where
        ``soft(x, t) = sign(x) max(|x| - t, 0)``; with tied outputs ``x max(1 - t / |x|_2, 0)`` of a row
        x. ``point`` has shape (p,) or (p, outputs), and ``step`` is positive, by default 1.

        Source: Parikh and Boyd (2014), "Proximal algorithms", chapter 6.
        """
        l1, l2, lower, upper = self._columns(point)
        return np.clip(self._soft(point, step * l1) / (1 + step * l2), lower, upper)

    def conjugate(self, dual: Array) -> Array:
        r"""Return ``sup_b dual_j b - penalty_j(b)`` for each coefficient, or each row if tied.

        Without bounds it is ``soft(d, l1 v)^2 / (2 l2 v)``. For ``l2 = 0`` that is 0 if ``|d| <= l1 v``,
        else inf. Its shape is that of `sizes`.
        """
        l1, l2, lower, upper = self._columns(dual)
        # Of a row only the norm matters.
        excess = self._soft(self.sizes(dual) if self.is_tied else dual, l1)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            best = np.clip(excess / l2, lower, upper)
            gain = best * (excess - 0.5 * l2 * best)
        unbounded = np.isinf(best)
        return np.where(excess == 0, 0.0, np.where(unbounded, np.inf, gain))

    def violation(self, coef: Array, negative_gradient: Array) -> Array:
        r"""Return the KKT violation of each coefficient, in units of the gradient.

        Parameters
        ----------
        coef : ndarray of shape (p, outputs)
        negative_gradient : ndarray of the same shape
            ``u = -grad loss - l2 v b``: the negative gradient of the smooth part of the objective.

        Returns
        -------
        ndarray of the same shape
            The distance of u from the subdifferential of ``l1 v |b|`` and the bounds:
            ``|u - l1 v sign(b)|`` for a non-zero coefficient, ``max(|u| - l1 v, 0)`` at zero, and only
            the part that points inwards at a bound. If tied, shape (p, 1): the norm
            ``|u_j - l1 v b_j / |b_j||`` of a row that is not 0, ``max(|u_j| - l1 v, 0)`` of one that is.
        """
        l1, _, lower, upper = self._columns(coef)
        if self.is_tied:
            size = self.sizes(coef)
            unit = np.divide(coef, size, out=np.zeros_like(coef), where=size > 0)
            away = self.sizes(negative_gradient - np.where(size > 0, l1, 0.0) * unit)
            return np.where(size > 0, away, np.maximum(away - l1, 0.0))
        up = np.where(coef >= 0, negative_gradient - l1, negative_gradient + l1)
        down = np.where(coef > 0, negative_gradient - l1, negative_gradient + l1)
        gain_up = np.where(coef >= upper, 0.0, up)
        gain_down = np.where(coef <= lower, 0.0, -down)
        return np.maximum(0.0, np.maximum(gain_up, gain_down))

    def feasible_scale(self, dual: Array) -> float:
        r"""Return the largest s in [0, 1] for which ``s u`` meets the l1 constraints of the dual.

        They are ``|s u_j| <= l1 v_j``, on the sides on which ``b_j`` is unbounded. The result is
        rounded down: if l2 is tiny, the conjugate of a u just above ``l1 v_j`` is huge.
        """
        scale = float(np.min(self.feasible_scales(dual), initial=1.0))
        return scale if scale == 1.0 else scale * (1 - 4 * float(np.finfo(float).eps))

    def feasible_scales(self, dual: Array) -> Array:
        """Return the scale of `feasible_scale` for each coefficient, or row, alone."""
        l1, _, lower, upper = self._columns(dual)
        if self.is_tied:
            size = self.sizes(dual)
        else:
            size = np.maximum(
                np.where(np.isinf(upper), dual, 0.0), np.where(np.isinf(lower), -dual, 0.0)
            )
        return np.divide(l1, size, out=np.ones_like(size), where=size > l1)

    def projected(self, dual: Array) -> Array:
        """Return the nearest dual point that meets the l1 constraints on both sides, same shape."""
        l1, _, _, _ = self._columns(dual)
        if not self.is_tied:
            return np.clip(dual, -l1, l1)
        size = self.sizes(dual)
        return dual * np.divide(l1, size, out=np.ones_like(size), where=size > l1)

    def _soft(self, point: Array, threshold: Array) -> Array:
        if not self.is_tied or point.ndim == 1:
            return np.sign(point) * np.maximum(np.abs(point) - threshold, 0.0)
        size = self.sizes(point)
        left = np.maximum(size - threshold, 0.0)
        return point * np.divide(left, size, out=np.zeros_like(size), where=size > 0)

    def _columns(self, like: Array) -> tuple[Array, Array, Array, Array]:
        arrays = self._arrays(like.shape[0])
        if like.ndim == 1:
            return arrays
        return tuple(array[:, None] for array in arrays)  # type: ignore[return-value]

    def _arrays(self, n_features: int) -> tuple[Array, Array, Array, Array]:
        """Return strengths and bounds of each feature as arrays, built once and then cached."""
        if n_features not in self._kept:
            self._kept[n_features] = self._written_out(n_features)
        return self._kept[n_features]

    @cached_property
    def _kept(self) -> dict[int, tuple[Array, Array, Array, Array]]:
        """Cache of strengths and bounds, by number of features."""
        return {}

    def _written_out(self, n_features: int) -> tuple[Array, Array, Array, Array]:
        if self.is_plain:
            numbers = self.l1, self.l2, self.lower, self.upper
            return _read_only(tuple(np.full(n_features, number) for number in numbers))
        factors = np.full(n_features, self.factors)
        excluded = np.isinf(factors)
        factors[excluded] = 0.0
        most = np.finfo(np.float64).max
        with np.errstate(over="ignore"):
            l1, l2 = np.minimum(self.l1 * factors, most), np.minimum(self.l2 * factors, most)
        l1[excluded] = l2[excluded] = np.inf
        return _read_only(
            (l1, l2, np.full(n_features, self.lower), np.full(n_features, self.upper))
        )


def _read_only(arrays: Any) -> Any:
    for array in arrays:
        array.setflags(write=False)
    return arrays


def _all_infinite(bound: float | Array) -> bool:
    return math.isinf(bound) if isinstance(bound, float) else bool(np.all(np.isinf(bound)))


def check_penalty(penalty: object) -> None:
    """Check a ``penalty`` argument.

    Raises
    ------
    InputError
        It is not an `ElasticNetPenalty`.
    """
    if not isinstance(penalty, ElasticNetPenalty):
        raise InputError(
            "penalty must be a bridle.ElasticNetPenalty; its factors and bounds are used. "
            f"Received: {shown(penalty)}."
        )
