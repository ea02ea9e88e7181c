"""A mask that is the same in every step."""

from __future__ import annotations

import numpy as np

from bridle.dropout.audit.measures import SIGMAS, agreement, together
from bridle.dropout.audit.observed import Mask, Observed
from bridle.dropout.guidance.base import DropoutFinding

__all__ = ["CODE", "find"]

CODE = "BR505 repeated-mask"


def find(seen: Observed) -> list[DropoutFinding]:
    """Return the places whose masks of two steps are equal or depend on one another."""
    places = []
    for first, second in zip(*seen.steps, strict=False):
        if (first.where, first.function) != (second.where, second.function):
            break
        if first.kept is not None and second.kept is not None and _same(first.kept, second.kept):
            places.append(first.where)
    places += [
        f"{probe.where} ({probe.mode}, {probe.layout})"
        for probe in seen.probes
        if _same(probe.first, probe.second)
    ]
    if not places:
        return []
    return [
        DropoutFinding(
            CODE,
            tuple(dict.fromkeys(places)),
            "Two training steps drop the same units: one sub-network is trained, the others never.",
            "Do not seed the generator in forward(), nor pass an integer seed to keras.random in "
            "call(); do not draw the mask once and keep it.",
        )
    ]


def _same(first: Mask, second: Mask) -> bool:
    if first.shape != second.shape:
        return False
    first, second = together(first, second)
    if first.size < 32 or first.all() or not first.any():
        return False
    return np.array_equal(first, second) or abs(agreement(first, second)) > SIGMAS
