"""Grids: the strengths of a path, and the l1_ratio that they share."""

from __future__ import annotations

import numbers
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from bridle.elastic_net.data.inputs import is_number
from bridle.elastic_net.data.units import PLAIN, Units
from bridle.elastic_net.problem import Problem
from bridle.errors import DataTypeError, InputError
from bridle.real_numbers import real_array, shown
from bridle.types import Array

__all__ = ["Grid", "check_l1_ratio", "strength_grid"]


_TALL_RATIO = 1e-4
_WIDE_RATIO = 1e-2
# Rounding of the largest slope must not let a feature in at the first strength.
_ABOVE = 1 + 1e-12


class Grid(NamedTuple):
    """Strengths (scikit-learn's alphas) of shape (S,), and the l1_ratio that they share."""

    strengths: Array
    l1_ratio: float


def strength_grid(
    problem: Problem,
    l1_ratio: float,
    alphas: int | npt.ArrayLike,
    units: Units = PLAIN,
    eps: float | None = None,
) -> Array:
    r"""Return the strengths of a path.

    Parameters
    ----------
    problem : Problem
        On all data: folds share its grid.
    l1_ratio : float
        In [0, 1].
    alphas : int or array-like of shape (S,)
        Strengths in [0, inf), which are checked and kept in their order; or their number, for
        ``strength_max eps^(k / (S - 1))``, k = 0 … S - 1. `Problem.strength_max`
        lets no feature in; where none would ever enter, the strengths start at 1.
    units : Units, optional
        What X and y of the problem were divided by; strengths are on the original scale.
    eps : float, optional
        The smallest strength over the largest, in (0, 1), where ``alphas`` is a number. Default: 1e-4
        where rows (of positive weight) outnumber features, else 1e-2.

    Returns
    -------
    ndarray of shape (S,)

    Raises
    ------
    InputError
        When ``alphas`` is neither, ``eps`` is out of its range or stands beside given strengths, or
        the largest strength is no floating-point number.
    """
    if eps is not None and not (is_number(eps) and 0 < eps < 1):
        raise InputError(f"eps must be in (0, 1). Received: eps={shown(eps)}.")
    if is_number(alphas, numbers.Integral):
        shares = _shares(problem, int(alphas), eps)  # type: ignore[arg-type]
        return _top(problem, l1_ratio, units) * shares
    if eps is not None:
        raise InputError(
            "eps must be left out where alphas gives the strengths themselves. "
            f"Received: eps={shown(eps)}, alphas={shown(alphas)}."
        )
    try:
        given = real_array("alphas", alphas).copy()
    except DataTypeError:
        raise
    except InputError:
        given = np.empty(0)
    if given.ndim != 1 or given.size == 0 or isinstance(alphas, str):
        raise InputError(
            "alphas must be a number of strengths, an integer of at least 1, or a list of strengths. "
            f"Received: alphas={shown(alphas)}."
        )
    bad = np.flatnonzero(~(np.isfinite(given) & (given >= 0)))
    if bad.size:
        raise InputError(
            "alphas must be finite and at least 0. "
            f"Received: {given[bad[0]]} at position {bad[0]} ({bad.size} such strengths)."
        )
    return given


_MOST = 1_000_000
"""Strengths of a grid: a slip of the pen must not fill the memory."""


def check_l1_ratio(l1_ratio: Any) -> float:
    """Return an l1_ratio as a float in [0, 1]."""
    if not is_number(l1_ratio) or not 0 <= l1_ratio <= 1:
        raise InputError(f"l1_ratio must be in [0, 1]. Received: l1_ratio={shown(l1_ratio)}.")
    return float(l1_ratio)


def _top(problem: Problem, l1_ratio: float, units: Units) -> float:
    strength = problem.strength_max(l1_ratio)
    top = _ABOVE * units.original_strength(strength) if strength > 0 else 1.0
    if not 0 < top * _WIDE_RATIO * _TALL_RATIO < np.inf:
        raise InputError(
            "alphas must be given where the largest strength, of the size of X times y, is beyond "
            f"floating-point numbers. Received: about {strength:.2g} times 2**{units.x + units.y}. "
            "Multiply X or y by a power of ten."
        )
    return top


def _shares(problem: Problem, number: int, eps: float | None) -> Array:
    if not 1 <= number <= _MOST:
        raise InputError(
            f"alphas must be at least 1 and at most {_MOST:,} where it is a number of strengths. "
            f"Received: alphas={shown(number)}."
        )
    rows = int(np.count_nonzero(problem.weights))
    usual = _TALL_RATIO if rows > problem.design.shape[1] else _WIDE_RATIO
    return np.geomspace(1.0, usual if eps is None else eps, number)
