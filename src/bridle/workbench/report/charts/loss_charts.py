"""Charts of the losses by epoch: compared networks over one another, then each network apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from matplotlib.axes import Axes

from bridle.figure import BLUE, VERMILLION, LineEnd, count_ticks, house_style, label_line_ends
from bridle.networks.curves import Curves
from bridle.types import Array
from bridle.workbench.evidence.compared_arms import UNPAIRED
from bridle.workbench.record import Record
from bridle.workbench.report.charts.chart import (
    Chart,
    Room,
    across,
    box,
    chart_of,
    new_chart,
    note,
    rounded,
)
from bridle.workbench.report.figures.focus import focused
from bridle.workbench.report.figures.loss_panel import Line, draw_line, finding, stack, thinned
from bridle.workbench.report.text import shorten
from bridle.workbench.task import Task
from bridle.workbench.verdict.arm_words import arm_label
from bridle.workbench.verdict.comparison import Comparison
from bridle.workbench.verdict.wording import number

__all__ = ["LossCharts", "loss_charts"]

_ROOM = Room(right=1.02)
_LONGEST_LABEL = 15
_MOST_POINTS = 60
"""Largest number of points of a line; a phone's width can just show so many."""


@dataclass(frozen=True)
class LossCharts:
    """Charts of losses.

    Attributes
    ----------
    together : tuple of Chart
        One for each comparison of two networks: both on one pair of axes.
    apart : tuple of Chart
        One for each network, on common scales.
    """

    together: tuple[Chart, ...]
    apart: tuple[Chart, ...]


@dataclass(frozen=True)
class _Losses:
    """Losses of an arm, one row per run and one column per epoch."""

    name: str
    validation: Array
    training: Array
    optimised: Array | None

    @property
    def colour(self) -> str:
        return VERMILLION if self.name in UNPAIRED else BLUE

    def line(self, which: Literal["validation", "training", "optimised"], label: str) -> Line:
        values = {
            "validation": self.validation,
            "training": self.training,
            "optimised": self.optimised,
        }[which]
        assert values is not None
        style: Mapping[str, Literal["-", "--", ":"]] = {"validation": "-", "training": "--"}
        return Line(label, values, self.colour, style.get(which, ":"))


@house_style
def loss_charts(
    records: Sequence[Record], comparisons: Sequence[Comparison], task: Task
) -> LossCharts:
    """Return the charts of the losses by epoch; none if no arm was trained in epochs.

    The validation loss is solid, the training loss without noise and penalty dashed, the training
    loss as optimised dotted. Lines are means over splits, and a band extends from the smallest to
    the largest validation loss.

    Parameters
    ----------
    records : sequence of Record
        Those without curves are ignored.
    comparisons : sequence of Comparison
        The pairs that are drawn over one another.
    task : Task
        Determines the loss.
    """
    held = _held(records)
    if not held:
        return LossCharts((), ())
    loss = "squared error / variance" if task.has_scaled_curves else task.curve_loss
    pairs = [
        (held[comparison.plain], held[comparison.regularised])
        for comparison in comparisons
        if comparison.plain in held and comparison.regularised in held and not comparison.rivals
    ]
    limits = focused([mean for arm in held.values() for mean in _means(arm)])
    ordered = sorted(held.values(), key=lambda arm: arm.name not in UNPAIRED)
    return LossCharts(
        tuple(_together(f"pair-{i}", pair, loss) for i, pair in enumerate(pairs)),
        tuple(_apart(f"loss-{i}", arm, loss, limits) for i, arm in enumerate(ordered)),
    )


def _held(records: Sequence[Record]) -> dict[str, _Losses]:
    by_arm: dict[str, list[Curves]] = {}
    otherwise: set[str] = set()
    for record in records:
        if record.curves is not None and record.curves.val_loss:
            by_arm.setdefault(record.arm, []).append(record.curves)
            otherwise |= {record.arm} if "loss" in (record.details or {}) else set()
    found = {
        name: _Losses(
            name,
            stack([curve.val_loss for curve in curves]),
            stack([curve.train_eval_loss for curve in curves]),
            # A custom loss has other units.
            None if name in otherwise else stack([curve.train_loss for curve in curves]),
        )
        for name, curves in by_arm.items()
    }
    return {name: arm for name, arm in found.items() if np.isfinite(arm.validation).any()}


def _means(arm: _Losses) -> list[Array]:
    return [arm.line("validation", "").mean, arm.line("training", "").mean]


def _together(name: str, pair: tuple[_Losses, _Losses], loss: str) -> Chart:
    first, second = (shorten(arm_label(arm.name), _LONGEST_LABEL) for arm in pair)
    lines = [
        arm.line(which, label if which == "validation" else "")
        for arm, label in zip(pair, (first, second), strict=True)
        for which in ("validation", "training")
    ]
    names = [
        f"{label}, {which}" for label in (first, second) for which in ("validation", "training")
    ]
    limits = focused([line.mean for line in lines])
    return _drawn(
        name,
        f"{first} and {second}",
        list(zip(names, lines, strict=True)),
        loss,
        limits,
        caption="Solid: validation, with the band of all splits. Dashed: training, noise off.",
    )


def _apart(name: str, arm: _Losses, loss: str, limits: tuple[float, float]) -> Chart:
    lines = [arm.line("validation", "validation"), arm.line("training", "training")]
    if arm.optimised is not None:
        lines.append(arm.line("optimised", "as optimised"))
    title = f"{shorten(arm_label(arm.name))}: {finding(lines[0])}"
    return _drawn(name, title, [(line.name, line) for line in lines], loss, limits)


def _drawn(
    name: str,
    title: str,
    lines: Sequence[tuple[str, Line]],
    loss: str,
    limits: tuple[float, float],
    *,
    caption: str = "",
) -> Chart:
    figure, ax = new_chart(_ROOM)
    for place, (_, line) in enumerate(lines):
        draw_line(ax, line, most=_MOST_POINTS, gid=str(place), band=line.style == "-")
    epochs = max(line.values.shape[1] for _, line in lines)
    ax.set_xlim(max(0.5, 1 - 0.03 * epochs), 1.03 * epochs)
    ax.set_ylim(*limits)
    count_ticks(ax)
    ax.set_xlabel("epoch", fontsize=9)
    ax.set_ylabel(loss, fontsize=9)
    ends = dict(_ends(lines, limits))
    label_line_ends(ax, list(ends.values()))
    for place, label in zip(ends, ax.texts, strict=True):
        label.set_gid(f"end-{place}")
    compared = [line for _, line in lines if line.style != ":"]
    stray = max(float(np.nanmax(line.mean, initial=-np.inf)) for line in compared)
    if stray > limits[1]:
        note(ax, f"↑ up to {number(stray)}, outside")
    return chart_of(
        figure, name, title, caption=caption, pointer=_pointer(ax, name, lines, list(ends))
    )


def _ends(
    lines: Sequence[tuple[str, Line]], limits: tuple[float, float]
) -> Iterator[tuple[int, LineEnd]]:
    """Yield the place of each line that has a name, and its end within the limits."""
    for place, (_, line) in enumerate(lines):
        mean = line.mean
        finite = np.flatnonzero(np.isfinite(mean))
        if line.name and finite.size:
            height = min(max(float(mean[finite[-1]]), limits[0]), limits[1])
            yield place, LineEnd(float(line.at[finite[-1]]), height, line.name, line.colour)


def _pointer(
    ax: Axes, name: str, lines: Sequence[tuple[str, Line]], ends: Sequence[int]
) -> dict[str, Any]:
    """Return the means by epoch, and what must move if the script makes the axis logarithmic."""
    longest = max((line for _, line in lines), key=lambda line: line.values.shape[1])
    shown = thinned(longest.at.size, _MOST_POINTS)
    means = [(label, line.mean) for label, line in lines]
    return {
        "kind": "lines",
        "box": box(ax),
        "unit": "epoch",
        "at": rounded(longest.at[shown]),
        "x": across(ax, longest.at[shown]),
        "limits": list(ax.get_ylim()),
        "axis": f"{name}-matplotlib.axis_2",
        "lines": [
            {
                "name": label,
                "id": f"{name}-line-{place}",
                "y": rounded(mean[shown[shown < mean.size]]),
            }
            for place, (label, mean) in enumerate(means)
        ],
        "bands": [f"{name}-band-{place}" for place in range(len(lines))],
        "ends": [[f"{name}-end-{place}", place] for place in ends],
        "dots": [f"{name}-dot-{place}" for place in range(len(lines))],
    }
