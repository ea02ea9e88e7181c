"""Layers that draw the same mask."""

from __future__ import annotations

import numpy as np

from bridle.dropout.audit.observed import Draw, Observed
from bridle.dropout.guidance.base import DropoutFinding

__all__ = ["CODE", "find"]

CODE = "BR506 shared-mask"

_SEEN = 4096
"""Units of a mask that are compared."""

# Chance exceeds 8 standard errors of a normal statistic once in 1e15 comparisons.
_SIGMAS = 8.0


def find(seen: Observed) -> list[DropoutFinding]:
    """Return groups of layers whose masks in one step are equal or depend on one another."""
    by_size: dict[int, list[Draw]] = {}
    for step in seen.steps[0]:
        if (
            step.kept is not None
            and step.kept.size >= 64
            and step.kept.any()
            and not step.kept.all()
        ):
            by_size.setdefault(step.kept.size, []).append(step)
    found = [pair for alike in by_size.values() for pair in _pairs(alike)]
    return [
        DropoutFinding(
            CODE,
            pair,
            "They drop the same units in the same step: their noise does not average out.",
            "Give each layer a seed or a generator of its own, or none.",
        )
        for pair in dict.fromkeys(found)
    ]


def _pairs(draws: list[Draw]) -> list[tuple[str, str]]:
    """Return the places of masks that depend on each other, the correlation above chance."""
    table = np.array([draw.kept.ravel()[:_SEEN] for draw in draws if draw.kept is not None], float)
    table -= table.mean(axis=1, keepdims=True)
    norms = np.linalg.norm(table, axis=1, keepdims=True)
    scaled = table / np.where(norms > 0, norms, 1)
    bound = min(0.99, _SIGMAS / np.sqrt(table.shape[1]))
    firsts, seconds = np.nonzero(np.triu(np.abs(scaled @ scaled.T) > bound, 1))
    return [
        (draws[first].where, draws[other].where)
        for first, other in zip(firsts, seconds, strict=True)
    ]
