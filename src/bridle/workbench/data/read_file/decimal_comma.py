"""Decimal commas in files whose separator is not a comma."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import is_float_dtype, is_string_dtype

from bridle.errors import InputError
from bridle.workbench.columns.columns import row_name
from bridle.workbench.columns.missing_words import is_word_for_missing

__all__ = ["with_decimal_comma"]

_COMMA = re.compile(r"^\s*[-+]?[0-9]*,?[0-9]+\s*$")
_THOUSANDS = r"^\s*[-+]?[1-9][0-9]{{0,2}}(?:\{sign}[0-9]{{3}})+\s*$"
_THOUSANDS_BY_COMMA = re.compile(_THOUSANDS.format(sign=","))
_THOUSANDS_BY_POINT = re.compile(_THOUSANDS.format(sign="."))


def with_decimal_comma(
    frame: pd.DataFrame, name: str, as_text: Callable[[list[str]], pd.DataFrame]
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return a table with its decimal commas, if any, converted, and a note.

    Parameters
    ----------
    frame : DataFrame
        The table, read with decimal points.
    name : str
        Name of the file, for messages.
    as_text : callable
        Reads some columns again as text.

    Raises
    ------
    InputError
        Another column may have decimal points or thousands separators.
    """
    written = {name: _distinct(frame[name]) for name in _names(frame, is_string_dtype)}
    commas = [
        name
        for name, texts in written.items()
        if all(map(_COMMA.match, texts)) and any("," in text for text in texts)
    ]
    sure = [comma for comma in commas if not all(map(_is_thousands_or_whole, written[comma]))]
    if not sure:
        return frame, ()
    _refuse_points(frame, name, sure[0], as_text)
    read = frame.copy(deep=False)
    for comma in commas:
        points = frame[comma].where(
            frame[comma].map(_is_word), frame[comma].str.replace(",", ".", regex=False)
        )
        read[comma] = points if points.map(_is_word).any() else pd.to_numeric(points)
    columns = f"{commas[0]!r}" + (f" and {len(commas) - 1:,} more" if commas[1:] else "")
    return read, (f"Commas stand before decimals in {name}, in column {columns}.",)


def _names(frame: pd.DataFrame, is_such: Callable[[Any], bool]) -> list[str]:
    return [str(name) for name, such in zip(frame, frame.dtypes.map(is_such), strict=True) if such]


def _distinct(column: pd.Series[Any]) -> list[str]:
    known = [value for value in column.dropna().unique() if isinstance(value, str)]
    return [value for value in known if not is_word_for_missing(value)] or [""]


def _is_word(value: object) -> bool:
    return isinstance(value, str) and is_word_for_missing(value)


def _numbers_but_words(column: pd.Series[Any]) -> pd.Series[Any] | None:
    """Return the numbers of a column of numbers and words for missing values, else None."""
    if is_float_dtype(column.dtype):
        return column.dropna()
    if not is_string_dtype(column.dtype):
        return None
    numbers = pd.to_numeric(column.dropna()[lambda known: ~known.map(_is_word)], errors="coerce")
    return None if numbers.isna().any() or numbers.empty else numbers


def _is_thousands_or_whole(text: str) -> bool:
    return "," not in text or _THOUSANDS_BY_COMMA.match(text) is not None


def _refuse_points(
    frame: pd.DataFrame, name: str, sure: str, as_text: Callable[[list[str]], pd.DataFrame]
) -> None:
    numbers = {str(name): _numbers_but_words(frame[name]) for name in frame}
    floats = [
        number for number, held in numbers.items() if held is not None and _in_thousandths(held)
    ]
    if not floats:
        return
    written = as_text(floats)
    for column in floats:
        texts = written[column].dropna()[lambda known: ~known.map(_is_word)]
        points = texts[texts.str.contains(".", regex=False)]
        if (
            len(points)
            and points.map(lambda text: _THOUSANDS_BY_POINT.match(text) is not None).all()
        ):
            first = int((written[column] == points.iloc[0]).to_numpy().argmax())
            whole, fraction = points.iloc[0].replace(".", ""), points.iloc[0]
            raise InputError(
                f"Column {column!r} has two readings: {fraction!r} in {row_name(frame.index, first)} of "
                f"{name} may be {whole} or {fraction}, since column {sure!r} has commas before "
                "decimals. Write its numbers without thousands separators, or with a decimal comma."
            )


def _in_thousandths(column: pd.Series[Any]) -> bool:
    """Return whether the values may be thousands that were read as numbers with three decimals."""
    values = column.to_numpy(dtype=np.float64) * 1000
    return bool(np.allclose(values, np.rint(values), rtol=0, atol=1e-6)) and bool(
        (column % 1 != 0).any()
    )
