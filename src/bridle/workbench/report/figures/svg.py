"""A figure as an SVG element of an HTML page, which takes colours and fonts from the page's style."""

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
"""The page's name for each colour of a figure; the page has a light, a dark and a printed shade."""

_COLOUR = re.compile("|".join(_COLOURS), re.IGNORECASE)
_VARIABLES = {colour.lower(): f"var(--{name})" for colour, name in _COLOURS.items()}
_UNUSED_ID = re.compile(r"(figure|axes|patch|line2d|text|legend|\w*Collection\w*)_\d+")
_UNTURNED = re.compile(r"rotate\(-?0 .*\)")
_LONG_PATH = 400
"""Characters of a path that is a line or a band and not a mark: one decimal is enough for these."""

_LONG_NUMBER = re.compile(r"\d+\.\d{2,}")
_FAMILY = re.compile(r"font-family: [^;]*;? ?")
_FONT = re.compile(r"font: ((?:italic |bold |\d+ )*)([\d.]+px) [^;]*")

ElementTree.register_namespace("", _SVG)
ElementTree.register_namespace("xlink", _XLINK)


def inline_svg(figure: Figure, prefix: str, description: str) -> Markup:
    """Return a figure as an SVG element, with the same bytes for the same figure.

    Its colours are variables of the page's style, and its text has the page's font.

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
    _unwrap(root)
    for element in root.iter():
        _prefix_ids(element, f"{prefix}-")
        for key in ("d", "x", "y"):
            if key in element.attrib:
                element.set(key, _shortened(element.attrib[key]))
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
        # The browser has fonts for characters that matplotlib's font lacks.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        figure.savefig(buffer, format="svg", metadata=nothing)
    return buffer.getvalue()


def _unwrap(element: ElementTree.Element) -> None:
    """Remove white space, ids that nothing refers to, and groups without attributes."""
    element.tail = None
    if element.tag != f"{{{_SVG}}}text":
        element.text = None
    if _UNUSED_ID.fullmatch(element.get("id", "")):
        del element.attrib["id"]
    if _UNTURNED.fullmatch(element.get("transform", "")):
        del element.attrib["transform"]
    children = list(element)
    for child in children:
        _unwrap(child)
    _share_style(element)
    if any(_is_bare_group(child) for child in children):
        element[:] = [
            inner
            for child in children
            for inner in (list(child) if _is_bare_group(child) else [child])
        ]


def _share_style(element: ElementTree.Element) -> None:
    """Move a style that all marks of a group share to the group."""
    styles = {child.get("style") for child in element}
    marks = all(child.tag == f"{{{_SVG}}}use" for child in element)
    if element.tag == f"{{{_SVG}}}g" and marks and len(element) > 1 and len(styles) == 1:
        (style,) = styles
        if style is not None and "style" not in element.attrib:
            element.set("style", style)
            for child in element:
                del child.attrib["style"]


def _is_bare_group(element: ElementTree.Element) -> bool:
    return element.tag == f"{{{_SVG}}}g" and not element.attrib


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


def _shortened(numbers: str) -> str:
    """Return numbers with two decimals, those of a long path with one: a seventh of a pixel."""
    decimals = 2 if len(numbers) < _LONG_PATH else 1
    return _LONG_NUMBER.sub(lambda found: f"{float(found[0]):.{decimals}f}", numbers)
