"""Chart of all comparisons: the change in risk with its interval and the margin."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median_low

from matplotlib.axes import Axes

from bridle.figure import BLACK, BLUE, GREEN, GREY, VERMILLION, house_style, tidy
from bridle.workbench.evidence.intervals.corrected_interval import Interval
from bridle.workbench.report.charts.chart import (
    Chart,
    Room,
    across,
    box,
    chart_of,
    dots,
    down,
    new_chart,
)
from bridle.workbench.report.text import shorten
from bridle.workbench.task import Task
from bridle.workbench.verdict.arm_words import arm_label
from bridle.workbench.verdict.comparison import Comparison
from bridle.workbench.verdict.signed import ends_of, mean_of

__all__ = ["change_chart"]

_COLOURS = {
    "helps": GREEN,
    "better": GREEN,
    "hurts": VERMILLION,
    "worse": VERMILLION,
    "benign gap": BLUE,
    "no difference": BLUE,
}
_ROOM = Room(left=1.5, top=0.3)
_STRAY = 5.0
"""An interval that ends more than this many times as far from 0 as the median interval is cut off."""

_ROOM_BESIDE = 0.06
"""Fraction of the range that is added on either side."""

_ABOVE_THE_LINE = 0.08
"""Height of the number above an interval that is cut off, in lines of the chart."""

_LEAST = 2
"""Fewest comparisons for a chart of all; a single one has its own chart."""


@house_style
def change_chart(comparisons: Sequence[Comparison], task: Task) -> Chart | None:
    """Return the change of each comparison, regularised minus plain; None for fewer than two.

    Parameters
    ----------
    comparisons : sequence of Comparison
        Those without an interval are ignored.
    task : Task
        Determines the metric.
    """
    drawn = [
        (comparison, comparison.change)
        for comparison in comparisons
        if comparison.change is not None
    ]
    if len(drawn) < _LEAST:
        return None
    figure, ax = new_chart(_ROOM, height=0.95 + 0.36 * len(drawn))
    tidy(ax, grid="x")
    span = _span(drawn)
    for height, (comparison, change) in enumerate(drawn):
        _draw(ax, height, comparison, change, span)
    ax.set_xlim(*span)
    ax.axvline(0.0, color=BLACK, linewidth=0.9, zorder=2)
    pairs = [
        (arm_label(comparison.regularised), arm_label(comparison.plain)) for comparison, _ in drawn
    ]
    names = [f"{shorten(first, 18)}\nminus {shorten(second, 16)}" for first, second in pairs]
    ax.set_yticks(range(len(drawn)), names, parse_math=False, fontsize=8)
    ax.set_ylim(len(drawn) - 0.45, -0.55)
    ax.locator_params(axis="x", nbins=5)
    ax.set_xlabel(f"change in test {task.metric}", fontsize=9)
    ax.set_title("← better", loc="left", fontsize=8.5, color=GREY)
    ax.set_title("worse →", loc="right", fontsize=8.5, color=GREY)
    words = [
        f"{shorten(first)} instead of {shorten(second)}: {mean_of(change)} ({ends_of(change)})"
        for (first, second), (_, change) in zip(pairs, drawn, strict=True)
    ]
    centres = across(ax, [change.mean for _, change in drawn])
    places = zip(centres, down(ax, list(range(len(drawn)))), words, strict=True)
    return chart_of(
        figure,
        "changes",
        f"Change in test {task.metric}, with its interval",
        caption="The first minus the second, so that a negative change is better. Inside the grey bar "
        "it is too small to matter.",
        pointer=dots(list(places), box(ax)),
    )


def _span(drawn: Sequence[tuple[Comparison, Interval]]) -> tuple[float, float]:
    """Return the limits of the axis, which cut off intervals that end far outside the others."""
    margin = max(comparison.margin for comparison, _ in drawn)
    reach = [max(abs(change.low), abs(change.high)) for _, change in drawn]
    limit = _STRAY * max(median_low(reach), margin)
    inside = [change for (_, change), far in zip(drawn, reach, strict=True) if far <= limit]
    low = min([-margin, *(change.low for change in inside)])
    high = max([margin, *(change.high for change in inside)])
    room = _ROOM_BESIDE * ((high - low) or 1.0)
    return low - room, high + room


def _draw(
    ax: Axes, height: int, comparison: Comparison, change: Interval, span: tuple[float, float]
) -> None:
    ax.barh(height, 2 * comparison.margin, 0.8, -comparison.margin, color="#d1d5db", zorder=1)
    colour = _COLOURS.get(comparison.decision, BLACK)
    ax.plot([change.low, change.high], [height, height], color=colour, linewidth=2.2, zorder=3)
    ax.plot([change.mean], [height], marker="o", markersize=6, color=colour, zorder=4)
    if not span[0] <= change.mean <= span[1]:
        right = change.mean > span[1]
        ax.text(
            span[1] if right else span[0],
            height - _ABOVE_THE_LINE,
            f"{mean_of(change)} →" if right else f"← {mean_of(change)}",
            ha="right" if right else "left",
            va="bottom",
            fontsize=8,
            color=colour,
        )
