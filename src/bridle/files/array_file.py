"""Reading of ``.npz`` and ``.npy`` files without pickle; each header must fit its data."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Collection
from math import prod
from typing import Any, BinaryIO

import numpy as np

from bridle.errors import InputError
from bridle.files.archive import read_members
from bridle.types import AnyArray

__all__ = ["array_of", "read_arrays_of"]


_SUFFIX = ".npy"
_MAGIC = b"\x93NUMPY"
_BYTES_OF_LENGTH = {b"\x01\x00": 2, b"\x02\x00": 4}
# NumPy's own limit, `max_header_size`.
_LONGEST_HEADER = 10_000
_KEYS = {"descr", "fortran_order", "shape"}
# Numbers, booleans and text; V stands for types that NumPy has no name for, such as bfloat16.
_DTYPE = re.compile(r"[<>|=][biufcSUV][0-9]{1,9}")


def read_arrays_of(
    file: BinaryIO, name: str, remedy: str, wanted: Collection[str] | None = None
) -> dict[str, AnyArray]:
    """Return arrays of an ``.npz`` file, by name.

    Parameters
    ----------
    file : binary file
        A seekable file.
    name : str
        Its name in messages.
    remedy : str
        Last sentence of each message.
    wanted : collection of str, optional
        Arrays to read, which must exist. Default: all.

    Returns
    -------
    dict
        Read-only arrays.

    Raises
    ------
    InputError
        It is not such a file, is damaged, contains objects, or is unsafe; see
        `bridle.files.archive.read_members`.
    """
    members = None if wanted is None else [name + _SUFFIX for name in wanted]
    contents = read_members(file, name, remedy, members)
    return {
        (short := array_name.removesuffix(_SUFFIX)): array_of(
            content, f"{short!r} in {name}", remedy
        )
        for array_name, content in contents.items()
    }


def array_of(content: bytes, name: str, remedy: str) -> AnyArray:
    """Return the array of a ``.npy`` file, as a view of its bytes.

    Parameters
    ----------
    content : bytes
        The file.
    name : str
        Its name in messages.
    remedy : str
        Last sentence of each message.

    Raises
    ------
    InputError
        It is not such a file; it contains Python objects, dates or records; or its number of bytes
        does not fit its shape and type.
    """
    try:
        return _array(content)
    except (
        TypeError,
        ValueError,
        SyntaxError,
        RecursionError,
        MemoryError,
        OverflowError,
    ) as error:
        reason = str(error).rstrip(".")
        raise InputError(
            f"{name} cannot be used as an array of numbers or text: {reason}. {remedy}"
        ) from error


def _array(content: bytes) -> AnyArray:
    dtype, shape, fortran, start = _header(content)
    needed, there = prod(shape) * dtype.itemsize, len(content) - start
    if needed != there:
        raise ValueError(
            f"its shape {shape} of {dtype} takes {needed:,} bytes, and the file has {there:,}"
        )
    if not needed:
        return np.empty(shape, dtype=dtype)
    flat = np.frombuffer(content, dtype=dtype, offset=start)
    if dtype.kind == "U" and flat.view(dtype.byteorder + "u4").max() > sys.maxunicode:
        raise ValueError("it holds invalid characters")
    return flat.reshape(shape, order="F" if fortran else "C")


def _header(content: bytes) -> tuple[np.dtype[Any], tuple[int, ...], bool, int]:
    """Return type, shape, whether the order is column-major, and the offset of the numbers."""
    width = _BYTES_OF_LENGTH.get(content[6:8])
    if not content.startswith(_MAGIC) or width is None:
        raise ValueError("it does not begin with the signature of a .npy file")
    start = 8 + width
    length = int.from_bytes(content[8:start], "little")
    if length > min(_LONGEST_HEADER, len(content) - start):
        raise ValueError(f"its header has {length:,} bytes, too many")
    held = ast.literal_eval(content[start : start + length].decode("latin1").strip())
    if not isinstance(held, dict) or held.keys() != _KEYS:
        raise ValueError("its header does not state type, order and shape")
    descr, fortran, shape = held["descr"], held["fortran_order"], held["shape"]
    if not isinstance(descr, str) or not _DTYPE.fullmatch(descr):
        raise ValueError(f"its type is {descr!r}")
    if type(fortran) is not bool:
        raise ValueError(f"its order is {fortran!r}")
    if not isinstance(shape, tuple) or not all(
        type(length) is int and length >= 0 for length in shape
    ):
        raise ValueError(f"its shape is {shape!r}")
    dtype = np.dtype(descr)
    if dtype.itemsize == 0:
        raise ValueError(f"its type is {descr!r}, which has 0 bytes")
    return dtype, shape, fortran, start + length
