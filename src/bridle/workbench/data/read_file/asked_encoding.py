"""`AskedEncoding`: decoding of a file in the encoding that the user names."""

from __future__ import annotations

import codecs
from io import BytesIO, TextIOWrapper
from pathlib import Path

from bridle.arguments.scalars import refuse
from bridle.errors import InputError

__all__ = ["AskedEncoding", "refuse_encoding"]

_MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)
"""Byte-order marks. That of UTF-32, little-endian, begins with that of UTF-16."""

_MARK = "\ufeff"


class AskedEncoding:
    """A decoder of the bytes of a file, piece by piece.

    Parameters
    ----------
    encoding : str
        A name that Python knows, such as "gbk", "shift_jis" or "cp1254".
    name : str
        Name of the file in messages.

    Raises
    ------
    InputError
        Python knows no such encoding of text.
    """

    def __init__(self, encoding: str, name: str) -> None:
        self._encoding, self._name = encoding, name
        try:
            # Refuses what is no encoding of text, such as "hex", which the next call knows.
            TextIOWrapper(BytesIO(), encoding=encoding)
            self._decoder = codecs.getincrementaldecoder(encoding)()
        except (LookupError, ValueError):
            known = "an encoding that Python knows, such as 'gbk', 'shift_jis' or 'cp1254'"
            refuse("encoding", known, encoding)
        self._begun = False

    @property
    def said(self) -> str:
        """The note on the encoding."""
        return f"{self._name} is read as {self._encoding}, as asked for."

    def text(self, raw: bytes, line: int = 1, *, final: bool) -> str:
        """Return the text of the next bytes, which begin at a line number.

        Raises
        ------
        InputError
            They are not in this encoding.
        """
        begins, self._begun = not self._begun, True
        utf = codecs.lookup(self._encoding).name.startswith("utf")
        if begins and raw.startswith(_MARKS) and not utf:
            raise self._refused("it begins with the mark of UTF-8, UTF-16 or UTF-32")
        before = self._decoder.getstate()[0]
        try:
            text = self._decoder.decode(raw, final)
        except UnicodeDecodeError as error:
            at = line + (before + raw).count(b"\n", 0, error.start)
            byte = f"byte 0x{error.object[error.start]:02x}"
            raise self._refused(f"its line {at} cannot be read so ({byte})") from error
        except UnicodeError as error:  # UTF-16 without a mark
            raise self._refused(str(error)) from error
        if "\0" in text:
            at = line + text.count("\n", 0, text.index("\0"))
            raise self._refused(f"its line {at} would have a zero character")
        return text.removeprefix(_MARK) if begins else text

    def _refused(self, why: str) -> InputError:
        return InputError(
            f"encoding must be that of {self._name}, but {why}. Received: encoding={self._encoding!r}. "
            "Name another, or leave it out to have it found."
        )


def refuse_encoding(path: Path, encoding: str | None) -> None:
    """Refuse the encoding of a file that is not text.

    Raises
    ------
    InputError
        An encoding is given.
    """
    if encoding is not None:
        raise InputError(
            f"encoding must be left out for {path.name}, which is not text. Received: "
            f"encoding={encoding!r}."
        )
