"""Measures of masks: rate, agreement of two masks, dependence between neighbours."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from bridle.dropout.audit.observed import Draw, Mask

__all__ = [
    "SIGMAS",
    "agreement",
    "dropped",
    "far_from",
    "independent",
    "neighbour_dependence",
    "pooled",
    "together",
]

SIGMAS = 6.0
"""Standard errors beyond which chance is no explanation: one in 500 million."""


def dropped(masks: Iterable[Mask]) -> tuple[float, int]:
    """Return the fraction of dropped units over masks, and their number of independent draws."""
    kept = count = 0
    for mask in masks:
        cut = independent(mask)
        kept += int(cut.sum())
        count += cut.size
    return (1 - kept / count if count else math.nan), count


def independent(mask: Mask) -> Mask:
    """Return a mask without the axes along which it is constant, as those of whole channels are."""
    for axis in range(mask.ndim):
        first = np.take(mask, [0], axis=axis)
        if mask.shape[axis] > 1 and (mask == first).all():
            mask = first
    return mask


def together(first: Mask, second: Mask) -> tuple[Mask, Mask]:
    """Return two masks of one shape without the axes along which both are constant."""
    for axis in range(first.ndim):
        ends = np.take(first, [0], axis=axis), np.take(second, [0], axis=axis)
        if first.shape[axis] > 1 and (first == ends[0]).all() and (second == ends[1]).all():
            first, second = ends
    return first, second


def far_from(rate: float, expected: float, count: int) -> bool:
    """Return whether a measured rate is not the expected one, by more than chance explains."""
    spread = math.sqrt(expected * (1 - expected) / count) if count else math.inf
    return abs(rate - expected) > SIGMAS * spread + 1 / max(count, 1)


def pooled(draws: Iterable[Draw]) -> dict[str, list[Mask]]:
    """Return the masks of each place."""
    found: dict[str, list[Mask]] = {}
    for draw in draws:
        if draw.kept is not None and draw.kept.size:
            found.setdefault(draw.where, []).append(draw.kept)
    return found


def agreement(first: Mask, second: Mask) -> float:
    """Return the correlation of two masks in standard errors; 0 if either is constant."""
    a, b = first.ravel().astype(np.float64), second.ravel().astype(np.float64)
    spread = a.std() * b.std()
    if spread == 0 or a.size < 8:
        return 0.0
    return float(np.mean((a - a.mean()) * (b - b.mean())) / spread) * math.sqrt(a.size)


def neighbour_dependence(mask: Mask) -> tuple[int, float]:
    """Return the axis along which neighbours depend most, and how much, in standard errors.

    Axes along which the whole mask is constant are left out: whole channels, whole samples.
    """
    cut = independent(mask)
    found = [
        (axis, agreement(_cut(cut, axis, slice(None, -1)), _cut(cut, axis, slice(1, None))))
        for axis in range(cut.ndim)
        if cut.shape[axis] > 1
    ]
    return max(found, key=lambda pair: abs(pair[1]), default=(0, 0.0))


def _cut(mask: Mask, axis: int, part: slice) -> Mask:
    place = [slice(None)] * mask.ndim
    place[axis] = part
    return mask[tuple(place)]
