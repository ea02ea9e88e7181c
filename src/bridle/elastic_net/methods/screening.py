r"""Screening: one pass over X that finds the features that violate their KKT condition in any problem.

A feature outside the working set may stay at 0 if ``|x_j'r| <= l1 v_j``, r the weighted residual. The
pass computes the ratio ``|x_j'r| / (l1 v_j)`` of every feature at every trial fit, and keeps two maxima
(with several outputs, over them; if they are tied, ``|x_j'r|`` is the norm of a row of products):

- for each fit, over features: it goes into the certificate;
- for each feature, over fits and a forecast at a weaker strength, by extrapolating ``x_j'r`` linearly
  from the last two strengths: it decides whether the feature enters the working set.

Source: Tibshirani et al. (2012), "Strong rules for discarding predictors in lasso-type problems"; they
bound the change of ``x_j'r`` instead of extrapolating it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bridle import _core
from bridle.elastic_net.methods.tracks.working_track import Window
from bridle.elastic_net.problem import Problem
from bridle.threads.workers import Workers
from bridle.types import Array, IntArray

__all__ = ["Screening"]


# With 500 rows these are 2 MB: a fraction of a millisecond, much longer than the dispatch of a task.
_COLUMNS_PER_TASK = 512


class Screening:
    """The screening pass over X, which skips the features of each problem's working set.

    Parameters
    ----------
    problems : sequence of F Problem
        On one X, with the same factors and, up to their scale, the same bounds.
    workers : Workers
    """

    def __init__(self, problems: Sequence[Problem], workers: Workers) -> None:
        first = problems[0]
        p = first.design.shape[1]
        layouts = [problem.design.layout() for problem in problems]
        self._array = layouts[0].array
        self._workers = workers
        self._inverse_scale = np.stack([1.0 / layout.scale for layout in layouts])
        factors, (lower, upper) = first.factors, first.penalty.bounds(p)
        share = np.divide(1.0, factors, out=np.zeros(p), where=np.isfinite(factors))
        self._up = np.where(upper > 0, share, 0.0)
        self._down = np.where(lower < 0, share, 0.0)
        self._held = np.zeros((len(problems), p), dtype=np.uint8)
        self._outputs = first.n_outputs
        self._tied = first.n_outputs if first.is_tied else 1

    def hold(self, problem: int, features: IntArray) -> None:
        """Skip features from now on, which have entered a problem's working set."""
        self._held[problem, features] = 1

    def ratios(
        self, groups: Sequence[int], windows: Sequence[Window], right: Array
    ) -> tuple[list[Array], Array]:
        """Screen all features at every trial fit, in one pass over X.

        Parameters
        ----------
        groups : sequence of G int
            The problems of the windows.
        windows : sequence of G Window
        right : ndarray of shape (n, M)
            Weighted residuals of all trial fits, side by side; with several outputs, those of the first
            output of a window before those of the second.

        Returns
        -------
        worst : list of G ndarray
            For each strength of a window, the largest screening ratio of a feature outside the
            working set; at most 1 if none violates its KKT condition.
        highest : ndarray of shape (G, p)
            For each feature, its largest screening ratio over the window and the strength ahead.
        """
        p, outputs = self._array.shape[1], self._outputs
        sizes = np.repeat([window.l1.size for window in windows], outputs)
        first = np.cumsum([0, *sizes])
        l1 = np.concatenate([np.tile(window.l1, outputs) for window in windows])
        ahead = np.repeat([window.ahead for window in windows], outputs)
        distance = np.repeat([window.distance for window in windows], outputs)
        some = np.repeat(groups, outputs)
        everyone = np.array_equal(some, np.arange(self._held.shape[0]))
        inverse_scale = self._inverse_scale if everyone else self._inverse_scale[some]
        held = self._held if everyone else self._held[some]
        highest = np.empty((some.size, p))
        asked = _core.Screen(
            inverse_scale, held, self._up, self._down, first, l1, ahead, distance, self._tied
        )

        def task(begin: int) -> Array:
            worst = np.empty(l1.size)
            end = min(begin + _COLUMNS_PER_TASK, p)
            _core.screen(self._array, begin, end, right, asked, worst, highest)
            return worst

        worst = np.max(self._workers.map(task, range(0, p, _COLUMNS_PER_TASK)), axis=0)
        parts = np.split(worst, first[outputs:-1:outputs])
        largest = [part.reshape(outputs, -1).max(axis=0) for part in parts]
        return largest, highest.reshape(len(windows), outputs, p).max(axis=1)
