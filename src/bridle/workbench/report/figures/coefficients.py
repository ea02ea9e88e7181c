"""Figure of the linear arms' coefficients, which shows what the elastic net shrank and kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bridle.errors import InputError
from bridle.figure import BLACK, BLUE, ORANGE, house_style, new_figure, tidy, title
from bridle.workbench.record import Record
from bridle.workbench.report.text import shorten

__all__ = [
    "coefficient_runs",
    "coefficient_tables",
    "draw_coefficients",
    "headline",
    "largest_features",
    "plot_coefficients",
]

_MOST_FEATURES = 20


@dataclass(frozen=True)
class _Look:
    name: str
    colour: str
    marker: str
    offset: float


_LOOKS = {
    "linear": _Look("linear, no penalty", ORANGE, "D", -0.17),
    "elastic_net": _Look("elastic net", BLUE, "o", 0.17),
}
"""The arms to draw; if both ran, the last one determines the features."""


@house_style
def plot_coefficients(records: Sequence[Record]) -> Figure:
    """Draw the largest coefficients of the linear arm and of the elastic net.

    A mark is the mean over splits; a line extends from the smallest to the largest value. Features
    are ordered by the size of their mean elastic-net coefficient, then of the linear one. With
    several outputs, the norm over the outputs is drawn. Records have only the 200 largest
    coefficients; missing ones count as zero.

    Parameters
    ----------
    records : sequence of Record
        At least one of "linear" and "elastic_net" is needed; other arms and failures are ignored.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    InputError
        No record has coefficients.
    """
    runs = coefficient_runs(records)
    if not runs:
        raise InputError(
            "records must contain coefficients of the arm 'linear' or 'elastic_net'. Received: "
            f"{len(records)} records without coefficients."
        )
    n_outputs, tables = coefficient_tables(runs)
    features = largest_features(tables, _MOST_FEATURES)
    figure = new_figure(9.0, 1.5 + 0.27 * len(features))
    ax = figure.subplots()
    draw_coefficients(ax, tables, features)
    _finish(ax, n_outputs)
    title(figure, headline(runs))
    return figure


def coefficient_runs(records: Sequence[Record]) -> dict[str, list[Record]]:
    """Return the runs of the linear arms that have coefficients, by arm."""
    return {
        arm: found
        for arm in _LOOKS
        if (found := [r for r in records if r.arm == arm and r.coefficients])
    }


def coefficient_tables(
    runs: Mapping[str, Sequence[Record]],
) -> tuple[int, dict[str, dict[str, npt.NDArray[np.float64]]]]:
    """Return the number of outputs and, by arm, a mapping from feature to one number per run."""
    n_outputs = max(len(v) for r in runs[next(iter(runs))] for v in (r.coefficients or {}).values())
    return n_outputs, {arm: _table(found, n_outputs) for arm, found in runs.items()}


def draw_coefficients(
    ax: Axes,
    tables: Mapping[str, Mapping[str, npt.NDArray[np.float64]]],
    features: Sequence[str],
    *,
    longest: int = 32,
) -> None:
    """Draw the coefficients of each arm, with at most so many characters of a feature's name."""
    for arm, table in tables.items():
        _draw_arm(ax, _LOOKS[arm], [table.get(feature, np.zeros(1)) for feature in features])
    tidy(ax, grid="x")
    ax.axvline(0.0, color=BLACK, linewidth=0.8, zorder=1)
    ax.set_yticks(range(len(features)), [shorten(f, longest) for f in features], parse_math=False)
    ax.set_ylim(len(features) - 0.4, -0.6)
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, frameon=False, borderaxespad=0.2)


def _table(runs: Sequence[Record], n_outputs: int) -> dict[str, npt.NDArray[np.float64]]:
    """Return a mapping from feature name to one finite number per run."""
    table: dict[str, npt.NDArray[np.float64]] = {}
    for index, record in enumerate(runs):
        for feature, outputs in (record.coefficients or {}).items():
            values = np.asarray(outputs, dtype=np.float64)  # None in a file becomes NaN
            size = values[0] if n_outputs == 1 else np.linalg.norm(values)
            if np.isfinite(size):
                table.setdefault(feature, np.zeros(len(runs)))[index] = size
    return table


def largest_features(
    tables: Mapping[str, Mapping[str, npt.NDArray[np.float64]]], most: int
) -> list[str]:
    """Return the features with the largest coefficients, these first."""
    order = list(reversed(list(tables.values())))

    def sizes(feature: str) -> tuple[float, ...]:
        return tuple(abs(table.get(feature, np.zeros(1)).mean()) for table in order)

    known = dict.fromkeys(feature for table in order for feature in table)
    return sorted(known, key=sizes, reverse=True)[:most]


def _draw_arm(ax: Axes, look: _Look, values: Sequence[npt.NDArray[np.float64]]) -> None:
    heights = np.arange(len(values)) + look.offset
    low, high = [v.min() for v in values], [v.max() for v in values]
    ax.hlines(heights, low, high, colors=look.colour, linewidth=1.6, alpha=0.55)
    ax.plot(
        [v.mean() for v in values],
        heights,
        linestyle="none",
        marker=look.marker,
        markersize=5,
        color=look.colour,
        label=look.name,
    )


def _finish(ax: Axes, n_outputs: int) -> None:
    what = "coefficient" if n_outputs == 1 else f"norm of the {n_outputs} classes' coefficients"
    ax.set_xlabel(f"{what}, features standardised (mark: mean, line: smallest to largest split)")


def headline(runs: Mapping[str, Sequence[Record]]) -> str:
    """Return what the elastic net kept, in a few words."""
    if "elastic_net" not in runs:
        return "Largest coefficients of the linear model"
    counts = [_nonzero(record) for record in runs["elastic_net"]]
    splits = f" (median of {len(counts)} splits)" if len(counts) > 1 else ""
    kept = round(float(np.median(counts)))
    return f"The elastic net keeps {kept} {'feature' if kept == 1 else 'features'}{splits}"


def _nonzero(record: Record) -> int:
    counted = (record.details or {}).get("nonzero")
    if isinstance(counted, int):
        return counted
    return sum(any(outputs) for outputs in (record.coefficients or {}).values())
