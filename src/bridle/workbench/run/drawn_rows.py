"""The rows of the splits of a dataset, drawn once: checks, plan and runs of a study all ask for them."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

from bridle.types import Index
from bridle.workbench.data.dataset import Dataset
from bridle.workbench.protocol import Protocol
from bridle.workbench.splits import Splits

__all__ = ["PartRows", "drawn_once"]

PartRows = tuple[Index, Index, Index]
"""Training, validation and test rows."""

_MOST = 10_000_000
"""Row numbers that are kept of a dataset, 80 MB; further splits are drawn anew."""

_DRAWN: dict[int, dict[tuple[Any, ...], tuple[Splits, PartRows]]] = {}
"""By the identity of a dataset while it lives; holding its splits keeps theirs taken."""


def drawn_once(
    dataset: Dataset, protocol: Protocol, run: int, draw: Callable[[], PartRows]
) -> PartRows:
    """Return the rows of a run, which are drawn the first time; nobody can write into them."""
    held = _held_of(dataset)
    splits = protocol.splits
    shares = (protocol.test_share, protocol.validation_share, protocol.train_share)
    key = (id(splits), *shares, run)
    if key in held:
        return held[key][1]
    parts = draw()
    for rows in parts:
        rows.flags.writeable = False
    kept = sum(len(rows) for _, others in held.values() for rows in others)
    if kept + sum(map(len, parts)) <= _MOST:
        held[key] = (splits, parts)
    return parts


def _held_of(dataset: Dataset) -> dict[tuple[Any, ...], tuple[Splits, PartRows]]:
    place = id(dataset)
    if place not in _DRAWN:
        _DRAWN[place] = {}
        weakref.finalize(dataset, _DRAWN.pop, place, None)
    return _DRAWN[place]
