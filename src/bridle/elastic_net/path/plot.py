"""Plot of a path: its coefficients against the strength of the penalty."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogFormatter, NullLocator

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

__all__ = ["draw_counts", "draw_path", "plot_path", "strength_axis"]


# Labels, counts, characters of a name and names in the headline that fit a figure without overlap.
_MOST_LABELS = 10
_MOST_COUNTS = 7
_LONGEST_NAME = 24
_MOST_NAMES = 2


class _PlainNumbers(LogFormatter):
    """Labels of a logarithmic axis that say 0.1, not 1e-01."""

    def __call__(self, x: float, pos: int | None = None) -> str:
        return f"{x:g}" if LogFormatter.__call__(self, x, pos) else ""


@house_style
def plot_path(alphas: Array, coefs: Array, terms: Sequence[str]) -> Figure:
    """Plot a path, one line per feature, under a headline; see `draw_path`."""
    figure = new_figure(8.0, 4.6)
    ax = figure.subplots()
    draw_path(ax, alphas, coefs, terms)
    draw_counts(ax, alphas, np.count_nonzero(coefs, axis=1))
    title(figure, _headline(alphas, coefs, terms))
    return figure


def draw_path(ax: Axes, alphas: Array, coefs: Array, terms: Sequence[str]) -> None:
    """Draw the coefficients of all features that ever enter, and label the ten largest.

    Parameters
    ----------
    ax : Axes
    alphas : ndarray of shape (S,)
        In any order. A strength of 0 is left out: the axis is logarithmic.
    coefs : ndarray of shape (S, p)
    terms : sequence of p str
        Names of the features. Those with the largest coefficients at the weakest strength are shown.
    """
    order = np.argsort(-alphas, kind="stable")
    order = order[alphas[order] > 0]
    strengths, lines = alphas[order], coefs[order]
    ever = np.flatnonzero(np.any(lines != 0, axis=0))
    named = ever[np.argsort(-np.abs(lines[-1, ever]), kind="stable")][:_MOST_LABELS]
    tidy(ax)
    ax.axhline(0.0, color=BLACK, linewidth=0.8, zorder=1)
    ax.plot(
        strengths, lines[:, np.setdiff1d(ever, named)], color="#9ca3af", linewidth=0.7, alpha=0.6
    )
    ends = []
    for rank, feature in enumerate(named):
        colour = PALETTE[rank % len(PALETTE)]
        style = "-" if rank < len(PALETTE) else "--"
        ax.plot(strengths, lines[:, feature], color=colour, linestyle=style, linewidth=1.5)
        ends.append(LineEnd(strengths[-1], lines[-1, feature], _shortened(terms[feature]), colour))
    strength_axis(ax, strengths)
    ax.set_ylabel("coefficient")
    label_line_ends(ax, ends)


def strength_axis(ax: Axes, alphas: Array) -> None:
    """Make the x axis a logarithmic axis of strengths, weaker to the right."""
    ax.set_xscale("log")
    # Text, not mathematics, which `house_style` leaves unread.
    ax.xaxis.set_major_formatter(_PlainNumbers())
    ax.xaxis.set_minor_formatter(_PlainNumbers())
    ax.set_xlabel("strength alpha (weaker to the right)")
    if alphas.size > 1:
        ax.set_xlim(alphas.max(), alphas.min())


def draw_counts(ax: Axes, alphas: Array, counts: npt.NDArray[np.intp]) -> None:
    """Write the number of features in the model along the top axis."""
    order = np.argsort(-alphas, kind="stable")
    order = order[alphas[order] > 0]
    places = np.unique(np.linspace(0, order.size - 1, _MOST_COUNTS).astype(np.intp))
    shown = order[places]
    top = ax.secondary_xaxis("top")
    top.set_xticks(alphas[shown], [f"{counts[place]:,}" for place in shown])
    top.xaxis.set_minor_locator(NullLocator())
    top.tick_params(colors="#374151", labelsize=9, length=3)
    top.spines["top"].set_visible(False)
    top.set_xlabel("features in the model", fontsize=9, color="#374151")


def _headline(alphas: Array, coefs: Array, terms: Sequence[str]) -> str:
    order = np.argsort(-alphas, kind="stable")
    entered = np.any(coefs[order] != 0, axis=1)
    if not entered.any():
        return "No feature enters at these strengths"
    first = coefs[order][np.argmax(entered)]
    names = [_shortened(terms[feature]) for feature in np.flatnonzero(first).tolist()]
    opening = f"{len(names):,} features are in from the start"
    if len(names) <= _MOST_NAMES:
        opening = f"{' and '.join(names)} {'enters' if len(names) == 1 else 'enter'} first"
    last = int(np.count_nonzero(coefs[order[-1]]))
    return f"{opening}; at the weakest strength {last:,} of {len(terms):,} are in"


def _shortened(name: str) -> str:
    flat = " ".join(name.split())
    return flat if len(flat) <= _LONGEST_NAME else f"{flat[: _LONGEST_NAME - 1]}…"
