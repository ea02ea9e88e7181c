"""A figure as the bytes of a PNG file."""

from __future__ import annotations

import warnings
from io import BytesIO

from matplotlib.figure import Figure

__all__ = ["png"]

_DOTS_PER_INCH = 150


def png(figure: Figure) -> bytes:
    """Return the figure at 150 dots per inch; characters that the font lacks become boxes."""
    buffer = BytesIO()
    with warnings.catch_warnings():
        # The reader cannot install fonts here, and the HTML page shows these characters.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        figure.savefig(buffer, format="png", dpi=_DOTS_PER_INCH)
    return buffer.getvalue()
