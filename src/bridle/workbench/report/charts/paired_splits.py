"""Chart of a comparison split by split: a line from the plain arm to the regularised one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes

from bridle.figure import BLACK, GREEN, GREY, VERMILLION, house_style, tidy
from bridle.types import Array
from bridle.workbench.evidence.intervals.corrected_interval import Interval
from bridle.workbench.evidence.results.pairs import Pairs, pair_runs
from bridle.workbench.protocol import Protocol
from bridle.workbench.record import Record
from bridle.workbench.report.charts.chart import (
    HEIGHT,
    WIDTH,
    Chart,
    Room,
    across,
    chart_of,
    dots,
    down,
    new_chart,
)
from bridle.workbench.report.text import shorten
from bridle.workbench.task import Task
from bridle.workbench.verdict.arm_words import arm_label
from bridle.workbench.verdict.comparison import Comparison
from bridle.workbench.verdict.wording import number

__all__ = ["paired_charts"]

_LEFT = Room(right=2.35)
_RIGHT = 1.62
"""Width of the axes of changes, in inches."""


@house_style
def paired_charts(
    by_arm: Mapping[str, Sequence[Record]],
    comparisons: Sequence[Comparison],
    protocol: Protocol,
    task: Task,
) -> tuple[Chart, ...]:
    """Return a chart for each comparison with at least two splits.

    On the left each split is a line from the plain arm's risk to the regularised one's. On the right
    are their changes, regularised minus plain, with the mean, its interval and the margin.

    Parameters
    ----------
    by_arm : mapping of str to sequence of Record
        The runs of each arm.
    comparisons : sequence of Comparison
        Those without an interval are ignored.
    protocol : Protocol
        Determines which runs belong to a split.
    task : Task
        Determines the metric.
    """
    paired = [
        (comparison, pair_runs(by_arm[comparison.plain], by_arm[comparison.regularised], protocol))
        for comparison in comparisons
        if comparison.change is not None
    ]
    return tuple(
        _chart(f"splits-{i}", comparison, pairs, task)
        for i, (comparison, pairs) in enumerate(paired)
        if pairs.count > 1
    )


def _chart(name: str, comparison: Comparison, pairs: Pairs, task: Task) -> Chart:
    figure, ax = new_chart(_LEFT)
    place = ax.get_position()
    right = figure.add_axes((1 - (_RIGHT + 0.15) / WIDTH, place.y0, _RIGHT / WIDTH, place.height))
    change = pairs.test[1] - pairs.test[0]
    names = (
        shorten(arm_label(comparison.plain), 16),
        shorten(arm_label(comparison.regularised), 16),
    )
    _draw_lines(ax, pairs.test, names, task)
    _draw_changes(right, change, comparison.change, comparison.margin)
    better = int((change < 0).sum())
    return chart_of(
        figure,
        name,
        f"{names[1]} is better than {names[0]} on {better} of {change.size} splits",
        caption="Left: each split a line. Right: the change on each split, their mean and its interval; "
        "inside the grey band a change is too small to matter.",
        pointer=dots(_places(ax, right, pairs.test, change), [0, 0, 72 * WIDTH, 72 * HEIGHT]),
    )


def _draw_lines(ax: Axes, risks: Array, names: tuple[str, str], task: Task) -> None:
    for colour, some in _by_colour(risks[1] - risks[0]):
        at = np.tile([0.0, 1.0, np.nan], int(some.sum()))  # a gap after each line
        heights = np.vstack([risks[:, some], np.full(int(some.sum()), np.nan)]).T.ravel()
        ax.plot(at, heights, color=colour, linewidth=1.0, alpha=0.6, marker="o", markersize=3.2)
    ax.plot([0, 1], risks.mean(axis=1), color=BLACK, linewidth=2.2, marker="o", markersize=5)
    ax.set_xlim(-0.25, 1.25)
    ax.set_xticks([0, 1], names, parse_math=False)
    ax.set_ylabel(f"test {task.metric}", fontsize=9)


def _draw_changes(ax: Axes, change: Array, interval: Interval | None, margin: float) -> None:
    tidy(ax, grid="x")
    ax.set_facecolor("none")
    heights = _heights(change.size)
    ax.axvspan(-margin, margin, color="#d1d5db", alpha=0.6, linewidth=0)
    ax.axvline(0.0, color=BLACK, linewidth=0.9)
    for colour, some in _by_colour(change):
        ax.plot(change[some], heights[some], "o", color=colour, markersize=3.6, alpha=0.85)
    if interval is not None:
        ax.plot([interval.low, interval.high], [0, 0], color=BLACK, linewidth=2.2)
        ax.plot([interval.mean], [0], "o", color=BLACK, markersize=6)
    ax.set_ylim(-1.5, change.size)
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    ax.locator_params(axis="x", nbins=3)
    ax.set_xlabel("change, less is better", fontsize=9, color=GREY)


def _by_colour(change: Array) -> list[tuple[str, npt.NDArray[np.bool_]]]:
    """Return the colours of better and worse splits, and which these are."""
    return [(GREEN, change < 0), (VERMILLION, change >= 0)]


def _heights(count: int) -> Array:
    return np.arange(count, dtype=np.float64) + 0.75


def _places(ax: Axes, right: Axes, risks: Array, change: Array) -> list[tuple[float, float, str]]:
    """Return the dots of both axes, with the numbers of their split."""
    words = [
        f"split {j + 1}: {number(plain)} → {number(regularised)}, change {number(moved)}"
        for j, (plain, regularised, moved) in enumerate(zip(*risks, change, strict=True))
    ]
    dots_left = [
        (x, y, text)
        for side in (0, 1)
        for x, y, text in zip(
            across(ax, [side]) * len(words), down(ax, risks[side]), words, strict=True
        )
    ]
    shown = zip(across(right, change), down(right, _heights(change.size)), words, strict=True)
    return [*dots_left, *shown]
