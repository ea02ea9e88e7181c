"""Charts of a learning curve: the change by each regulariser, and the risks, by training rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes

from bridle.figure import house_style
from bridle.workbench.report.charts.chart import (
    Chart,
    Room,
    across,
    box,
    chart_of,
    new_chart,
    rounded,
)
from bridle.workbench.report.figures.learning_curve import (
    change_lines,
    changes_by_size,
    draw_changes,
    draw_risks,
    risk_lines,
)
from bridle.workbench.report.text import shorten
from bridle.workbench.task import Task
from bridle.workbench.verdict.arm_words import arm_label
from bridle.workbench.verdict.learning_curve import CurveLine, LearningCurve

__all__ = ["curve_charts"]

_ROOM = Room(right=1.02, top=0.3)
_LONGEST_LABEL = 15


@house_style
def curve_charts(curve: LearningCurve | None, task: Task) -> tuple[Chart, ...]:
    """Return two charts: changes with their intervals, and mean risks; none without two sizes.

    Parameters
    ----------
    curve : LearningCurve or None
    task : Task
        Determines the metric.
    """
    if curve is None or len(curve.sizes) < 2:
        return ()
    lines = change_lines(curve)
    charts = [_changes(lines, curve, task)] if lines else []
    return (*charts, _risks(curve, task))


def _changes(lines: Sequence[CurveLine], curve: LearningCurve, task: Task) -> Chart:
    figure, ax = new_chart(_ROOM)
    draw_changes(ax, lines, curve, task, longest=_LONGEST_LABEL)
    pointed = [
        {
            "name": f"{_label(line.regularised)} instead of {_label(line.plain)}",
            "y": rounded(changes_by_size(line, curve.sizes)),
        }
        for line in lines
    ]
    return chart_of(
        figure,
        "curve-changes",
        f"Change in test {task.metric} by number of training rows",
        caption="Each regularised model minus the one that it is compared with, with its interval at "
        "each size: below 0 it is better.",
        pointer=_pointer(ax, curve.sizes, pointed),
    )


def _risks(curve: LearningCurve, task: Task) -> Chart:
    figure, ax = new_chart(_ROOM)
    draw_risks(ax, curve, task, longest=_LONGEST_LABEL)
    pointed = [
        {"name": _label(arm), "y": rounded(risks)} for arm, risks in risk_lines(curve).items()
    ]
    return chart_of(
        figure,
        "curve-risks",
        f"Mean test {task.metric} by number of training rows",
        caption="A line that still falls at its right end would gain from more rows.",
        pointer=_pointer(ax, curve.sizes, pointed),
    )


def _label(arm: str) -> str:
    return shorten(arm_label(arm), _LONGEST_LABEL)


def _pointer(
    ax: Axes, sizes: Sequence[int], lines: Sequence[Mapping[str, object]]
) -> dict[str, object]:
    return {
        "kind": "lines",
        "box": box(ax),
        "unit": "training rows",
        "at": list(sizes),
        "x": across(ax, sizes),
        "lines": list(lines),
    }
