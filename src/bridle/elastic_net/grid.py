"""Grid of a path: its penalty strengths and their common l1_ratio."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from bridle.arguments.real_numbers import real_array, shown
from bridle.arguments.scalars import is_integer, is_number, refuse
from bridle.elastic_net.data.units import PLAIN, Units
from bridle.elastic_net.problem import Problem
from bridle.errors import DataTypeError, InputError
from bridle.types import Array

__all__ = ["Grid", "check_l1_ratio", "fitted_grid", "strength_grid"]


# The smallest strength as a fraction of the largest, with more rows than columns and otherwise:
# glmnet's `lambda.min.ratio`.
_TALL_RATIO = 1e-4
_WIDE_RATIO = 1e-2
# Rounding of the largest gradient must not let a feature in at the first strength.
_ABOVE = 1 + 1e-12


class Grid(NamedTuple):
    """Penalty strengths (scikit-learn's alpha), shape (S,), and their common l1_ratio."""

    strengths: Array
    l1_ratio: float


def strength_grid(
    problem: Problem,
    l1_ratio: float,
    alphas: int | npt.ArrayLike,
    units: Units = PLAIN,
    eps: float | None = None,
) -> Array:
    r"""Return the penalty strengths of a path.

    Given their number S, they are spaced evenly on a log scale,

    ``strength_max eps^(k / (S - 1))``, k = 0 … S - 1.

    At `Problem.strength_max` all penalised coefficients are 0. If they are 0 at every strength, the grid
    starts at 1.

    Parameters
    ----------
    problem : Problem
        On all data; the folds share its grid.
    l1_ratio : float
        In [0, 1].
    alphas : int or array-like of shape (S,)
        The number of strengths, or the strengths themselves, in [0, inf), which keep their order.
    units : Units, optional
        What X and y of the problem were divided by; the strengths returned are on the original scale.
    eps : float, optional
        Smallest strength over the largest, in (0, 1); only if ``alphas`` is a number. Default: 1e-4 if
        there are more rows (of positive weight) than features, else 1e-2.

    Returns
    -------
    ndarray of shape (S,)

    Raises
    ------
    InputError
        ``alphas`` or ``eps`` is out of range, ``eps`` is given beside the strengths themselves, or the
        largest strength is outside the float64 range.

    Notes
    -----
    Source: Friedman, Hastie and Tibshirani (2010), "Regularization paths for generalized linear
    models via coordinate descent", section 2.5.
    """
    if eps is not None and not (is_number(eps) and 0 < eps < 1):
        refuse("eps", "in (0, 1)", eps)
    if is_integer(alphas):
        shares = _shares(problem, int(alphas), eps)  # type: ignore[arg-type]
        return _top(problem, l1_ratio, units) * shares
    if eps is not None:
        raise InputError(
            "eps sets the range of a grid that bridle chooses; leave it out if alphas lists the "
            f"strengths. Received: eps={shown(eps)}, alphas={shown(alphas)}."
        )
    try:
        given = real_array("alphas", alphas).copy()
    except DataTypeError:
        raise
    except InputError:
        given = np.empty(0)
    if given.ndim != 1 or given.size == 0 or isinstance(alphas, str):
        refuse(
            "alphas",
            "a number of strengths, an integer of at least 1, or a list of strengths",
            alphas,
        )
    bad = np.flatnonzero(~(np.isfinite(given) & (given >= 0)))
    if bad.size:
        raise InputError(
            "alphas must be finite and at least 0. "
            f"Received: {given[bad[0]]} at position {bad[0]} ({bad.size} such strengths)."
        )
    return given


def fitted_grid(
    problems: Sequence[Problem], strengths: Array, l1_ratio: float, units: Units
) -> Grid:
    """Return the grid in the units of X and y, at which the problems are fitted.

    Parameters
    ----------
    problems : sequence of Problem
    strengths : ndarray of shape (S,)
        On the original scale.
    l1_ratio : float
    units : Units

    Raises
    ------
    InputError
        An l2 strength overflows in these units, and a feature may enter at it.
    """
    grid = Grid(*units.strengths(strengths, l1_ratio))

    def entering() -> float:
        return max(problem.strength_max(1.0) for problem in problems)

    units.check_ridge(strengths, l1_ratio, grid.strengths * grid.l1_ratio, entering)
    return grid


_MOST = 1_000_000
"""Most strengths in a grid: a typing error must not fill the memory."""


def check_l1_ratio(l1_ratio: Any) -> float:
    """Return an l1_ratio as a float in [0, 1].

    Raises
    ------
    InputError
        It is not a number in [0, 1].
    """
    if not is_number(l1_ratio) or not 0 <= l1_ratio <= 1:
        refuse("l1_ratio", "in [0, 1]", l1_ratio)
    return float(l1_ratio)


def _top(problem: Problem, l1_ratio: float, units: Units) -> float:
    strength = problem.strength_max(l1_ratio)
    top = _ABOVE * units.original_strength(strength) if strength > 0 else 1.0
    if not 0 < top * _WIDE_RATIO * _TALL_RATIO < np.inf:
        raise InputError(
            "Cannot choose alphas: the largest strength, which grows with X times y, is outside the "
            f"float64 range. Received: about {strength:.2g} times 2**{-units.l1_exponent}. "
            "Multiply X or y by a power of ten, or give alphas."
        )
    return top


def _shares(problem: Problem, number: int, eps: float | None) -> Array:
    if not 1 <= number <= _MOST:
        refuse("alphas", f"in [1, {_MOST:,}] as a number of strengths", number)
    rows = int(np.count_nonzero(problem.weights))
    usual = _TALL_RATIO if rows > problem.design.shape[1] else _WIDE_RATIO
    return np.geomspace(1.0, usual if eps is None else eps, number)
