"""Lines of JSON with a checksum, by which changed lines are detected."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from bridle.arguments.option_words import option
from bridle.errors import InputError
from bridle.workbench.folder.file_names import to_json

__all__ = ["seal", "unseal"]

_SEALED = re.compile(rb'(.+), "checksum": "([0-9a-f]{16})"\}', re.DOTALL)


def seal(fields: Mapping[str, Any]) -> str:
    """Return one line of JSON, without line end, whose last field is the checksum of the others.

    Parameters
    ----------
    fields : mapping
        At least one field, none called ``"checksum"``, with values for `to_json`.
    """
    text = to_json(fields)
    return f'{text[:-1]}, "checksum": "{_checksum(text.encode())}"}}'


def unseal(line: bytes, place: str) -> dict[str, Any]:
    """Return the fields of a line written by `seal`.

    Parameters
    ----------
    line : bytes
        The line.
    place : str
        Line number and file, for messages.

    Raises
    ------
    InputError
        The line is not, byte for byte, what `seal` wrote.
    """
    found = _SEALED.fullmatch(line.strip())
    if found is None:
        raise InputError(
            f"There is no record in {place}: it does not end in a checksum, as all lines of bridle do. "
            f"{_remedy()}"
        )
    text = found[1] + b"}"
    if _checksum(text) != found[2].decode():
        raise InputError(
            f"There is a changed record in {place}: its checksum does not match. {_remedy()}"
        )
    try:
        fields: dict[str, Any] = json.loads(text)
    except (RecursionError, ValueError) as error:
        raise InputError(f"There is no record in {place}: {error}. {_remedy()}") from error
    return fields


def _remedy() -> str:
    return (
        "Restore the file, or run the study again, in another folder or with "
        f"{option('overwrite', True)}."
    )


def _checksum(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()[:16]
