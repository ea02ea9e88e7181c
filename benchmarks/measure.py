"""Measures solvers on one case: tolerance, path, cross-validation, and a check on two folds."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from benchmarks.best_known import ACCURACY, BestKnown
from benchmarks.cases import Case
from benchmarks.objective import Objective
from benchmarks.process import Failed, Stopped, Worker, Workers
from benchmarks.results import Measured, Timing
from benchmarks.solvers import OURS
from benchmarks.solvers.base import Fit, Validation
from benchmarks.task import Task

__all__ = ["Bench", "prepare"]

PATIENCE = 20.0
"""A solver that takes more times as long as ours is stopped."""

REFERENCES = ((OURS, 1e-10), ("glmnet", 1e-13), ("adelie", 1e-12))
"""Solved first, tightly, so that the best objective is known before any tolerance is judged."""

_L1_RATIO = 0.5
_STRENGTHS = 100


def prepare(case: Case, folder: Path, data: Path | None = None) -> Task:
    """Draw a case, or find it on disk, as a task in a folder of its own.

    Parameters
    ----------
    case : Case
    folder : Path
        Where tasks lie.
    data : Path, optional
        Where files of real data lie. Default: "data" in the folder of tasks.

    Raises
    ------
    FileNotFoundError
        Where the case's file of real data is not there.
    """
    place = folder / case.name
    if (place / "task.json").exists():
        return Task.load(place)
    X, y = case.draw(data or folder / "data")
    alphas = Objective(X, y, case.loss, _L1_RATIO).grid(case.smallest, _STRENGTHS)
    task = Task(X, y, case.loss, _L1_RATIO, alphas, case.deal(), place)
    task.save()
    return task


@dataclass(frozen=True)
class Asked:
    """A solver's worker on one task; what it writes stays in the task's folder.

    Attributes
    ----------
    name : str
        Of the solver.
    folder : Path
    worker : Worker
    """

    name: str
    folder: Path
    worker: Worker

    def path(self, tol: float, limit: float, repeats: int = 1) -> Fit:
        """Fit all strengths."""
        out = self.folder / f"{self.name}_path.npz"
        self.worker.ask(f"path {tol} {repeats} {out}", limit)
        return Fit.load(out)

    def cv(self, tol: float, limit: float, repeats: int = 1) -> Validation:
        """Cross-validate all strengths."""
        out = self.folder / f"{self.name}_cv.npz"
        self.worker.ask(f"cv {tol} {repeats} {out}", limit)
        return Validation.load(out)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.worker.__exit__()


@dataclass(frozen=True)
class Bench:
    """Measures solvers in processes of their own.

    Attributes
    ----------
    workers : Workers
    repeats : int
        Runs of a timed call at most; the fastest counts.
    ceiling : float
        Seconds after which a call is stopped where ours has no time.
    spot_checked : bool
        Whether paths are judged on two folds' training rows too.
    say : callable
        Told what happens.
    """

    workers: Workers
    repeats: int
    ceiling: float
    spot_checked: bool
    say: Callable[[str], None]

    def describe(self, name: str, case: Case) -> dict[str, Any]:
        """Ask a solver for its version, its tolerances, and what it does not do."""
        try:
            with self.workers.start(name, "describe", name, case.name) as worker:
                facts: dict[str, Any] = json.loads(worker.answer(self.ceiling))
        except Failed as error:
            return {"no_path": f"not installed: {error}", "no_cv": f"not installed: {error}"}
        return facts

    def references(self, best: BestKnown) -> None:
        """Judge tight solutions, where nothing is known yet."""
        if best.known():
            return
        for name, tol in REFERENCES:
            try:
                with self._start(name, best.task) as asked:
                    best.judge(asked.path(tol, self.ceiling))
            except (Stopped, Failed) as error:
                self.say(f"  no reference from {name}: {error!r}")

    def measure(
        self, name: str, best: BestKnown, facts: dict[str, Any], ours: Measured | None
    ) -> tuple[Measured, npt.NDArray[np.float64] | None]:
        """Find the tolerance of one solver, time it, and check its folds.

        Parameters
        ----------
        name : str
        best : BestKnown
        facts : dict
            What `describe` returned.
        ours : Measured or None
            What sets the limits: our own times.

        Returns
        -------
        Measured
        score : ndarray of shape (S,) or None
            Of the cross-validation.
        """
        if facts["no_path"]:
            skipped = Timing(reason=facts["no_path"])
            return Measured(skipped, Timing(reason=facts["no_cv"] or facts["no_path"])), None
        try:
            with self._start(name, best.task) as asked:
                path, tol, gap = self._search(asked, best, facts["tolerances"], ours)
                if tol is None:
                    why = facts["no_cv"] or f"no path: {path.reason or 'stopped'}"
                    return Measured(path, Timing(reason=why), gap=gap), None
                fold_gap = self._spot_check(name, best.task, tol, ours)
                if facts["no_cv"]:
                    cv, score = Timing(reason=facts["no_cv"]), None
                else:
                    cv, score = self._validate(asked, tol, ours)
                return Measured(path, cv, tol, gap, fold_gap), score
        except Failed as error:
            failed = Timing(reason=f"failed: {error}")
            return Measured(failed, failed), None

    def _limit(self, ours: Timing | None) -> float:
        if ours is None or not ours.ran or ours.seconds is None:
            return self.ceiling
        return min(PATIENCE * ours.seconds, self.ceiling)

    def _start(self, name: str, task: Task) -> Asked:
        return Asked(name, task.folder, self.workers.start(name, "fit", name, str(task.folder)))

    def _search(
        self, asked: Asked, best: BestKnown, tolerances: list[float], ours: Measured | None
    ) -> tuple[Timing, float | None, float | None]:
        """Return the time, tolerance and gap of the loosest path that is near enough."""
        limit, gap = self._limit(ours.path if ours else None), None
        for tol in tolerances:
            try:
                gap = best.gap(best.judge(asked.path(tol, limit)))
                self.say(f"  {asked.name} path, tolerance {tol:.0e}: gap {gap:.1e}")
                if gap <= ACCURACY:
                    fit = asked.path(tol, limit, self.repeats)
                    self.say(f"  {asked.name} path: {fit.seconds:.3f} s")
                    return Timing(fit.seconds), tol, gap
            except Stopped:
                self.say(f"  {asked.name} path stopped at {limit:.1f} s, tolerance {tol:.0e}")
                return Timing(limit, stopped=True), None, gap
        return Timing(reason=f"not within {ACCURACY:.0e} at any tolerance"), None, gap

    def _spot_check(self, name: str, task: Task, tol: float, ours: Measured | None) -> float | None:
        """Return the worse gap of two paths, each on the rows that train for one fold."""
        if not self.spot_checked:
            return None
        worst, limit = 0.0, 2 * self._limit(ours.path if ours else None)
        for fold in (0, int(task.folds.max() + 1) // 2):
            best = BestKnown.of(_training(task, fold))
            self.references(best)
            try:
                with self._start(name, best.task) as asked:
                    worst = max(worst, best.gap(best.judge(asked.path(tol, limit))))
            except (Stopped, Failed):
                return None
        self.say(f"  {name} on two folds: gap {worst:.1e}")
        return worst

    def _validate(
        self, asked: Asked, tol: float, ours: Measured | None
    ) -> tuple[Timing, npt.NDArray[np.float64] | None]:
        limit = self._limit(ours.cv if ours else None)
        try:
            found = asked.cv(tol, limit, self.repeats)
        except Stopped:
            self.say(f"  {asked.name} cross-validation stopped at {limit:.1f} s")
            return Timing(limit, stopped=True), None
        except Failed as error:
            return Timing(reason=f"failed: {error}"), None
        self.say(f"  {asked.name} cross-validation: {found.seconds:.3f} s")
        return Timing(found.seconds), found.score


def _training(task: Task, fold: int) -> Task:
    """Return the task on a fold's training rows, on disk."""
    place = task.folder / f"training_{fold}"
    if (place / "task.json").exists():
        return Task.load(place)
    part = task.training(fold)
    part.save()
    return part
