"""Axes of rows: whether two are an image or a sequence, and where the channels of images are."""

from __future__ import annotations

__all__ = ["are_sequence", "channels_come_first"]

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

    It is if the first of its three axes is at most 4 long and shorter than the others, and the last
    is longer than 4. Other images have their channels last.
    """
    if len(shape) != 3:
        return False
    first, height, width = shape
    return first <= _MOST_CHANNELS < width and first < height
