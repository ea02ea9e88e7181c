"""The common style of all figures, set per figure and never globally."""

from __future__ import annotations

from io import BytesIO
from itertools import pairwise
from typing import NamedTuple

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import fontManager
from matplotlib.ticker import MaxNLocator

__all__ = [
    "BLACK",
    "BLUE",
    "GREEN",
    "GREY",
    "ORANGE",
    "PALETTE",
    "VERMILLION",
    "LineEnd",
    "count_ticks",
    "house_style",
    "label_line_ends",
    "new_figure",
    "tidy",
    "title",
]

# Okabe and Ito (2008): distinguishable with all common forms of colour vision.
BLACK = "#1a1a1a"
BLUE = "#0072B2"
GREEN = "#009E73"
ORANGE = "#E69F00"
VERMILLION = "#D55E00"
GREY = "#6b7280"
PALETTE = (BLUE, VERMILLION, GREEN, ORANGE, "#CC79A7", "#56B4E9", BLACK)
"""For lines that their labels also distinguish."""

_LINE_HEIGHT = 0.065
"""Fraction of a panel's height; labels closer than this would overlap."""


_FONTS_OF_OTHER_LETTERS = (
    *("Noto Sans CJK SC", "Noto Sans CJK JP", "WenQuanYi Zen Hei", "Source Han Sans SC"),
    *("PingFang SC", "Hiragino Sans", "Apple SD Gothic Neo", "Arial Unicode MS"),
    *("Microsoft YaHei", "Yu Gothic", "Malgun Gothic", "Nirmala UI", "Leelawadee UI"),
    *("Noto Sans Arabic", "Noto Sans Hebrew", "Noto Sans Devanagari", "Noto Sans Thai"),
)
"""Fallback fonts, if installed, for letters that matplotlib's own font lacks."""


def _families() -> list[str]:
    installed = {font.name for font in fontManager.ttflist}
    return ["sans-serif", *(font for font in _FONTS_OF_OTHER_LETTERS if font in installed)]


class LineEnd(NamedTuple):
    """The end point of a line, in data units, with the line's name and colour."""

    x: float
    y: float
    text: str
    colour: str


house_style = rc_context(
    {
        "font.family": _families(),
        "font.size": 10.0,
        "text.color": BLACK,
        "text.usetex": False,
        # Names come from data, so a dollar sign does not start mathematics.
        "text.parse_math": False,
        "axes.formatter.use_mathtext": False,
    }
)
"""Decorator of functions that build a figure; restores the caller's settings afterwards."""


class NotebookFigure(Figure):
    """A figure that a notebook shows although pyplot does not know it."""

    def _repr_png_(self) -> bytes:
        buffer = BytesIO()
        self.savefig(buffer, format="png", dpi=self.dpi)
        return buffer.getvalue()


def new_figure(width: float, height: float) -> Figure:
    """Return an empty white figure of the given size in inches, at 100 dots an inch."""
    return NotebookFigure(figsize=(width, height), dpi=100, layout="constrained", facecolor="white")


def title(figure: Figure, text: str) -> None:
    """Write a title at the top left of a figure."""
    figure.suptitle(text, x=0.01, ha="left", fontsize=11.5, fontweight="bold")


def tidy(ax: Axes, *, grid: str = "y") -> None:
    """Keep two spines, a faint grid along one axis and small ticks."""
    ax.set_facecolor("white")
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines[["left", "bottom"]].set_color("#9ca3af")
    ax.tick_params(colors="#374151", labelsize=9, length=3)
    ax.grid(visible=True, axis="y" if grid == "y" else "x", color="#e5e7eb", linewidth=0.8)
    ax.set_axisbelow(True)


def count_ticks(ax: Axes) -> None:
    """Put the ticks of the horizontal axis on integers."""
    ax.xaxis.set_major_locator(MaxNLocator(nbins=8, integer=True, min_n_ticks=1))


def label_line_ends(ax: Axes, ends: list[LineEnd]) -> None:
    """Label lines at their right ends without overlap; the axes must have their final limits."""
    low, high = ax.get_ylim()
    heights = _spread([(end.y - low) / (high - low) for end in ends])
    for height, end in zip(heights, ends, strict=True):
        ax.annotate(
            end.text,
            xy=(end.x, height),
            xycoords=ax.get_xaxis_transform(),
            xytext=(9, 0),
            textcoords="offset points",
            va="center",
            color=end.colour,
            fontsize=9,
            annotation_clip=False,
        )


def _spread(heights: list[float]) -> list[float]:
    """Move labels apart: first upwards from the lowest, then downwards from the top."""
    order = sorted(range(len(heights)), key=heights.__getitem__)
    apart = list(heights)
    for below, above in pairwise(order):
        apart[above] = max(apart[above], apart[below] + _LINE_HEIGHT)
    ceiling = 1.0
    for index in reversed(order):
        apart[index] = min(apart[index], ceiling)
        ceiling = apart[index] - _LINE_HEIGHT
    return apart
