"""Figure of a learning curve: the change by each regulariser, and the risks, by training rows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from bridle.errors import InputError
from bridle.figure import (
    BLACK,
    PALETTE,
    LineEnd,
    house_style,
    label_line_ends,
    new_figure,
    tidy,
    title,
)
from bridle.types import Array
from bridle.workbench.report.figures.focus import focused
from bridle.workbench.report.text import shorten
from bridle.workbench.task import Task
from bridle.workbench.verdict.arm_words import arm_label
from bridle.workbench.verdict.learning_curve import CurveLine, LearningCurve

__all__ = [
    "change_lines",
    "changes_by_size",
    "draw_changes",
    "draw_risks",
    "plot_learning_curve",
    "risk_lines",
]

_MOST_LINES = len(PALETTE)
_APART = 0.012
"""Distance between the intervals of two comparisons at a size, as a fraction of the axis."""
_LONGEST_LABEL = 24


@house_style
def plot_learning_curve(curve: LearningCurve | None, task: Task) -> Figure:
    """Draw the changes by each regulariser, with intervals, and the mean risks by training rows.

    A change is the risk of the regularised model minus that of the model it is compared with: below
    0 it is better. The number of training rows is on a logarithmic scale.

    Parameters
    ----------
    curve : LearningCurve or None
    task : Task
        Determines the metric.

    Returns
    -------
    matplotlib.figure.Figure
        A panel of changes, if some comparison has an interval, and a panel of risks.

    Raises
    ------
    InputError
        There is no learning curve, or it has fewer than two sizes.
    """
    if curve is None or len(curve.sizes) < 2:
        received = "none" if curve is None else f"{len(curve.sizes)} size"
        raise InputError(
            "A learning curve needs a study with runs on smaller parts of the training rows: "
            f"bridle.compare(..., learning_curve=True). Received: {received}."
        )
    lines = change_lines(curve)
    figure = new_figure(10.0 if lines else 6.0, 3.8)
    *first, last = figure.subplots(1, 2 if lines else 1, squeeze=False).flat
    for ax in first:
        tidy(ax)
        draw_changes(ax, lines, curve, task, longest=_LONGEST_LABEL)
    tidy(last)
    draw_risks(last, curve, task, longest=_LONGEST_LABEL)
    title(figure, "Verdict and test risk by number of training rows")
    return figure


def change_lines(curve: LearningCurve) -> list[CurveLine]:
    """Return the comparisons to draw: those with an interval, at most one for each colour."""
    known = [line for line in curve.lines if any(point.change for point in line.points)]
    # A regularised arm may also be one of two rivals, and two lines of the same name would confuse.
    return ([line for line in known if not line.rivals] or known)[:_MOST_LINES]


def changes_by_size(line: CurveLine, sizes: Sequence[int]) -> Array:
    """Return the mean change of a comparison at each size, NaN if it was not measured there."""
    known = {point.n_train: point.change.mean for point in line.points if point.change is not None}
    return np.array([known.get(size, np.nan) for size in sizes])


def risk_lines(curve: LearningCurve) -> dict[str, Array]:
    """Return the mean test risk of the arms to draw at each size, NaN if it was not measured there."""
    every = {
        arm: np.array([np.nan if risk is None else risk for risk in risks])
        for arm, risks in [*curve.risks.items()][:_MOST_LINES]
    }
    return {arm: risks for arm, risks in every.items() if np.isfinite(risks).any()}


def draw_changes(
    ax: Axes, lines: Sequence[CurveLine], curve: LearningCurve, task: Task, *, longest: int
) -> None:
    """Draw the changes of comparisons with their intervals.

    Parameters
    ----------
    ax : Axes
    lines : sequence of CurveLine
        From `change_lines`; not empty.
    curve : LearningCurve
    task : Task
    longest : int
        Characters of an arm's label at most.
    """
    span = np.log(curve.sizes[-1] / curve.sizes[0])
    ends, bands = [], []
    for position, line in enumerate(lines):
        measured = [(point.n_train, point.change) for point in line.points if point.change]
        shift = np.exp(_APART * span * (position - (len(lines) - 1) / 2))
        sizes = np.array([size for size, _ in measured]) * shift
        mean, low, high = (
            np.array([getattr(change, end) for _, change in measured])
            for end in ("mean", "low", "high")
        )
        colour = _colour(curve, line.regularised)
        ax.vlines(sizes, low, high, color=colour, linewidth=1.6, alpha=0.5)
        ax.plot(sizes, mean, color=colour, linewidth=1.8, marker="o", markersize=4.5)
        name = shorten(arm_label(line.regularised), longest)
        ends.append(LineEnd(float(sizes[-1]), float(mean[-1]), name, colour))
        bands.append(np.column_stack([low, high]).ravel())
    ax.set_ylim(*focused([*bands, np.zeros(1)]))
    ax.axhline(0.0, color=BLACK, linewidth=0.9, zorder=2)
    _size_axis(ax, curve.sizes)
    ax.set_ylabel(f"change in test {task.metric}", fontsize=9)
    label_line_ends(ax, ends)


def draw_risks(ax: Axes, curve: LearningCurve, task: Task, *, longest: int) -> None:
    """Draw the mean test risk of each arm, with at most so many characters of its label."""
    ends, drawn = [], risk_lines(curve)
    for arm, risks in drawn.items():
        colour = _colour(curve, arm)
        ax.plot(curve.sizes, risks, color=colour, linewidth=1.8, marker="o", markersize=4)
        last = int(np.flatnonzero(np.isfinite(risks))[-1])
        name = shorten(arm_label(arm), longest)
        ends.append(LineEnd(curve.sizes[last], float(risks[last]), name, colour))
    if drawn:
        ax.set_ylim(*focused([*drawn.values()]))
    _size_axis(ax, curve.sizes)
    ax.set_ylabel(f"test {task.metric}", fontsize=9)
    label_line_ends(ax, ends)


def _colour(curve: LearningCurve, arm: str) -> str:
    """Return the colour of an arm, the same for its change and its risk."""
    return PALETTE[[*curve.risks].index(arm) % len(PALETTE)]


def _size_axis(ax: Axes, sizes: Sequence[int]) -> None:
    ax.set_xscale("log")
    ax.set_xlim(sizes[0] / 1.08, sizes[-1] * 1.08)
    ax.set_xticks(sizes, [f"{size:,}" for size in sizes])
    ax.xaxis.set_minor_locator(NullLocator())
    ax.set_xlabel("training rows", fontsize=9)
