"""Table of a learning curve: each comparison's change and decision by number of training rows."""

from __future__ import annotations

from dataclasses import dataclass

from bridle.workbench.report.text import UNKNOWN, shorten
from bridle.workbench.verdict.answer import decision_word
from bridle.workbench.verdict.arm_words import arm_label
from bridle.workbench.verdict.learning_curve import CurvePoint, LearningCurve
from bridle.workbench.verdict.signed import ends_of, mean_of

__all__ = ["CurveCell", "CurveRow", "curve_rows"]

_SHORT = {"inconclusive": "open", "underfits": "too short"}
"""Shorter words for decisions, for narrow columns."""


@dataclass(frozen=True)
class CurveCell:
    """A comparison at one number of training rows: change, interval and decision, formatted."""

    change: str
    interval: str
    word: str
    decision: str


@dataclass(frozen=True)
class CurveRow:
    """A comparison at all numbers of training rows; of two rivals, if the arms are different models."""

    name: str
    compared_with: str
    is_rival: bool
    cells: tuple[CurveCell, ...]


def curve_rows(curve: LearningCurve) -> list[CurveRow]:
    """Return a row for each comparison, with a cell for each size."""
    rows = []
    for line in curve.lines:
        at = {point.n_train: point for point in line.points}
        cells = tuple(_cell(at.get(size)) for size in curve.sizes)
        first, second = (shorten(arm_label(arm), 24) for arm in (line.regularised, line.plain))
        rows.append(CurveRow(first, second, line.rivals, cells))
    return rows


def _cell(point: CurvePoint | None) -> CurveCell:
    if point is None:
        return CurveCell(UNKNOWN, UNKNOWN, "not run", "")
    change = point.change
    return CurveCell(
        UNKNOWN if change is None else mean_of(change),
        UNKNOWN if change is None else ends_of(change),
        _SHORT.get(point.decision) or decision_word(point.decision, negligible=point.negligible),
        point.decision,
    )
