"""Reading of a text table (CSV, TSV): fields, line numbers and values, with notes."""

from __future__ import annotations

import csv
import io
import re
import sys
from array import array
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import PurePath
from typing import Any

import numpy as np
import pandas as pd

from bridle.errors import InputError
from bridle.workbench.data.read_file.compression import Unpacked
from bridle.workbench.data.read_file.decimal_comma import with_decimal_comma
from bridle.workbench.data.read_file.encoding import decoded
from bridle.workbench.data.read_file.records import Records
from bridle.workbench.data.read_file.refusals import refuse_no_table
from bridle.workbench.data.read_file.separators import TableText

__all__ = ["SEPARATORS", "SUFFIXES", "fields_of_any_length", "read_text"]

SEPARATORS = {".csv": ",", ".tsv": "\t", ".tab": "\t", ".txt": ",", ".dat": ",", ".data": ","}
SUFFIXES = (*SEPARATORS,)

_ZERO_IN_FRONT = re.compile(r"0[0-9](?<![0-9.:/TeE]0.)(?<![0-9]-0.)(?<![eE][-+]0.)")
"""Outside of dates and exponents. The literal at its start makes the search five times as fast."""

_EXACT = 2**53
_AS_TEXT = r"\s*[-+]?(?:0[0-9]|[1-9][0-9]{15,}\.[0-9])"


def read_text(
    found: Unpacked, name: str, encoding: str | None = None
) -> tuple[pd.DataFrame, tuple[str, ...], bool]:
    """Return the table in a text, notes on assumptions, and whether it has decimal commas.

    The table is indexed by line. Without an encoding, that is found from the bytes.

    Raises
    ------
    InputError
        The text is not a rectangular table with distinct names, or can be read in two ways.
    """
    text, encoded = decoded(found.raw, name, encoding)
    with fields_of_any_length():
        table = TableText.of(text, SEPARATORS.get(PurePath(found.name).suffix.lower(), ","), name)
        records = Records.of(table.text, table.separator, name)
    if found.lines is not None:
        records.lines = array("q", found.lines[np.asarray(records.lines) - 1].tobytes())
    refuse_no_table(records, name)
    frame = _with_codes(_values(table.text, records, name), table.text, records, name)
    decimals: tuple[str, ...] = ()
    if table.separator != ",":
        frame, decimals = with_decimal_comma(
            frame,
            name,
            lambda columns: _texts(table.text, records, name, columns),
        )
    said = (*found.notes, *encoded, *table.notes, *records.said(name), *decimals)
    return frame, said, bool(decimals)


def _texts(text: str, records: Records, name: str, columns: Sequence[str]) -> pd.DataFrame:
    """Return some columns as they are written."""
    if not columns:
        return pd.DataFrame(index=pd.Index(records.lines, name="line"))
    return _values(text, records, name, usecols=columns, dtype=str)[list(columns)]


def _values(text: str, records: Records, name: str, **options: Any) -> pd.DataFrame:
    names = records.names()
    dialect = records.dialect
    try:
        frame = pd.read_csv(
            io.StringIO(text),
            sep=dialect.separator,
            quotechar=dialect.quote,
            escapechar=dialect.escape,
            skipinitialspace=dialect.skip_blanks,
            header=0,
            names=[*names, *(f"\0{place}" for place in range(records.empty_fields))],
            index_col=False,
            low_memory=False,
            # Words for missing values are handled with the columns, for files and data frames
            # alike.
            keep_default_na=False,
            na_values=[""],
            **{"usecols": range(len(names)), **options},
        )
        frame.index = pd.Index(records.lines, name="line")
    except ValueError as error:  # from pandas' parser, or a different number of rows
        reason = str(error).splitlines()[0].rstrip(".")
        raise InputError(
            f"{name} cannot be read: {reason}. Check its quotes and escapes."
        ) from error
    return frame


def _with_codes(frame: pd.DataFrame, text: str, records: Records, name: str) -> pd.DataFrame:
    """Return a table in which some numbers are text again, as in a data frame.

    They have leading zeros, or more than 16 digits and a fraction, which floats round.
    """
    floats = frame.select_dtypes("float")
    is_beyond = (floats.max() >= _EXACT) | (floats.min() <= -_EXACT)
    written = _texts(text, records, name, [*map(str, floats.columns[is_beyond])])
    if padded := sum(1 for _ in _ZERO_IN_FRONT.finditer(text)):
        # Codes are whole. Other columns are only read again if these do not have all the zeros.
        numbers = frame.drop(columns=[*written]).select_dtypes("number")
        is_whole = ((numbers == numbers.round()) | numbers.isna()).all()
        for tried in (numbers.columns[is_whole], numbers.columns[~is_whole]):
            if padded > sum(int(written[name].map(_zeros_in_front).sum()) for name in written):
                more = _texts(text, records, name, [*map(str, tried)])
                written = pd.concat([written, more], axis="columns")
    codes = [name for name in written if written[name].str.match(_AS_TEXT).any()]
    for code in codes:  # not by assign, which takes no column called "self"
        frame[code] = written[code]
    return frame


def _zeros_in_front(value: object) -> int:
    return len(_ZERO_IN_FRONT.findall(value)) if isinstance(value, str) else 0


@contextmanager
def fields_of_any_length() -> Iterator[None]:
    """Let the csv module read fields of any length inside the block."""
    limit = csv.field_size_limit(sys.maxsize)
    try:
        yield
    finally:
        csv.field_size_limit(limit)
