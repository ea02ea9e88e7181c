"""Damage to bytes and to JSON, drawn from a generator that Hypothesis can shrink."""

from __future__ import annotations

import json
from collections.abc import Callable
from random import Random
from typing import Any

_EDGES = (0, 1, 0x7F, 0x80, 0xFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF)

Edit = Callable[[Random, bytearray, int, int], None]


def _flip(draw: Random, held: bytearray, start: int, stop: int) -> None:
    held[start] ^= 1 << draw.randrange(8)


def _set(draw: Random, held: bytearray, start: int, stop: int) -> None:
    held[start] = draw.randrange(256)


def _cut(draw: Random, held: bytearray, start: int, stop: int) -> None:
    del held[start:stop]


def _truncate(draw: Random, held: bytearray, start: int, stop: int) -> None:
    del held[start:]


def _repeat(draw: Random, held: bytearray, start: int, stop: int) -> None:
    held[start:start] = held[start:stop]


def _zero(draw: Random, held: bytearray, start: int, stop: int) -> None:
    held[start:stop] = bytes(stop - start)


def _insert(draw: Random, held: bytearray, start: int, stop: int) -> None:
    held[start:start] = bytes(draw.randrange(256) for _ in range(draw.randrange(1, 9)))


def _edge(draw: Random, held: bytearray, start: int, stop: int) -> None:
    width = draw.choice((1, 2, 4, 8))
    held[start : start + width] = draw.choice(_EDGES).to_bytes(8, "little")[:width]


EDITS: tuple[Edit, ...] = (_flip, _set, _cut, _truncate, _repeat, _zero, _insert, _edge)


def mutated(draw: Random, content: bytes) -> bytes:
    """Return bytes after one to three edits."""
    held = bytearray(content)
    for _ in range(draw.randrange(1, 4)):
        if held:
            start = draw.randrange(len(held))
            stop = min(len(held), start + draw.randrange(1, 65))
            draw.choice(EDITS)(draw, held, start, stop)
    return bytes(held)


ODD = (None, True, -1, 0, 1, 2.5, 1e400, float("nan"), 10**30, "", "x", "__class__", [], [1], {})
"""What may stand in JSON in place of what should."""


def edited(draw: Random, text: bytes) -> bytes:
    """Return JSON in which one value is another, gone, or has a stranger beside it."""
    root = {"": json.loads(text)}
    places: list[tuple[Any, Any]] = []
    _collect(root, places)
    holder, key = draw.choice(places)
    edit = draw.randrange(4)
    if edit == 0 and holder is not root:
        del holder[key]
    elif edit == 1 and isinstance(holder, dict) and holder is not root:
        holder[draw.choice(("stranger", "predict", "__dict__"))] = draw.choice(ODD)
    elif edit == 2:
        other, there = draw.choice(places)
        holder[key] = json.loads(json.dumps(other[there]))
    else:
        holder[key] = draw.choice(ODD)
    return json.dumps(root[""]).encode()


def _collect(value: Any, places: list[tuple[Any, Any]]) -> None:
    keys = range(len(value)) if isinstance(value, list) else value
    for key in keys:
        places.append((value, key))
        if isinstance(value[key], (dict, list)):
            _collect(value[key], places)
