"""Text of a file, decoded piece by piece in the encoding of the whole file."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from itertools import chain, repeat
from typing import IO

import numpy as np

from bridle.errors import InputError
from bridle.workbench.data.read_file.asked_encoding import AskedEncoding
from bridle.workbench.data.read_file.encoding import MARKS, read_as_western, remedy

__all__ = ["count_lines", "decoded_pieces"]

_MARK = 4
"""Largest number of bytes of a byte-order mark."""

_IN_CACHE = 2**16
"""Bytes that are compared at a time: as many booleans fit a processor's cache."""

_FIRST = 2**20
"""Bytes of the first piece, which is small because a head is read line by line."""


def decoded_pieces(
    file: IO[bytes],
    size: int,
    name: str,
    notes: list[str] | None = None,
    encoding: str | None = None,
) -> Iterator[bytes]:
    r"""Yield pieces in UTF-8 that end with a line, with ``\n`` for every end of line.

    A file that is not UTF-8 is read as Windows-1252. If non-ASCII text was valid UTF-8 in earlier pieces
    and a later piece is not, the file is refused, because earlier pieces cannot be decoded again.

    Parameters
    ----------
    file : binary file
    size : int
        Approximate bytes of a piece, which has at least one line; the first has at most a megabyte.
    name : str
        Name of the file in messages.
    notes : list of str, optional
        Gets a note on the encoding if it is not UTF-8.
    encoding : str, optional
        A name that Python knows. Default: found from the bytes.

    Raises
    ------
    InputError
        The file is not text, or its encoding is not known or not the given one.
    """
    decoder, line = _Decoder(name, [] if notes is None else notes, encoding), 1
    rest, sizes = b"", chain([max(_MARK, min(size, _FIRST))], repeat(size))
    while raw := _whole_lines(file, next(sizes)):
        held_back = b""
        if rest.endswith(b"\r") or not decoder.stays(raw):
            text = rest.decode() + decoder.decode(raw, line, final=False)
            # A piece must not end between the two characters of an end of line.
            held_back = b"\r" if decoder.ended_in_return else b""
            piece = _with_one_end(text.removesuffix("\r")).encode()
        else:
            piece = rest + raw
        end = piece.rfind(b"\n") + 1
        rest = piece[end:] + held_back
        if end:
            piece = piece[:end]
            line += count_lines(piece)
            yield piece
    last = _with_one_end(rest.decode() + decoder.decode(b"", line, final=True)).rstrip("\x1a")
    if last:
        yield last.encode()


def count_lines(text: bytes) -> int:
    """Return the number of ends of lines, several times as fast as by ``bytes.count``."""
    signs = np.frombuffer(text, dtype=np.uint8)
    parts = range(0, len(signs), _IN_CACHE)
    return sum(int(np.count_nonzero(signs[i : i + _IN_CACHE] == ord("\n"))) for i in parts)


def _whole_lines(file: IO[bytes], size: int) -> bytes:
    """Read about ``size`` bytes, to the end of a line unless the line is longer."""
    raw = file.read(size)
    return raw if raw.endswith(b"\n") else raw + file.readline(size)


def _with_one_end(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


class _Decoder:
    def __init__(self, name: str, notes: list[str], encoding: str | None) -> None:
        self._name, self._notes = name, notes
        self._asked = None if encoding is None else AskedEncoding(encoding, name)
        if self._asked is not None:
            self._notes.append(self._asked.said)
        self._decoder: codecs.IncrementalDecoder | None = None
        self._encoding = ""
        self._plain = True
        self.ended_in_return = False

    def stays(self, raw: bytes) -> bool:
        """Return whether decoding leaves the next bytes unchanged: ASCII with usual ends of lines."""
        if self._decoder is None or self._encoding != "utf-8" or self._decoder.getstate()[0]:
            return False
        return raw.isascii() and b"\0" not in raw and b"\r" not in raw

    def decode(self, raw: bytes, line: int, *, final: bool) -> str:
        """Return the text of the next bytes, which begin at a line number."""
        if self._asked is not None:
            text = self._asked.text(raw, line, final=final)
            self.ended_in_return = text.endswith("\r") and not final
            return text
        if self._decoder is None:
            raw = self._start(raw)
        if self._encoding in ("utf-8", "cp1252") and b"\0" in raw:
            at = line + raw.count(b"\n", 0, raw.index(b"\0"))
            raise InputError(
                f"{self._name}, line {at} holds a zero byte, so it is UTF-16 or not text. Save it as "
                "UTF-8."
            )
        text = self._text(raw, line, final=final)
        self.ended_in_return = text.endswith("\r") and not final
        return text

    def _start(self, raw: bytes) -> bytes:
        mark = next((known for known in MARKS if raw.startswith(known)), b"")
        self._encoding = MARKS[mark][0] if mark else "utf-8"
        if mark:
            self._notes.append(f"{self._name} is read as {MARKS[mark][1]}, as its mark says.")
        self._decoder = codecs.getincrementaldecoder(self._encoding)()
        return raw.removeprefix(mark).removeprefix(b"" if mark else codecs.BOM_UTF8)

    def _text(self, raw: bytes, line: int, *, final: bool) -> str:
        assert self._decoder is not None
        before = self._decoder.getstate()[0]
        try:
            text = self._decoder.decode(raw, final)
        except UnicodeDecodeError as error:
            at = line + (before + raw).count(b"\n", 0, error.start)
            if self._encoding != "utf-8" or not self._plain:
                raise InputError(
                    f"{self._name}, line {at} is not {self._encoding.upper()}, as the lines before "
                    f"are. {remedy()}"
                ) from error
            byte = (before + raw)[error.start]
            where = f"{self._name}, line {at} is not UTF-8: byte 0x{byte:02x}"
            rest = (before + raw).decode("cp1252", errors="ignore")
            self._notes.append(f"{where}. {read_as_western(rest)}")
            self._encoding = "cp1252"
            self._decoder = codecs.getincrementaldecoder("cp1252")()
            return self._text(before + raw, line, final=final)
        self._plain = self._plain and text.isascii()
        return text
