"""Calibration chart: the observed fraction of a class by its predicted probability."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bridle.figure import GREY, PALETTE, LineEnd, house_style, label_line_ends
from bridle.workbench.record import Record
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
from bridle.workbench.report.tables.calibration import calibration_bins
from bridle.workbench.report.text import count, shorten
from bridle.workbench.task import Task

__all__ = ["calibration_chart"]

_ROOM = Room(right=1.1)
_LEAST_ROWS = 10
"""Fewest rows of a point: with ten, the standard error of a fraction is at most 0.16."""


@house_style
def calibration_chart(
    by_arm: Mapping[str, Sequence[Record]], arms: Sequence[str], task: Task
) -> Chart | None:
    """Return a line for each arm, close to the diagonal if its probabilities are right.

    Parameters
    ----------
    by_arm : mapping of str to sequence of Record
        The runs of each arm.
    arms : sequence of str
        The arms to draw, at most seven.
    task : Task
        With two classes, the probability is that of the second; with more, of the predicted class.

    Returns
    -------
    Chart or None
        None without measured probabilities.
    """
    drawn = {name: bins for name in arms if (bins := calibration_bins(by_arm[name])) is not None}
    if not drawn:
        return None
    figure, ax = new_chart(_ROOM)
    ax.plot([0, 1], [0, 1], color=GREY, linewidth=1.0, linestyle=":")
    ax.set_xlim(0, 1)
    ax.set_ylim(0, 1)
    places: list[tuple[float, float, str]] = []
    ends: list[LineEnd] = []
    for colour, (name, bins) in zip(PALETTE, drawn.items(), strict=False):
        held = bins[bins[:, 0] >= _LEAST_ROWS]
        if not len(held):
            continue
        predicted, true = held[:, 1] / held[:, 0], held[:, 2] / held[:, 0]
        ax.plot(predicted, true, color=colour, marker="o", markersize=3.5, linewidth=1.4)
        ends.append(LineEnd(1.0, float(true[-1]), shorten(name, 15), colour))
        words = [
            f"{shorten(name)}: predicted {100 * p:.0f} %, observed {100 * t:.0f} % of {count(n)} rows"
            for p, t, n in zip(predicted, true, held[:, 0], strict=True)
        ]
        places += zip(across(ax, predicted), down(ax, true), words, strict=True)
    label_line_ends(ax, ends)
    what = (
        f"of {shorten(task.classes[1], 20)}" if len(task.classes) == 2 else "of the predicted class"
    )
    ax.set_xlabel(f"predicted probability {what}", fontsize=9)
    ax.set_ylabel("observed fraction", fontsize=9)
    return chart_of(
        figure,
        "calibration",
        "Whether predicted probabilities come true",
        caption="Test rows of all splits, by tenths of the predicted probability. On the dotted line "
        "probabilities are right; above it they are too low, below it too high. Points with fewer "
        f"than {_LEAST_ROWS} rows are left out.",
        pointer=dots(places, box(ax)),
    )
