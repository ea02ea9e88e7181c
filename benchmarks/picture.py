"""The picture of the comparison."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from benchmarks.comparison import KINDS, Row, compare
from benchmarks.results import Results
from benchmarks.solvers import NAMES, OURS
from bridle.figure import BLACK, GREY, PALETTE, house_style, new_figure, tidy, title

__all__ = ["draw"]

_RIVALS = tuple(name for name in NAMES if name != OURS)
_COLOURS = dict(zip(_RIVALS, PALETTE, strict=False))
_MARKERS = dict(zip(_RIVALS, "osXD^vP", strict=True))
_GOAL: dict[str, Any] = {
    "marker": "|",
    "color": GREY,
    "markersize": 13,
    "markeredgewidth": 1.6,
}
_SPREAD = 0.5
"""Of a case's band: marks that fall together stay apart."""

_TITLES = {"path": "path of 100 strengths", "cv": "10-fold cross-validation"}


@house_style
def draw(results: Results, file: Path) -> None:
    """Draw each rival's time over bridle's: a panel for paths, one for cross-validations."""
    rows = compare(results)
    cases = list(dict.fromkeys(row.case.title for row in rows))
    figure = new_figure(11, 1.9 + 0.42 * len(cases))
    panels = figure.subplots(1, 2, sharey=True)
    for ax, kind in zip(panels, KINDS, strict=True):
        _panel(ax, [row for row in rows if row.kind == kind], cases)
        ax.set_title(_TITLES[kind], fontsize=10, loc="left")
    timed = {name for row in rows for name in _RIVALS if row.timings[name].seconds is not None}
    marks = [_mark(name) for name in _RIVALS if name in timed]
    goal = Line2D([], [], linestyle="", label="goal for the fastest rival", **_GOAL)
    figure.legend(handles=[*marks, goal], loc="outside lower center", ncols=7, frameon=False)
    title(figure, "How many times as long as bridle the others take (right is slower)")
    figure.savefig(file)


def _panel(ax: Axes, rows: list[Row], cases: list[str]) -> None:
    ax.set_xscale("log")
    ax.axvline(1, color=BLACK, linewidth=1.2)
    for row in rows:
        height = len(cases) - cases.index(row.case.title)
        ax.plot(1 / row.goal, height, linestyle="", **_GOAL)
        _points(ax, row, height)
    ax.set_yticks(range(len(cases), 0, -1), cases)
    ax.set_ylim(0.4, len(cases) + 0.6)
    ax.set_xticks([0.5, 1, 2, 5, 10, 20], ["0.5", "1", "2", "5", "10", "20"])
    ax.set_xticks([], minor=True)
    low, high = ax.get_xlim()
    ax.set_xlim(min(low, 0.45), max(high, 27))
    tidy(ax, grid="x")
    ax.set_xlabel("time over bridle's; an open mark was stopped there")


def _points(ax: Axes, row: Row, height: int) -> None:
    ours = row.timings[OURS]
    if not ours.ran or ours.seconds is None:
        return
    for index, name in enumerate(_RIVALS):
        timing = row.timings[name]
        if timing.seconds is not None:
            ax.plot(
                timing.seconds / ours.seconds,
                height + _SPREAD * (0.5 - index / (len(_RIVALS) - 1)),
                _MARKERS[name],
                color=_COLOURS[name],
                markerfacecolor="none" if timing.stopped else _COLOURS[name],
                markersize=6,
            )


def _mark(name: str) -> Line2D:
    marker, colour = _MARKERS[name], _COLOURS[name]
    return Line2D([], [], linestyle="", marker=marker, color=colour, label=name)
