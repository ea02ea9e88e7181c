"""BR114: rows that form groups which no column names."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bridle.arguments.option_words import COLUMN, option
from bridle.types import Array
from bridle.workbench.checks.base import NotApplicable
from bridle.workbench.checks.splits.similar_rows.near_duplicates import NEAR, alike
from bridle.workbench.checks.splits.similar_rows.neighbours import neighbours_of
from bridle.workbench.checks.splits.view import SplitView
from bridle.workbench.explanation import Explanation
from bridle.workbench.finding import Finding

__all__ = ["CODE", "EXPLANATION", "check"]

CODE = "BR114 likely-groups"

EXPLANATION = Explanation(
    finds=(
        "The rows seem to form groups, such as several rows of a patient, and no column names them."
    ),
    matters="If rows of a group are in training and test, the test is too easy.",
    remedy="Name the groups with --groups COLUMN.",
)

_CLOSE = (0.5, 0.2)
"""Ratios of distances; in few columns many rows have the first by chance."""

_SURPLUS = 0.25
"""Fraction of close rows, in excess of chance, that is reported."""


def check(view: SplitView) -> tuple[Finding, ...] | NotApplicable:
    """Return a finding if far more rows than by chance have a few others much nearer than the rest.

    A row is much nearer if its distance is less than half, or a fifth, of that to the tenth neighbour;
    or, for three to eighteen near rows, of that to the next neighbour. Near copies with the same target
    are reported by BR206.
    """
    if view.groups is not None:
        return NotApplicable("groups were named")
    near = neighbours_of(view.frame)
    if near is None:
        return NotApplicable("there are few rows, or fewer than two columns of many values")
    copies = near.closer(NEAR) & alike(view, near)
    candidates = [
        *(_Surplus("another row", near.ratio, c, copies, near.share_by_chance(c)) for c in _CLOSE),
        *(
            _Surplus("some rows", near.step, c, copies, near.share_of_steps_by_chance(c))
            for c in _CLOSE
        ),
    ]
    found = max(candidates, key=lambda candidate: candidate.share - candidate.chance)
    if found.share - found.chance < _SURPLUS:
        return ()
    first = int(np.where(found.close, near.ratio, np.inf).argmin())
    rows = sorted((near.rows[first] + 1, near.nearest[first] + 1))
    return (
        Finding(
            CODE,
            None,
            f"{100 * found.share:.0f} % of the rows have {found.what} far nearer than the rest; by "
            f"chance it would be {100 * found.chance:.0f} %. They seem to form groups, for example of "
            f"one person, place or batch. See for instance rows {rows[0]} and {rows[1]}, counted from "
            "1.",
            "Look at these rows. If they belong together, add a column with their group and keep "
            f"groups together: {option('groups', COLUMN)}.",
            "warning",
        ),
    )


@dataclass(frozen=True)
class _Surplus:
    """Rows with near neighbours, and how many there would be by chance."""

    what: str
    ratio: Array
    most: float
    copies: npt.NDArray[np.bool_]
    chance: float

    @property
    def close(self) -> npt.NDArray[np.bool_]:
        found: npt.NDArray[np.bool_] = (self.ratio < self.most) & ~self.copies
        return found

    @property
    def share(self) -> float:
        return float(self.close.mean())
