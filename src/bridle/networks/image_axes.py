"""Axes of images: where their channels are."""

from __future__ import annotations

__all__ = ["channels_come_first"]

_MOST_CHANNELS = 4


def channels_come_first(shape: tuple[int, ...]) -> bool:
    """Return whether a row is an image of shape (channels, height, width), as PyTorch has it.

    It is if the first of its three axes is at most 4 long and shorter than the others, and the last
    is longer than 4. Other images have their channels last.
    """
    if len(shape) != 3:
        return False
    first, height, width = shape
    return first <= _MOST_CHANNELS < width and first < height
