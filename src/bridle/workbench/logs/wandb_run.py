"""Offline runs of W&B: the ``.wandb`` file of a run, read without wandb.

The file is a log as LevelDB writes it: a header of 7 bytes, then blocks of 32 KiB with pieces of a
checksum, a length, a kind and content. Joined pieces are messages of protocol buffers, of which the
history and the configuration are read.

References
----------
https://github.com/google/leveldb/blob/main/doc/log_format.md;
https://protobuf.dev/programming-guides/encoding
"""

from __future__ import annotations

import json
import math
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bridle.errors import InputError
from bridle.workbench.logs.entries import Entries

__all__ = ["entries_of_wandb", "is_wandb_file", "seed_of_wandb"]

_HEADER = b":W&B\xe1\xbe\x00"

_BLOCK = 32_768

_PIECE = 7
"""Bytes before the content of a piece: checksum (4), length (2), kind (1)."""

_WHOLE, _FIRST, _LAST = 1, 2, 4
"""Kinds of pieces; 3 is a piece in the middle."""

_HISTORY, _CONFIG, _RUN, _CONFIG_OF_RUN = 2, 5, 17, 4
"""Fields of a message: an entry of the history, a change of the configuration, and the run with its
own configuration."""

_KEY, _NESTED_KEY, _VALUE = 1, 2, 16
"""Fields of an item: its name, or the parts of it, and its value as JSON."""

_NOT_FINITE = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


def is_wandb_file(path: Path) -> bool:
    """Return whether a file is named as W&B names the file of a run."""
    return path.suffix == ".wandb"


def entries_of_wandb(path: Path) -> Entries:
    """Return the history of a run; the names of nested values are joined by points.

    A last message that is cut off, as after a kill, is left out.

    Raises
    ------
    InputError
        The file cannot be read, is damaged, or is not of W&B.
    """
    rows = []
    for message in _messages(path):
        for entry in _of_field(message, _HISTORY):
            row = {
                "step" if name == "_step" else name: number
                for name, value in _items(entry, path)
                if (number := _number(value)) is not None
            }
            rows.append({name: row[name] for name in row if not name.startswith("_")})
    return Entries(path.name, "an offline run of W&B", [row for row in rows if row])


def seed_of_wandb(path: Path) -> int | None:
    """Return the number under "seed" in the configuration of a run; None without one."""
    found = None
    for message in _messages(path):
        of_runs = [c for run in _of_field(message, _RUN) for c in _of_field(run, _CONFIG_OF_RUN)]
        for config in (*of_runs, *_of_field(message, _CONFIG)):
            for name, value in _items(config, path):
                if name == "seed" and type(value) is int and value >= 0:
                    found = value
    return found


def _messages(path: Path) -> Iterator[bytes]:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from error
    if not data.startswith(_HEADER):
        raise InputError(f"{path.name} must be a file of W&B. Received: another header.")
    parts: list[bytes] = []
    for kind, content in _pieces(data, path.name):
        if kind in (_WHOLE, _FIRST):
            parts = []
        parts.append(content)
        if kind in (_WHOLE, _LAST):
            yield b"".join(parts)


def _pieces(data: bytes, name: str) -> Iterator[tuple[int, bytes]]:
    at = len(_HEADER)
    while at + _PIECE <= len(data):
        left = _BLOCK - at % _BLOCK
        if left < _PIECE:
            at += left  # too little for a piece: the rest of a block is empty
            continue
        length, kind = int.from_bytes(data[at + 4 : at + 6], "little"), data[at + 6]
        end = at + _PIECE + length
        if end > len(data):
            return  # cut off
        if int.from_bytes(data[at : at + 4], "little") != zlib.crc32(data[at + 6 : end]):
            raise _damaged(name, at)
        yield kind, data[at + _PIECE : end]
        at = end


def _of_field(message: bytes, field: int) -> list[bytes]:
    """Return the contents of a field with a length."""
    return [content for number, content in _fields(message) if number == field]


def _fields(message: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield number and content of each field; the content of a number is empty."""
    at = 0
    while at < len(message):
        tag, at = _whole_number(message, at)
        number, kind = tag >> 3, tag & 7
        if kind == 2:
            length, at = _whole_number(message, at)
            yield number, message[at : at + length]
            at += length
        elif kind == 0:
            _, at = _whole_number(message, at)
        else:
            at += {1: 8, 5: 4}.get(kind, len(message))


def _whole_number(message: bytes, at: int) -> tuple[int, int]:
    """Return a number whose bytes hold 7 bits each, the lowest first, and the place behind it."""
    value = shift = 0
    while at < len(message):
        byte = message[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            break
    return value, at


def _items(record: bytes, path: Path) -> Iterator[tuple[str, Any]]:
    """Yield name and value of the items of a history or configuration, all in their first field."""
    for item in _of_field(record, 1):
        fields = list(_fields(item))
        keys = [text for number, text in fields if number in (_KEY, _NESTED_KEY)]
        for number, text in fields:
            if number == _VALUE:
                try:
                    yield ".".join(key.decode() for key in keys), json.loads(text)
                except (RecursionError, ValueError) as error:
                    raise _damaged(path.name, 0) from error


def _number(value: Any) -> float | None:
    if isinstance(value, str):
        return _NOT_FINITE.get(value)
    is_real = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_real else None


def _damaged(name: str, at: int) -> InputError:
    return InputError(
        f"{name} is damaged near byte {at:,}: it is not as W&B wrote it. Copy it again from where the "
        "run was trained."
    )
