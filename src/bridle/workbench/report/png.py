"""A figure as the bytes of a PNG file."""

from __future__ import annotations

from io import BytesIO

from matplotlib.figure import Figure

__all__ = ["png"]

_DOTS_PER_INCH = 150


def png(figure: Figure) -> bytes:
    """Return the figure drawn at 150 dots an inch."""
    buffer = BytesIO()
    figure.savefig(buffer, format="png", dpi=_DOTS_PER_INCH)
    return buffer.getvalue()
