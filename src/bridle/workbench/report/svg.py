"""A figure as an SVG element of an HTML page."""

from __future__ import annotations

import io
import warnings
from xml.etree import ElementTree

from markupsafe import Markup
from matplotlib import rc_context
from matplotlib.figure import Figure

__all__ = ["inline_svg"]

_SVG = "http://www.w3.org/2000/svg"
_XLINK = "http://www.w3.org/1999/xlink"
_HREF = f"{{{_XLINK}}}href"

ElementTree.register_namespace("", _SVG)
ElementTree.register_namespace("xlink", _XLINK)


def inline_svg(figure: Figure, prefix: str, description: str) -> Markup:
    """Return a figure as an SVG element, with the same bytes for the same figure.

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
