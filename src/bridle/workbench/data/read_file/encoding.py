"""Encoding of a text file: the given one, that of its mark, UTF-8, or otherwise Windows-1252."""

from __future__ import annotations

import codecs

from bridle.arguments.option_words import option
from bridle.errors import InputError
from bridle.workbench.data.read_file.asked_encoding import AskedEncoding
from bridle.workbench.data.read_file.strange_words import strange_word

__all__ = ["MARKS", "decoded", "read_as_western", "remedy"]

# The mark of UTF-32 begins with that of UTF-16.
MARKS = {
    codecs.BOM_UTF32_LE: ("utf-32-le", "UTF-32"),
    codecs.BOM_UTF32_BE: ("utf-32-be", "UTF-32"),
    codecs.BOM_UTF16_LE: ("utf-16-le", "UTF-16"),
    codecs.BOM_UTF16_BE: ("utf-16-be", "UTF-16"),
}
_END_OF_FILE = "\x1a"
"""Character with which old programs end a text file."""


def decoded(raw: bytes, name: str, encoding: str | None = None) -> tuple[str, tuple[str, ...]]:
    """Return the text of a file, and notes on its encoding if it is not UTF-8.

    Parameters
    ----------
    raw : bytes
    name : str
        Name of the file in messages.
    encoding : str, optional
        A name that Python knows, such as "gbk". Default: found from the bytes.

    Raises
    ------
    InputError
        It is not text, or its encoding is not known or not the given one.
    """
    if encoding is not None:
        asked = AskedEncoding(encoding, name)
        return asked.text(raw, final=True).rstrip(_END_OF_FILE), (asked.said,)
    for mark, (encoding, called) in MARKS.items():
        if raw.startswith(mark):
            try:
                text = raw[len(mark) :].decode(encoding)
            except UnicodeDecodeError as error:
                raise InputError(f"{name} is damaged {called}: {error.reason}.") from error
            return text, (f"{name} is read as {called}, as its mark says.",)
    raw = raw.removeprefix(codecs.BOM_UTF8)
    if b"\0" in raw:
        line = raw.count(b"\n", 0, raw.index(b"\0")) + 1
        raise InputError(
            f"{name}, line {line} holds a zero byte, so it is UTF-16 or not text. Save it as UTF-8."
        )
    try:
        return raw.decode("utf-8").rstrip(_END_OF_FILE), ()
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        where = f"{name}, line {line} is not UTF-8: byte 0x{raw[error.start]:02x}"
    try:
        text = raw.decode("cp1252")
    except UnicodeDecodeError as error:
        raise InputError(f"{where}, nor Windows-1252. {remedy()}") from error
    return text.rstrip(_END_OF_FILE), (f"{where}. {read_as_western(text)}",)


def read_as_western(text: str) -> str:
    """Return the note on a text that was read as Windows-1252, with a doubt if it looks like another."""
    if (word := strange_word(text)) is None:
        return "It is read as Windows-1252."
    return f"It is read as Windows-1252, which {word!r} does not look like. {remedy()}"


def remedy() -> str:
    """Return how a file in another encoding can be read."""
    return (
        "If it is Windows-1251, GBK, Shift-JIS, Mac Roman or another encoding, save it as UTF-8, for "
        f"instance by iconv -f GBK -t UTF-8, or, if it is a table, name it: {option('encoding', 'gbk')}."
    )
