"""Figure of the changes in risk, with their intervals and margins."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bridle.errors import InputError
from bridle.figure import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    VERMILLION,
    house_style,
    new_figure,
    tidy,
    title,
)
from bridle.workbench.report.text import shorten
from bridle.workbench.task import Task
from bridle.workbench.verdict.comparison import Comparison

__all__ = ["plot_differences"]

_COLOURS = {"helps": GREEN, "hurts": VERMILLION, "benign gap": BLUE, "no difference": BLUE}


@house_style
def plot_differences(comparisons: Sequence[Comparison], task: Task) -> Figure:
    """Draw the change in risk of each comparison with its interval and its margin.

    Parameters
    ----------
    comparisons : sequence of Comparison
        Those without an interval are ignored.
    task : Task
        Determines the metric.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    InputError
        No comparison has an interval.
    """
    drawn = [one for one in comparisons if one.change is not None]
    if not drawn:
        raise InputError(
            "comparisons must contain one with an interval, which needs two splits. Received: "
            f"{len(comparisons)} without one."
        )
    figure = new_figure(9.0, 1.45 + 0.55 * len(drawn))
    ax = figure.subplots()
    for height, comparison in enumerate(drawn):
        _draw_row(ax, height, comparison)
    tidy(ax, grid="x")
    ax.axvline(0.0, color=BLACK, linewidth=1.0, zorder=2)
    names = [f"{shorten(one.regularised, 20)}\nagainst {shorten(one.plain, 20)}" for one in drawn]
    ax.set_yticks(range(len(drawn)), names, parse_math=False)
    ax.set_ylim(len(drawn) - 0.45, -0.55)
    ax.set_xlabel(f"{task.metric} of the regularised arm minus that of the plain one")
    reach = max(abs(end) for end in ax.get_xlim())
    ax.set_xlim(-reach, reach)
    ax.set_title("← the regularised arm is better", loc="left", fontsize=9, color=GREY)
    ax.set_title("the plain arm is better →", loc="right", fontsize=9, color=GREY)
    title(figure, f"Change in {task.metric} on new rows, with its interval")
    return figure


def _draw_row(ax: Axes, height: int, comparison: Comparison) -> None:
    interval = comparison.change
    if interval is None:
        return
    ax.barh(height, 2 * comparison.margin, 0.8, -comparison.margin, color="#d1d5db", zorder=1)
    colour = _COLOURS.get(comparison.decision, BLACK)
    ax.plot([interval.low, interval.high], [height, height], color=colour, linewidth=2.2, zorder=3)
    ax.plot([interval.mean], [height], marker="o", markersize=8, color=colour, zorder=4)
