"""`Chart`: a small figure of the page with its words, and the numbers that the pointer shows.

Every chart is as wide as a phone, so that its text is legible there; a wide window shows two side by
side.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bridle.figure import GREY, tidy
from bridle.types import Array
from bridle.workbench.folder.file_names import to_json
from bridle.workbench.report.figures.svg import inline_svg

__all__ = [
    "HEIGHT",
    "WIDTH",
    "Chart",
    "Room",
    "across",
    "box",
    "chart_of",
    "dots",
    "down",
    "new_chart",
    "note",
    "rounded",
]

WIDTH, HEIGHT = 4.6, 3.0
"""Size of a chart in inches."""

_POINTS_AN_INCH = 72
_DIGITS = 4


@dataclass(frozen=True)
class Chart:
    """A figure of the page.

    Attributes
    ----------
    title : str
        One line above the drawing.
    svg : markupsafe.Markup
        The drawing; its ids are unique on the page.
    caption : str
        What marks and lines mean; may be empty.
    pointer : str
        JSON for the page's script: what it shows at the pointer; may be empty.
    """

    title: str
    svg: Markup
    caption: str = ""
    pointer: str = ""


@dataclass(frozen=True)
class Room:
    """Space around the axes, in inches."""

    left: float = 0.62
    right: float = 0.15
    bottom: float = 0.5
    top: float = 0.15


def new_chart(room: Room | None = None, *, height: float = HEIGHT) -> tuple[Figure, Axes]:
    """Return a figure of a chart's size and its axes, which leave the given room."""
    room = room or Room()
    # Without a layout engine, which would draw each figure twice.
    figure = Figure(figsize=(WIDTH, height), dpi=100, facecolor="none")
    place = (
        room.left / WIDTH,
        room.bottom / height,
        1 - (room.left + room.right) / WIDTH,
        1 - (room.bottom + room.top) / height,
    )
    ax = figure.add_axes(place)
    tidy(ax)
    ax.set_facecolor("none")
    return figure, ax


def chart_of(
    figure: Figure,
    name: str,
    title: str,
    *,
    caption: str = "",
    pointer: Mapping[str, Any] | None = None,
) -> Chart:
    """Return a finished figure as a chart.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    name : str
        Starts every id of the drawing; letters, digits and hyphens, and unique on the page.
    title, caption : str
        Words of the chart; the title is also the text alternative of the drawing.
    pointer : mapping, optional
        What the page's script shows at the pointer.
    """
    svg = inline_svg(figure, name, title)
    return Chart(title, svg, caption, "" if pointer is None else to_json(pointer))


def box(ax: Axes) -> list[float]:
    """Return left, top, right and bottom of the axes, in units of the drawing."""
    figure = ax.get_figure(root=True)
    assert figure is not None
    width, height = figure.get_size_inches() * _POINTS_AN_INCH
    place = ax.get_position()
    ends = (place.x0 * width, (1 - place.y1) * height, place.x1 * width, (1 - place.y0) * height)
    return [round(float(end), 2) for end in ends]


def across(ax: Axes, values: npt.ArrayLike) -> list[float]:
    """Return horizontal positions of data, in units of the drawing."""
    left, _, right, _ = box(ax)
    low, high = ax.get_xlim()
    return _placed(ax.get_xscale(), values, (low, high), (left, right))


def down(ax: Axes, values: npt.ArrayLike) -> list[float]:
    """Return vertical positions of data, in units of the drawing, which grow downwards."""
    _, top, _, bottom = box(ax)
    low, high = ax.get_ylim()
    return _placed(ax.get_yscale(), values, (low, high), (bottom, top))


def dots(places: Sequence[tuple[float, float, str]], frame: Sequence[float]) -> dict[str, Any]:
    """Return a pointer that shows the text of the nearest of some points of a drawing."""
    return {"kind": "dots", "box": list(frame), "dots": [list(place) for place in places]}


def rounded(values: Array | Sequence[float]) -> list[float | None]:
    """Return numbers with four significant digits, None for those that are not finite."""
    return [float(f"{value:.{_DIGITS}g}") if np.isfinite(value) else None for value in values]


def note(ax: Axes, text: str) -> None:
    """Write a short grey note, with the id ``note``, into the upper left corner of the axes."""
    ax.text(
        *(0.02, 0.98, text),
        transform=ax.transAxes,
        va="top",
        fontsize=8.5,
        color=GREY,
        zorder=6,
        gid="note",
    )


def _placed(
    scale: str, values: npt.ArrayLike, limits: tuple[float, float], ends: tuple[float, float]
) -> list[float]:
    numbers, (low, high) = np.asarray(values, dtype=np.float64), limits
    if scale == "log":
        numbers, low, high = np.log(numbers), float(np.log(low)), float(np.log(high))
    places = ends[0] + (numbers - low) / (high - low) * (ends[1] - ends[0])
    return [round(float(place), 2) for place in np.atleast_1d(places)]
