r"""Paths of several problems on one X, in lockstep: squared loss, one output, dense.

Problems that differ in their weights (the full data and its folds) share a working set W of features
and advance together along the strengths. Each round

1. solves some strengths ahead for every problem, by coordinate descent on its Gram matrix of W;
2. reads X once, for the slopes of all features under all these residuals (`_core.screen`);
3. accepts, for each problem, the strengths up to the first whose certificate falls short, and lets
   the features that exceed their strength anywhere join W.

So one reading of X serves all problems and many strengths, and nothing p x p is ever formed. Sums have
a fixed order: the number of threads changes no bit.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bridle import _core
from bridle.elastic_net.certificate import Certificate
from bridle.elastic_net.problem import Problem
from bridle.elastic_net.solver.base import Status
from bridle.elastic_net.solver.coordinate_descent import CoordinateDescent
from bridle.elastic_net.solver.solved_path import SolvedPath
from bridle.elastic_net.solver.track import Track, Window
from bridle.elastic_net.solver.working_set import WorkingSet

__all__ = ["solve_in_lockstep", "supports_lockstep"]

Array = npt.NDArray[np.float64]
Index = npt.NDArray[np.int64]

_AHEAD = 10
_COLUMNS_PER_TASK = 512
_SWEEPS = 2000
_DESCENT_SHARE = 1e-3
_JOINING = 0.98
_TIGHTER = 1e-2
_MOST_ATTEMPTS = 6
_SMALL = 2000


def supports_lockstep(problems: Sequence[Problem], l1_ratio: float) -> bool:
    """Whether these problems share what lockstep needs them to share."""
    first = problems[0]
    array = first.design.layout().array
    alike = all(
        one.design.layout().array is array
        and np.array_equal(_factors(one), _factors(first))
        and one.fit_intercept == first.fit_intercept
        and np.array_equal(one.y, first.y)
        and np.array_equal(one.offset, first.offset)
        for one in problems
    )
    penalised = bool(np.all(_factors(first) > 0))
    quadratic = first.loss.is_quadratic and first.n_outputs == 1
    return alike and penalised and quadratic and l1_ratio > 0


def solve_in_lockstep(
    problems: Sequence[Problem],
    strengths: Array,
    l1_ratio: float,
    settings: CoordinateDescent,
) -> tuple[SolvedPath, ...]:
    """Solve every problem at every strength.

    Parameters
    ----------
    problems : sequence of Problem
        For which `supports_lockstep` holds.
    strengths : ndarray of shape (S,)
        Decreasing.
    l1_ratio : float
        In (0, 1].
    settings : CoordinateDescent
        Gives ``tol`` and ``kkt_tol``.

    Returns
    -------
    tuple of SolvedPath
    """
    began = time.perf_counter()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        state = _Lockstep.begin(problems, strengths, l1_ratio, settings, pool)
        while not state.done:
            state.round()
    seconds = time.perf_counter() - began
    return tuple(one.solved(state.working.features, seconds) for one in state.tracks)


@dataclass
class _Lockstep:
    """All problems on their way, and the working set that they share."""

    tracks: list[Track]
    working: WorkingSet
    l1_ratio: float
    settings: CoordinateDescent
    target: Array
    norms: Array
    pool: ThreadPoolExecutor

    @classmethod
    def begin(
        cls,
        problems: Sequence[Problem],
        strengths: Array,
        l1_ratio: float,
        settings: CoordinateDescent,
        pool: ThreadPoolExecutor,
    ) -> _Lockstep:
        first = problems[0]
        target = first.y[:, 0] - first.offset[:, 0]
        array = first.design.layout().array
        working = WorkingSet(problems, target, pool)
        everything = np.flatnonzero(np.isfinite(_factors(first)))
        if everything.size <= min(array.shape[0], _SMALL):
            working.join(everything)
        start = np.zeros(working.size)
        tracks = [Track(one, f, strengths, start) for f, one in enumerate(problems)]
        return cls(tracks, working, l1_ratio, settings, target, first.column_norms, pool)

    @property
    def done(self) -> bool:
        return all(one.position == one.strengths.size for one in self.tracks)

    def round(self) -> None:
        """Try some strengths of every problem and accept what is certified."""
        unfinished = [one for one in self.tracks if one.position < one.strengths.size]
        coefs = list(self.pool.map(self._solve_ahead, unfinished))
        windows = self._predict(unfinished, coefs)
        right = np.hstack([one.track.problem.weights[:, None] * one.residual for one in windows])
        worst, reach = self._screen(windows, right)
        slopes = self.working.slopes(right)
        end = 0
        for window in windows:
            begin, end = end, end + window.l1.size
            self._accept(window, slopes[:, begin:end], worst[begin:end])
        self._grow(reach)

    def _solve_ahead(self, track: Track) -> Array:
        """Return the solutions of W at the next strengths of one problem, one a row."""
        working, problem = self.working, track.problem
        l1, l2 = self._ahead(track)
        start = np.zeros(working.size)
        start[: track.start.size] = track.start
        lower, upper = problem.penalty.bounds(self.norms.size)
        coef = np.empty((l1.size, working.size))
        _core.gram_path(
            working.gram(track.group),
            working.linear(track.group),
            _factors(problem)[working.features],
            lower[working.features],
            upper[working.features],
            l1,
            l2,
            start,
            coef,
            np.empty(working.size),
            np.empty(working.size * (working.size + 4)),
            _SWEEPS,
            self._precision(track),
        )
        return coef

    def _precision(self, track: Track) -> float:
        """Return the gain of a step below which descent has settled.

        A violation of the optimality conditions by k, in the units of `Certificate.kkt`, is worth a
        gain of about ``k^2`` half null deviances.
        """
        share = min(self.settings.kkt_tol**2, _DESCENT_SHARE * self.settings.tol)
        return float(share * _TIGHTER**track.attempts * track.problem.null.half_deviance)

    def _ahead(self, track: Track) -> tuple[Array, Array]:
        strengths = track.strengths[track.position : track.position + _AHEAD]
        return self.l1_ratio * strengths, (1 - self.l1_ratio) * strengths

    def _predict(self, tracks: Sequence[Track], coefs: Sequence[Array]) -> list[Window]:
        """Return residuals and intercepts of the solutions, by one product for all problems."""
        working = self.working
        raws = [
            (coef / working.scale(one.group)).T for one, coef in zip(tracks, coefs, strict=True)
        ]
        fitted = working.predict(np.hstack(raws))
        windows, end = [], 0
        for track, coef, raw in zip(tracks, coefs, raws, strict=True):
            begin, end = end, end + raw.shape[1]
            residual = self.target[:, None] - fitted[:, begin:end]
            intercept = np.zeros(raw.shape[1])
            if track.problem.fit_intercept:
                level = (track.problem.weights[:, None] * residual).sum(axis=0)
                residual -= level
                center = track.problem.design.layout().center[working.features]
                intercept = level - ((working.shift - center)[:, None] * raw).sum(axis=0)
            windows.append(Window(track, *self._ahead(track), coef, residual, intercept))
        return windows

    def _screen(self, windows: Sequence[Window], right: Array) -> tuple[Array, Array]:
        """Return how far any feature outside W exceeds l1, by vector and by feature."""
        array, p = self.working.array, self.norms.size
        problem = windows[0].track.problem
        lower, upper = problem.penalty.bounds(p)
        factors = _factors(problem)
        candidate = ~self.working.holds & np.isfinite(factors)
        share = np.divide(1.0, factors, out=np.zeros(p), where=candidate & (factors > 0))
        up, down = np.where(upper > 0, share, 0.0), np.where(lower < 0, share, 0.0)
        inverse = np.stack([1.0 / one.track.problem.design.layout().scale for one in windows])
        group = np.repeat(np.arange(len(windows)), [one.l1.size for one in windows])
        l1 = np.concatenate([one.l1 for one in windows])
        reach = np.empty(p)

        def task(begin: int) -> Array:
            end = min(begin + _COLUMNS_PER_TASK, p)
            worst = np.empty(l1.size)
            _core.screen(
                array, begin, end, right, inverse, group, l1, up, down, worst, reach[begin:end]
            )  # fmt: skip
            return worst

        worst = np.max(list(self.pool.map(task, range(0, p, _COLUMNS_PER_TASK))), axis=0)
        return worst, reach

    def _accept(self, window: Window, slopes: Array, worst: Array) -> None:
        """Accept strengths up to the first whose certificate falls short."""
        track = window.track
        track.rounds += 1
        for k in range(window.l1.size):
            certificate = self._certify(window, k, slopes[:, k], float(worst[k]))
            converged = certificate.meets(self.settings.tol)
            if not converged or certificate.kkt > self.settings.kkt_tol:
                track.attempts += bool(worst[k] <= 1)
                if track.attempts <= _MOST_ATTEMPTS:
                    return
            track.statuses.append(Status.CONVERGED if converged else Status.STOPPED)
            track.coefs.append(window.coef[k])
            track.intercepts.append(float(window.intercept[k]))
            track.certificates.append(certificate)
            track.iterations.append(max(track.rounds, 1))
            track.start, track.attempts, track.rounds = window.coef[k], 0, 0

    def _certify(self, window: Window, k: int, slopes: Array, worst: float) -> Certificate:
        r"""Return the certificate of one solution; see `Problem.certify_at`.

        Outside W every coefficient is 0 and every slope is at most ``worst`` times its l1 strength,
        so that scaling the dual point by ``1 / worst`` silences their conjugates.
        """
        problem, working = window.track.problem, self.working
        penalty = problem.penalty.with_strength(window.l1[k] / self.l1_ratio, self.l1_ratio)
        penalty = penalty.restricted(working.features)
        coef, residual = window.coef[k], window.residual[:, k]
        pull = slopes / working.scale(window.track.group)
        _, l2 = penalty.strengths(coef.size)
        ridge = np.where(np.isinf(l2), 0.0, l2) * coef
        dual = problem.weights * residual
        energy = float((dual * residual).sum())
        objective = 0.5 * energy + penalty.value(coef)
        scale = min(penalty.feasible_scale(pull - ridge), 1.0 / max(worst, 1.0))
        conjugate = penalty.conjugate(scale * pull)
        bound = (
            scale * float((dual * self.target).sum()) - 0.5 * scale**2 * energy - conjugate.sum()
        )
        gap = max(objective - bound, 0.0)
        half = problem.null.half_deviance
        relative = gap / half if half > 0 else 0.0
        violation = penalty.violation(coef, pull - ridge)
        return Certificate(objective, gap, relative, self._kkt(window, violation, worst, k))

    def _kkt(self, window: Window, violation: Array, worst: float, k: int) -> float:
        norms = self.norms[self.working.features]
        inside = np.divide(violation, norms, out=np.zeros_like(violation), where=norms > 0)
        outside = max(worst - 1.0, 0.0) * window.l1[k] / self.norms[self.norms > 0].min(initial=1.0)
        size = np.sqrt(2 * window.track.problem.null.half_deviance)
        return float(max(inside.max(initial=0.0), outside) / size) if size > 0 else 0.0

    def _grow(self, reach: Array) -> None:
        joining = np.flatnonzero(reach > _JOINING)
        most = max(_COLUMNS_PER_TASK, self.working.size)
        if joining.size > most:
            joining = np.sort(joining[np.argsort(-reach[joining], kind="stable")[:most]])
        if joining.size:
            self.working.join(joining)


def _factors(problem: Problem) -> Array:
    unit = problem.penalty.with_strength(1.0, 1.0)
    return unit.strengths(problem.design.shape[1])[0]
