"""Reading of untrusted zip archives: names, sizes and compression are checked first."""

from __future__ import annotations

import lzma
import os
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections import Counter
from collections.abc import Collection, Iterable
from typing import BinaryIO, NoReturn

from bridle.errors import InputError

__all__ = ["MOST_BYTES", "MOST_RATIO", "read_members"]

MOST_RATIO = 100
"""Largest ratio of unpacked to packed size; not tuned: deflate reaches 1,032 for one repeated byte."""

MOST_BYTES = 2**34
"""Largest unpacked size, in bytes, of a member that is larger than the archive."""

_ALWAYS_ALLOWED = 2**26
"""Bytes that an archive of any size may unpack to: long runs of one value are no zip bomb."""

_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1

_DAMAGE = (
    zipfile.BadZipFile,
    EOFError,
    NotImplementedError,
    OSError,
    OverflowError,
    RuntimeError,
    ValueError,
    lzma.LZMAError,
    struct.error,
    zlib.error,
)
"""Exceptions that `zipfile` raises for damaged archives and for other files."""


def read_members(
    file: BinaryIO,
    name: str,
    remedy: str,
    wanted: Collection[str] | None = None,
    *,
    others: bool = True,
) -> dict[str, bytes]:
    """Return the contents of members by name; names are in Unicode's form NFC.

    Parameters
    ----------
    file : binary file
        A seekable file.
    name : str
        Its name in messages.
    remedy : str
        Last sentence of each message.
    wanted : collection of str, optional
        Members to read, which must exist. Default: all.
    others : bool
        Whether other members may exist. Default True.

    Raises
    ------
    InputError
        The file is not a zip archive or is damaged; or a member is encrypted, a link, a folder or
        repeated, has a name that leads out of the archive, or is larger than `MOST_RATIO` and
        `MOST_BYTES` allow. The list of members decides this before any member is read.
    """
    try:
        packed = file.seek(0, os.SEEK_END)
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
            if (fault := _fault(members, packed)) is not None:
                _refuse(name, fault, remedy)
            names = {_in_one_form(member.filename): member.filename for member in members}
            read = [*names] if wanted is None else [*map(_in_one_form, wanted)]
            if {*read} - {*names}:
                _refuse(name, f"it must hold {_listed(read)} and holds {_listed(names)}", remedy)
            if not others and {*names} - {*read}:
                _refuse(
                    name, f"it must hold only {_listed(read)} and holds {_listed(names)}", remedy
                )
            return {name: archive.read(names[name]) for name in read}
    except InputError:
        raise
    except _DAMAGE as error:
        _refuse(name, f"it is damaged or not a zip archive: {error}".rstrip(": ."), remedy, error)


def _in_one_form(name: str) -> str:
    return unicodedata.normalize("NFC", name)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(map(repr, names)) or "nothing"


def _fault(members: list[zipfile.ZipInfo], packed: int) -> str | None:
    """Return what is wrong with the list of members, None if nothing is."""
    for member in members:
        if (fault := _fault_of(member)) is not None:
            return f"its member {member.filename!r} {fault}"
    twice = [
        name
        for name, count in Counter(_in_one_form(each.filename) for each in members).items()
        if count > 1
    ]
    if twice:
        return f"its member {twice[0]!r} is in it more than once"
    size = sum(member.file_size for member in members)
    allowed = max(packed, min(MOST_BYTES, max(_ALWAYS_ALLOWED, MOST_RATIO * packed)))
    if size > allowed:
        return f"it unpacks from {packed:,} to {size:,} bytes, and at most {allowed:,} are allowed"
    return None


def _fault_of(member: zipfile.ZipInfo) -> str | None:
    name = member.orig_filename
    if name != member.filename or name.startswith("/") or "\\" in name or ":" in name:
        return "has a name that leads out of the archive"
    if ".." in name.split("/"):
        return "has a name that leads out of the archive"
    if member.is_dir():
        return "is a folder"
    if stat.S_ISLNK(member.external_attr >> 16):
        return "is a link"
    if member.flag_bits & _ENCRYPTED:
        return "is encrypted"
    if member.compress_type not in _METHODS:
        return "is compressed by a method other than deflate"
    return None


def _refuse(name: str, fault: str, remedy: str, error: Exception | None = None) -> NoReturn:
    raise InputError(f"{name} cannot be used: {fault}. {remedy}") from error
