"""A figure as an SVG element of an HTML page, whose style gives it colours and letters."""

from __future__ import annotations

import io
import re
import warnings
from xml.etree import ElementTree

from markupsafe import Markup
from matplotlib import rc_context
from matplotlib.figure import Figure

from bridle.figure import BLACK, BLUE, GREEN, GREY, ORANGE, PALETTE, VERMILLION

__all__ = ["inline_svg"]

_SVG = "http://www.w3.org/2000/svg"
_XLINK = "http://www.w3.org/1999/xlink"
_HREF = f"{{{_XLINK}}}href"

_COLOURS = {
    BLACK: "ink",
    "#000000": "ink",
    "#374151": "soft",
    GREY: "soft",
    "#9ca3af": "axis",
    "#e5e7eb": "grid",
    "#d1d5db": "band",
    "#ffffff": "card",
    BLUE: "blue",
    VERMILLION: "vermillion",
    GREEN: "green",
    ORANGE: "orange",
    PALETTE[4]: "purple",
    PALETTE[5]: "sky",
}
"""Names of the page's colours, which differ between light, dark and print, by the figure's."""

_COLOUR = re.compile("|".join(_COLOURS), re.IGNORECASE)
_VARIABLES = {colour.lower(): f"var(--{name})" for colour, name in _COLOURS.items()}
_LONG_NUMBER = re.compile(r"\d+\.\d{3,}")
_FAMILY = re.compile(r"font-family: [^;]*;? ?")
_FONT = re.compile(r"font: ((?:italic |bold |\d+ )*)([\d.]+px) [^;]*")

ElementTree.register_namespace("", _SVG)
ElementTree.register_namespace("xlink", _XLINK)


def inline_svg(figure: Figure, prefix: str, description: str) -> Markup:
    """Return a figure as an SVG element, with the same bytes for the same figure.

    Its colours are variables of the page's style, and its letters are the page's.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    prefix : str
        Prefix of every id, so that the ids of two figures on a page differ.
    description : str
        Text alternative for screen readers.

    Returns
    -------
    markupsafe.Markup
        The element; its text remains text and is escaped.
    """
    root = ElementTree.fromstring(_drawn(figure))
    for element in root.iter():
        _prefix_ids(element, f"{prefix}-")
        for key in ("d", "x", "y"):
            if key in element.attrib:
                element.set(key, _LONG_NUMBER.sub(_short, element.attrib[key]))
        if "style" in element.attrib:
            element.set("style", _themed(element.attrib["style"]))
    for size in ("width", "height"):
        root.attrib.pop(size, None)
    root.set("role", "img")
    root.set("aria-label", description)
    return Markup(ElementTree.tostring(root, encoding="unicode"))


def _drawn(figure: Figure) -> bytes:
    buffer = io.BytesIO()
    nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    with (
        rc_context({"svg.fonttype": "none", "svg.hashsalt": "bridle", "text.usetex": False}),
        warnings.catch_warnings(),
    ):
        # The browser has fonts for letters that matplotlib's font lacks.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        figure.savefig(buffer, format="svg", metadata=nothing)
    return buffer.getvalue()


def _prefix_ids(element: ElementTree.Element, prefix: str) -> None:
    for key, value in element.attrib.items():
        if key == "id":
            element.set(key, prefix + value)
        elif key == _HREF and value.startswith("#"):
            element.set(key, f"#{prefix}{value[1:]}")
        elif value.startswith("url(#"):
            element.set(key, f"url(#{prefix}{value[5:]}")


def _themed(style: str) -> str:
    style = _FAMILY.sub("", style)
    style = _FONT.sub(lambda found: f"{_weight(found[1])}font-size: {found[2]}", style)
    return _COLOUR.sub(lambda found: _VARIABLES[found[0].lower()], style)


def _weight(words: str) -> str:
    return "font-weight: 600; " if "bold" in words or "700" in words else ""


def _short(found: re.Match[str]) -> str:
    return f"{float(found[0]):.2f}"
