"""Charts of a learning curve: the change by each regulariser, and the risks, by training rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import NullLocator

from bridle.figure import BLACK, PALETTE, LineEnd, house_style, label_line_ends
from bridle.types import Array
from bridle.workbench.report.charts.chart import (
    Chart,
    Room,
    across,
    box,
    chart_of,
    new_chart,
    rounded,
)
from bridle.workbench.report.charts.focus import focused
from bridle.workbench.report.text import shorten
from bridle.workbench.task import Task
from bridle.workbench.verdict.arm_words import arm_label
from bridle.workbench.verdict.learning_curve import CurveLine, LearningCurve

__all__ = ["curve_charts"]

_ROOM = Room(right=1.02, top=0.3)
_LONGEST_LABEL = 15
_MOST_LINES = len(PALETTE)
_APART = 0.012
"""Distance between the intervals of two comparisons at a size, as a fraction of the axis."""


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
    known = [line for line in curve.lines if any(point.change for point in line.points)]
    # A regularised arm may also be one of two rivals, and two lines of the same name would confuse.
    drawn = [line for line in known if not line.rivals] or known
    charts = [_changes(drawn[:_MOST_LINES], curve, task)] if drawn else []
    return (*charts, _risks(curve, task))


def _changes(lines: Sequence[CurveLine], curve: LearningCurve, task: Task) -> Chart:
    figure, ax = new_chart(_ROOM)
    span = np.log(curve.sizes[-1] / curve.sizes[0])
    ends, pointed = [], []
    for position, line in enumerate(lines):
        points = [
            (point.n_train, point.change) for point in line.points if point.change is not None
        ]
        shift = np.exp(_APART * span * (position - (len(lines) - 1) / 2))
        sizes = np.array([size for size, _ in points]) * shift
        mean = np.array([change.mean for _, change in points])
        colour = PALETTE[position]
        ax.vlines(
            sizes,
            [change.low for _, change in points],
            [change.high for _, change in points],
            color=colour,
            linewidth=1.6,
            alpha=0.5,
        )
        ax.plot(sizes, mean, color=colour, linewidth=1.8, marker="o", markersize=4.5)
        name = shorten(arm_label(line.regularised), _LONGEST_LABEL)
        ends.append(LineEnd(float(sizes[-1]), float(mean[-1]), name, colour))
        known = dict(zip([size for size, _ in points], mean, strict=True))
        y = np.array([known.get(size, np.nan) for size in curve.sizes])
        against = shorten(arm_label(line.plain), _LONGEST_LABEL)
        pointed.append({"name": f"{name} instead of {against}", "y": rounded(y)})
    bands = [
        np.array(
            [
                end
                for point in line.points
                if point.change
                for end in (point.change.low, point.change.high)
            ]
        )
        for line in lines
    ]
    low, high = focused([*bands, np.zeros(1)])
    ax.set_ylim(low, high)
    ax.axhline(0.0, color=BLACK, linewidth=0.9, zorder=2)
    _size_axis(ax, curve.sizes)
    ax.set_ylabel(f"change in test {task.metric}", fontsize=9)
    label_line_ends(ax, ends)
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
    ends, pointed, means = [], [], []
    for position, (arm, risks) in enumerate([*curve.risks.items()][:_MOST_LINES]):
        values: Array = np.array([np.nan if risk is None else risk for risk in risks])
        if not np.isfinite(values).any():
            continue
        colour, name = PALETTE[position], shorten(arm_label(arm), _LONGEST_LABEL)
        ax.plot(curve.sizes, values, color=colour, linewidth=1.8, marker="o", markersize=4)
        last = int(np.flatnonzero(np.isfinite(values))[-1])
        ends.append(LineEnd(curve.sizes[last], float(values[last]), name, colour))
        pointed.append({"name": name, "y": rounded(values)})
        means.append(values)
    if means:
        ax.set_ylim(*focused(means))
    _size_axis(ax, curve.sizes)
    ax.set_ylabel(f"test {task.metric}", fontsize=9)
    label_line_ends(ax, ends)
    return chart_of(
        figure,
        "curve-risks",
        f"Mean test {task.metric} by number of training rows",
        caption="A line that still falls at its right end would gain from more rows.",
        pointer=_pointer(ax, curve.sizes, pointed),
    )


def _size_axis(ax: Axes, sizes: Sequence[int]) -> None:
    ax.set_xscale("log")
    ax.set_xlim(sizes[0] / 1.08, sizes[-1] * 1.08)
    ax.set_xticks(sizes, [f"{size:,}" for size in sizes])
    ax.xaxis.set_minor_locator(NullLocator())
    ax.set_xlabel("training rows", fontsize=9)


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
