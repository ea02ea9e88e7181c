"""A panel of losses by epoch, with means, bands over splits and the best epoch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, cast

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from bridle.figure import LineEnd, count_ticks, label_line_ends, new_figure, tidy
from bridle.types import Array
from bridle.workbench.evidence.curves.held_curves import held_curves
from bridle.workbench.report.text import shorten

__all__ = [
    "BEST_EPOCH",
    "Line",
    "draw_line",
    "draw_panel",
    "finding",
    "finish",
    "panels_of",
    "stack",
    "thinned",
]


BEST_EPOCH = "best epoch"
"""Label of the dot at the lowest mean validation loss."""

_MOST_POINTS = 400
"""Largest number of points of a line; more are not distinguishable on a page."""
_PANELS_A_ROW = 2
_TENFOLD = 9.0
"""Rise relative to the lowest loss, from which its percentage is no longer readable."""
_FLAT = 0.005
"""Rise relative to the lowest loss below which the end is called level, since it can hardly be seen."""


@dataclass(frozen=True)
class Line:
    """A loss with one row per run and one column per epoch (or time), from `stack`."""

    name: str
    values: Array
    colour: str
    style: Literal["-", "--", ":"]
    times: Array | None = None

    @property
    def at(self) -> Array:
        """Horizontal position of each column: `times`, or the epochs from 1."""
        epochs = np.arange(1, self.values.shape[1] + 1, dtype=np.float64)
        return epochs if self.times is None else self.times

    @property
    def mean(self) -> Array:
        """Mean over the runs with a finite loss, the same runs at every epoch."""
        finite = np.ma.masked_invalid(self.values)
        return np.asarray(np.ma.filled(finite.mean(axis=0), np.nan), dtype=np.float64)

    @property
    def best(self) -> int | None:
        """Index of the epoch with the lowest mean; None if no mean is finite."""
        mean = self.mean
        return int(np.nanargmin(mean)) if np.isfinite(mean).any() else None


def panels_of(count: int) -> tuple[Figure, list[Axes]]:
    """Return a new figure with the given number of panels on common scales."""
    columns = min(count, _PANELS_A_ROW)
    rows = -(-count // columns)
    figure = new_figure(9.0 if columns > 1 else 6.0, 3.5 * rows)
    grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    panels = [cast("Axes", ax) for ax in grid.flat]
    for unused in panels[count:]:
        unused.remove()
    return figure, panels[:count]


def stack(rows: Sequence[Sequence[float]]) -> Array:
    """Return runs of unequal length as one array, with NaN only at epochs without any finite loss.

    A run that has ended, or whose loss is not finite, keeps its last finite loss; before its first
    finite loss it has that one. If it were left out, the mean over the runs would jump.
    """
    stacked = held_curves(rows)
    finite = np.isfinite(stacked)
    epochs = np.arange(stacked.shape[1])
    last = np.maximum.accumulate(np.where(finite, epochs, -1), axis=1)
    first = finite.argmax(axis=1)[:, np.newaxis]
    held = np.take_along_axis(stacked, np.where(last < 0, first, last), axis=1)
    return np.where(np.isfinite(held) & finite.any(axis=0), held, np.nan)


def draw_panel(ax: Axes, name: str, lines: Sequence[Line]) -> None:
    """Draw the lines of an arm, the first of which is the validation loss, with a subtitle."""
    for line in lines:
        draw_line(ax, line)
    tidy(ax)
    text = f"{shorten(name)}\n{finding(lines[0])}"
    ax.set_title(text, loc="left", fontsize=9.5, linespacing=1.4, parse_math=False)


def thinned(count: int, most: int) -> npt.NDArray[np.intp]:
    """Return at most so many of the positions 0, 1, … evenly, the first and the last among them."""
    return np.unique(np.linspace(0, count - 1, min(count, most)).round().astype(np.intp))


def draw_line(
    ax: Axes, line: Line, *, most: int = _MOST_POINTS, gid: str = "", band: bool = True
) -> None:
    """Draw mean, band and, for the validation loss, the best epoch.

    Parameters
    ----------
    ax : Axes
    line : Line
    most : int
        Points drawn at most.
    band : bool
        Whether the band of all runs is drawn, if there are several and the line is not faint.
    gid : str
        If given, ends the ids ``line-…``, ``band-…`` and ``dot-…`` of what is drawn.
    """
    mean = line.mean
    at = thinned(len(mean), most)
    times = line.at
    faint = line.style == ":"
    ax.plot(
        times[at],
        mean[at],
        color=line.colour,
        linestyle=line.style,
        linewidth=1.2 if faint else 1.8,
        marker="o" if len(mean) == 1 else "",
        label=line.name,
        zorder=2 if faint else 3,
        gid=f"line-{gid}" if gid else None,
    )
    if band and len(line.values) > 1 and not faint:
        finite = np.ma.masked_invalid(line.values)
        low = np.ma.filled(finite.min(axis=0), np.nan)
        high = np.ma.filled(finite.max(axis=0), np.nan)
        ax.fill_between(
            times[at],
            low[at],
            high[at],
            color=line.colour,
            alpha=0.15,
            linewidth=0,
            gid=f"band-{gid}" if gid else None,
        )
    if line.style == "-" and line.best is not None:
        ax.plot(
            [times[line.best]],
            [mean[line.best]],
            marker="o",
            markersize=7,
            color=line.colour,
            markeredgecolor="white",
            label=BEST_EPOCH,
            linestyle="none",
            zorder=4,
            gid=f"dot-{gid}" if gid else None,
        )


def finding(validation: Line) -> str:
    """Return a few words on the course of the validation loss."""
    best, mean = validation.best, validation.mean
    if best is None:
        return "no finite validation loss"
    last = int(np.flatnonzero(np.isfinite(mean))[-1])
    if best == last:
        return f"validation lowest at the last epoch, {best + 1}"
    rise = (mean[last] - mean[best]) / abs(mean[best]) if mean[best] else np.inf
    if rise < _FLAT:
        return f"validation lowest at epoch {best + 1}, and level from there"
    end = f"{100 * rise:.0f} % higher" if rise < _TENFOLD else "more than tenfold"
    return f"validation lowest at epoch {best + 1}, {end} at the end"


def finish(figure: Figure, panels: Sequence[Axes], loss_name: str, *, unit: str = "epoch") -> None:
    """Set the common limits, then label lines and axes."""
    curves = [[line for line in ax.lines if line.get_label() != BEST_EPOCH] for ax in panels]
    epochs = max(np.max(line.get_xdata()) for lines in curves for line in lines)
    start = min(np.min(line.get_xdata()) for lines in curves for line in lines)
    panels[0].set_xlim(max(start / 2, start - 0.03 * epochs), 1.03 * epochs)  # there is no epoch 0
    for ax, lines in zip(panels, curves, strict=True):
        count_ticks(ax)
        ax.tick_params(labelbottom=True)
        ax.set_xlabel(unit)
        label_line_ends(ax, [end for end in map(_end, lines) if end is not None])
    figure.supylabel(loss_name, fontsize=10)


def _end(line: Line2D) -> LineEnd | None:
    points = np.asarray(line.get_xydata(), dtype=np.float64)
    finite = points[np.isfinite(points).all(axis=1)]
    if not len(finite):
        return None
    x, y = finite[-1]
    return LineEnd(float(x), float(y), str(line.get_label()), str(line.get_color()))
