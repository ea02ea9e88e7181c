"""A figure as the bytes of a PNG file."""

from __future__ import annotations

import warnings
from io import BytesIO

from matplotlib.figure import Figure

__all__ = ["png"]

_DOTS_PER_INCH = 150


def png(figure: Figure) -> bytes:
    """Return the figure drawn at 150 dots an inch; letters that no font has are boxes."""
    buffer = BytesIO()
    with warnings.catch_warnings():
        # Who reads the study has no say in the fonts of the machine, and the page has the letters.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        figure.savefig(buffer, format="png", dpi=_DOTS_PER_INCH)
    return buffer.getvalue()
