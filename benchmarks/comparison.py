"""Bridle beside the fastest of the others: pure functions of what was measured."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.best_known import ACCURACY
from benchmarks.cases import CASES, QUICK, Case
from benchmarks.results import Measured, Results, Timing
from benchmarks.solvers import NAMES, OURS

__all__ = ["KINDS", "Row", "compare"]

KINDS = ("path", "cv")


@dataclass(frozen=True)
class Row:
    """One line of the comparison.

    Attributes
    ----------
    case : Case
    kind : str
        "path" or "cv".
    timings : dict of str to Timing
        By solver.
    doubtful : tuple of str
        Solvers whose path is not near enough, on all data or on the rows that train a fold.
    """

    case: Case
    kind: str
    timings: dict[str, Timing]
    doubtful: tuple[str, ...]

    @property
    def goal(self) -> float:
        """What `ratio` is to be at most."""
        return self.case.goals[KINDS.index(self.kind)]

    @property
    def fastest(self) -> str | None:
        """The rival with the shortest time; where all were stopped, one of these."""
        rivals = {name: timing for name, timing in self.timings.items() if name != OURS}
        timed = {name: rival.seconds for name, rival in rivals.items() if rival.seconds is not None}
        ran = {name: seconds for name, seconds in timed.items() if rivals[name].ran}
        pool = ran or timed
        return min(pool, key=lambda name: pool[name]) if pool else None

    @property
    def ratio(self) -> float | None:
        """Our time over that of the fastest rival, None where either is missing."""
        ours, fastest = self.timings.get(OURS), self.fastest
        if ours is None or not ours.ran or ours.seconds is None or fastest is None:
            return None
        return ours.seconds / (self.timings[fastest].seconds or float("inf"))

    @property
    def bound(self) -> bool:
        """Whether all rivals were stopped, so that the ratio is less than what is shown."""
        return self.fastest is not None and not self.timings[self.fastest].ran

    @property
    def met(self) -> bool:
        """Whether the goal is met."""
        return self.ratio is not None and self.ratio <= self.goal


def compare(results: Results) -> list[Row]:
    """Return the rows of the cases that were measured, in the order of the catalogue."""
    # A case may be among the quick ones too.
    cases = {case.name: case for case in (*CASES, *QUICK)}
    return [
        _row(case, kind, results.cases[name])
        for name, case in cases.items()
        for kind in KINDS
        if name in results.cases
    ]


def _row(case: Case, kind: str, measured: dict[str, Measured]) -> Row:
    timings = {
        name: getattr(measured[name], kind) if name in measured else Timing(reason="not asked for")
        for name in NAMES
    }
    doubtful = tuple(name for name, measure in measured.items() if _is_doubtful(measure))
    return Row(case, kind, timings, doubtful)


def _is_doubtful(measured: Measured) -> bool:
    gaps = (measured.gap, measured.fold_gap)
    return measured.tol is not None and any(gap is not None and gap > ACCURACY for gap in gaps)
