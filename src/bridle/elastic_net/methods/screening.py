"""Screening: one reading of X for all problems, which finds the features that exceed their strength."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bridle import _core
from bridle.elastic_net.methods.working_track import Window
from bridle.elastic_net.problem import Problem
from bridle.types import Array, IntArray
from bridle.workers import Workers

__all__ = ["Screening"]


_COLUMNS_PER_TASK = 512


class Screening:
    """What is asked of every feature of X, and which ones each problem holds already.

    Parameters
    ----------
    problems : sequence of F Problem
        On one X, with the same factors and, but for their scale, the same bounds.
    workers : Workers
    """

    def __init__(self, problems: Sequence[Problem], workers: Workers) -> None:
        first = problems[0]
        p = first.design.shape[1]
        layouts = [one.design.layout() for one in problems]
        self._array = layouts[0].array
        self._workers = workers
        self._inverse_scale = np.stack([1.0 / one.scale for one in layouts])
        factors, (lower, upper) = first.factors, first.penalty.bounds(p)
        share = np.divide(1.0, factors, out=np.zeros(p), where=np.isfinite(factors))
        self._up = np.where(upper > 0, share, 0.0)
        self._down = np.where(lower < 0, share, 0.0)
        self._held = np.zeros((len(problems), p), dtype=np.uint8)

    def hold(self, problem: int, features: IntArray) -> None:
        """Ask no more about features that a problem holds."""
        self._held[problem, features] = 1

    def look(
        self, groups: Sequence[int], windows: Sequence[Window], right: Array
    ) -> tuple[list[Array], Array]:
        """Read X once for the duals of all windows.

        Parameters
        ----------
        groups : sequence of G int
            The problems of the windows.
        windows : sequence of G Window
        right : ndarray of shape (n, M)
            Their duals, side by side.

        Returns
        -------
        worst : list of G ndarray
            For each strength of a window how far a feature that is not held exceeds it; 1 is the
            limit.
        reach : ndarray of shape (G, p)
            How far each feature exceeds any strength of the window, or the one ahead.
        """
        p = self._array.shape[1]
        first = np.cumsum([0, *(one.l1.size for one in windows)])
        l1 = np.concatenate([one.l1 for one in windows])
        ahead = np.array([one.ahead for one in windows])
        distance = np.array([one.distance for one in windows])
        some = list(groups)
        everyone = len(some) == self._held.shape[0]
        inverse_scale = self._inverse_scale if everyone else self._inverse_scale[some]
        held = self._held if everyone else self._held[some]
        reach = np.empty((len(some), p))
        asked = _core.Screen(inverse_scale, held, self._up, self._down, first, l1, ahead, distance)

        def task(begin: int) -> Array:
            worst = np.empty(l1.size)
            end = min(begin + _COLUMNS_PER_TASK, p)
            _core.screen(self._array, begin, end, right, asked, worst, reach)
            return worst

        worst = np.max(self._workers.map(task, range(0, p, _COLUMNS_PER_TASK)), axis=0)
        return np.split(worst, first[1:-1]), reach
