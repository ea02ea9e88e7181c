"""Charts of how the elastic net chose its penalty strength: cross-validation and coefficient path."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from bridle.elastic_net.path.plot import draw_counts, draw_path, strength_axis
from bridle.figure import BLACK, BLUE, GREY, house_style
from bridle.types import Array
from bridle.workbench.record import Record
from bridle.workbench.report.charts.chart import (
    Chart,
    Room,
    across,
    box,
    chart_of,
    new_chart,
    rounded,
)
from bridle.workbench.report.text import shorten
from bridle.workbench.task import Task

__all__ = ["selection_charts"]

_ROOM = Room(top=0.5)
_PATH_ROOM = Room(top=0.5, right=1.3)


@house_style
def selection_charts(records: Sequence[Record], task: Task) -> tuple[Chart, ...]:
    """Return the cross-validation curve and the path of the elastic net's first run.

    The first chart has the risk on held-out rows against the strength, with one standard error, the
    curves of the other runs behind it, and the numbers of features on top. Both charts mark the
    strength with the smallest risk and the largest one within one standard error of it.

    Parameters
    ----------
    records : sequence of Record
        Those without a `Record.selection` are ignored; without any there is no chart.
    task : Task
        Determines the name of the risk: the deviance, which is twice the log loss for classes and comes
        from the partial likelihood for survival times; for numbers in units of their variance or mean.
    """
    runs = sorted(
        (record for record in records if record.selection), key=lambda record: record.seed
    )
    chosen = [run.selection for run in runs if run.selection is not None]
    if not chosen:
        return ()
    first = chosen[0]
    charts = [_curve(first, chosen[1:], task, runs[0].seed)]
    if first["path"]:
        charts.append(_path(first, runs[0].seed))
    return tuple(charts)


def _curve(first: dict[str, Any], others: Sequence[dict[str, Any]], task: Task, seed: int) -> Chart:
    figure, ax = new_chart(_ROOM)
    risk = "squared error / variance" if task.has_scaled_curves else "deviance"
    alphas, mean, error = (_numbers(first[name]) for name in ("alphas", "mean", "error"))
    for record in others:
        ax.plot(
            _numbers(record["alphas"]),
            _numbers(record["mean"]),
            color=GREY,
            linewidth=0.7,
            alpha=0.4,
        )
    ax.fill_between(alphas, mean - error, mean + error, color=BLUE, alpha=0.18, linewidth=0)
    ax.plot(alphas, mean, color=BLUE, linewidth=1.8, marker="o", markersize=2.5)
    strength_axis(ax, alphas)
    ax.set_xlabel("strength alpha (weaker to the right)", fontsize=9)
    ax.set_ylabel(f"{risk}, held-out rows", fontsize=9)
    _mark(ax, first)
    draw_counts(ax, alphas, np.array(first["nonzero"], dtype=np.intp))
    best, sparse = first["best"], first["one_standard_error"]
    counts = first["nonzero"]
    title = f"The smallest risk keeps {counts[best]:,} features"
    if sparse != best:
        title += f"; {counts[sparse]:,} do as well within one standard error"
    behind = f"; grey: the other {len(others)} splits" if others else ""
    return chart_of(
        figure,
        "selection",
        title,
        caption=f"Cross-validation inside the training rows of split {seed}: mean ± one standard error"
        f"{behind}. Solid line: smallest risk, used here. Dashed: one-standard-error rule.",
        pointer={
            "kind": "lines",
            "box": box(ax),
            "unit": "alpha",
            "at": rounded(alphas),
            "x": across(ax, alphas),
            "lines": [
                {"name": risk, "y": rounded(mean)},
                {"name": "standard error", "y": rounded(error)},
                {"name": "features", "y": counts},
            ],
        },
    )


def _path(first: dict[str, Any], seed: int) -> Chart:
    figure, ax = new_chart(_PATH_ROOM)
    alphas = _numbers(first["alphas"])
    names = [shorten(name, 18) for name in first["path"]]
    coefs = np.column_stack([_numbers(line) for line in first["path"].values()])
    draw_path(ax, alphas, coefs, names)
    ax.set_xlabel("strength alpha (weaker to the right)", fontsize=9)
    ax.set_ylabel("coefficient", fontsize=9)
    _mark(ax, first)
    draw_counts(ax, alphas, np.array(first["nonzero"], dtype=np.intp))
    return chart_of(
        figure,
        "path",
        f"{names[0]} has the largest coefficient at the weakest strength",
        caption=f"The {len(names)} features with the largest coefficients there, standardised, in "
        f"split {seed}.",
        pointer={
            "kind": "lines",
            "box": box(ax),
            "unit": "alpha",
            "at": rounded(alphas),
            "x": across(ax, alphas),
            "lines": [
                {"name": name, "y": rounded(line)}
                for name, line in zip(names, coefs.T, strict=True)
            ],
        },
    )


def _mark(ax: Axes, first: dict[str, Any]) -> None:
    for name, style in (("best", "-"), ("one_standard_error", "--")):
        ax.axvline(first["alphas"][first[name]], color=BLACK, linewidth=1.0, linestyle=style)


def _numbers(values: Sequence[float | None]) -> Array:
    return np.array(values, dtype=np.float64)
