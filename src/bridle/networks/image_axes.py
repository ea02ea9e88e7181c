"""Axes of rows: whether two are an image or a sequence, and where the channels of images are."""

from __future__ import annotations

__all__ = ["are_sequence", "channels_come_first", "unclear_axes"]

_MOST_CHANNELS = 4

_SHORTEST_SIDE = 17
"""Length of the shorter side at which two axes can be an image."""

_LONGEST_SIDE = 2
"""Longest side of an image with two axes, in lengths of the shorter one."""


def are_sequence(axes: tuple[int, int]) -> bool:
    """Return whether two axes are (length, channels) of a sequence, not (height, width) of an image.

    They are if one is at most 16 long, or more than twice as long as the other: photographs, scans and
    handwritten digits are nearly square, while sequences are usually longer than wide, or as vectors
    of words wider than long.
    """
    short, long = sorted(axes)
    return short < _SHORTEST_SIDE or long > _LONGEST_SIDE * short


def channels_come_first(shape: tuple[int, ...]) -> bool:
    """Return whether a row is an image of shape (channels, height, width), as PyTorch has it.

    It is if the last of its three axes is longer than 4, and the first is at most 4 long and shorter
    than the second, or the second and third alone are equal, as those of square images. Other images
    have their channels last.
    """
    if len(shape) != 3 or shape[2] <= _MOST_CHANNELS:
        return False
    first, height, width = shape
    return first < height if first <= _MOST_CHANNELS else first != height == width


def unclear_axes(shape: tuple[int, ...]) -> str | None:
    """Return how an image was read whose channels are so many that they may be another axis."""
    first = channels_come_first(shape)
    if len(shape) != 3 or shape[0 if first else 2] <= _MOST_CHANNELS:
        return None
    channels, *sides = shape if first else (shape[2], *shape[:2])
    order = "channels, height, width" if first else "height, width, channels"
    return f"({order}), {channels} channels of {sides[0]} x {sides[1]}"
