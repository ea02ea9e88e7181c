"""A run of cases, solvers and own costs, kept after each."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.best_known import BestKnown
from benchmarks.cases import Case, by_name
from benchmarks.measure import Bench, prepare
from benchmarks.own_costs import Own
from benchmarks.process import Failed, Stopped
from benchmarks.results import Measured, OwnCost, Results
from benchmarks.small_fits import SmallFit
from benchmarks.solvers import NAMES, OURS
from benchmarks.solvers.base import Fit, Validation

__all__ = ["Session"]


@dataclass(frozen=True)
class Session:
    """Measures and writes.

    Attributes
    ----------
    bench : Bench
    results : Results
        What is known; new figures replace old ones of the same case and solver.
    out : Path
        The file that keeps them.
    folder : Path
        Where tasks lie.
    data : Path or None
        Where files of real data lie, if not in "data" of that folder; a case without its file is left
        out.
    """

    bench: Bench
    results: Results
    out: Path
    folder: Path
    data: Path | None = None

    def take_cases(self, names: Iterable[str], solvers: Iterable[str]) -> None:
        """Measure solvers on cases, ours first: its times are the others' limits."""
        asked = set(solvers)
        for name in names:
            self._take_case(by_name(name), [name for name in NAMES if name in asked])

    def take_own(self, costs: Iterable[Own]) -> None:
        """Take bridle's own costs, each in a fresh process."""
        for own in costs:
            task = prepare(by_name(own.case), self.folder)
            words = own.name, str(task.folder)
            try:
                with self.bench.workers.start(OURS, *words, module=own.__module__) as worker:
                    cost = OwnCost(**json.loads(worker.answer(self.bench.ceiling)))
            except (Failed, Stopped) as error:
                cost = OwnCost(None, own.goal, False, f"failed: {error}")
            self.bench.say(f"{own.title}: {cost.value} ({cost.detail})")
            self.results.own[own.name] = cost
            self.results.write(self.out)

    def take_small(self, fits: Iterable[SmallFit]) -> None:
        """Compare small fits, each in a fresh process."""
        for fit in fits:
            try:
                with self.bench.workers.start(OURS, fit.name, module=fit.__module__) as worker:
                    cost = OwnCost(**json.loads(worker.answer(self.bench.ceiling)))
            except (Failed, Stopped) as error:
                cost = OwnCost(None, fit.goal, False, f"failed: {error}")
            self.bench.say(f"{fit.title}: {cost.value} ({cost.detail})")
            self.results.small[fit.name] = cost
            self.results.write(self.out)

    def _take_case(self, case: Case, solvers: list[str]) -> None:
        self.bench.say(case.title)
        try:
            best = BestKnown.of(prepare(case, self.folder, self.data))
        except FileNotFoundError as error:
            self.bench.say(f"  left out: there is no file {error.filename}")
            return
        self.bench.references(best)
        measured = self.results.cases.setdefault(case.name, {})
        for name in solvers:
            facts = self.bench.describe(name, case)
            ours = None if name == OURS else measured.get(OURS)
            measured[name], score = self.bench.measure(name, best, facts, ours)
            if score is not None:
                measured[name] = replace(measured[name], score_gap=_score_gap(best, score))
            if "version" in facts:
                self.results.libraries[name] = {key: facts[key] for key in ("version", "blas")}
            self.results.write(self.out)
        for name in solvers:
            measured[name] = _judged_again(name, measured[name], best)
        self.results.write(self.out)


def _judged_again(name: str, measured: Measured, best: BestKnown) -> Measured:
    """Return the gap from what is the best objective now that all have run."""
    if measured.tol is None:
        return measured
    fit = Fit.load(best.task.folder / f"{name}_path.npz")
    return replace(measured, gap=best.gap(best.judge(fit)))


def _score_gap(best: BestKnown, score: npt.NDArray[np.float64]) -> float | None:
    file = best.task.folder / f"{OURS}_cv.npz"
    if not file.exists():
        return None
    ours = Validation.load(file).score
    return float(np.max(np.abs(score - ours)) / abs(ours[0]))
