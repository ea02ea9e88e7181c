"""Checks of the arguments of a study: integers, booleans, names and folders."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from numbers import Integral
from pathlib import Path
from typing import Any

from bridle.arguments.real_numbers import shown
from bridle.arguments.scalars import refuse
from bridle.errors import InputError

__all__ = [
    "MOST",
    "MOST_RUNS",
    "folder_at",
    "in_one_form",
    "names_in",
]

MOST = 1_000_000
"""Largest number of epochs of a training."""

MOST_RUNS = 10_000
"""Largest number of draws of the rows, and of runs on the same rows."""


def pairs_in(names: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Return pairs of arms that are written as ``"elastic_net:dropout"`` or ``"dropout:0.2:dropout"``.

    Raises
    ------
    InputError
        A text is not two different names with a colon between them.
    """
    found = []
    for text in names:
        # A number after a colon is the rate of the arm before it, as in dropout:0.2.
        pair = re.split(r"\s*:\s*(?![\d.])", text.strip())
        if len(pair) != 2 or not all(pair) or pair[0] == pair[1]:
            refuse("versus", "two arms with a colon between, as in elastic_net:dropout", text)
        found.append((pair[0], pair[1]))
    return tuple(found)


def names_in(name: str, value: Any, example: str) -> list[str]:
    """Return one or several names as a list of strings; a number means the column with that name.

    Parameters
    ----------
    name : str
        Name of the argument.
    value : str or iterable of str
        The argument.
    example : str
        An example for messages.

    Raises
    ------
    InputError
        The value is not a name, and not an iterable of names.
    """
    try:
        names = [value] if isinstance(value, str) else list(value)
    except TypeError:
        names = [None]
    odd = not isinstance(value, Iterable) or isinstance(value, Mapping | bytes)
    if odd or any(type(name) is bool or not isinstance(name, str | Integral) for name in names):
        refuse(name, f"names, for instance {name}={example}", value)
    return [str(name) for name in names]


def in_one_form(names: Iterable[str]) -> list[str]:
    """Return names in the composed form of Unicode, in which equal names are equal strings."""
    return [unicodedata.normalize("NFC", name) for name in names]


def folder_at(value: Any) -> Path:
    """Return the path of an output folder.

    Raises
    ------
    InputError
        The value is not a path, or a path in bytes.
    """
    if not isinstance(value, str | os.PathLike) or "\0" in str(value) or not str(value):
        raise InputError(f"The output folder must be a path. Received: {shown(value)}.")
    try:
        return Path(value)
    except TypeError as error:  # a path in bytes
        raise InputError(f"The output folder must be a path. Received: {shown(value)}.") from error
