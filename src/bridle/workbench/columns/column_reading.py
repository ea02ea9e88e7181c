"""Reading of a column by the meaning of its values: missing words, numbers, dates, labels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, time
from typing import Any

import numpy as np
import pandas as pd
from pandas.api import types

from bridle.arguments.real_numbers import as_float
from bridle.errors import InputError
from bridle.readings.compact_dates import compact_dates
from bridle.readings.dates import (
    AS_DAYS,
    IN_ANY_ZONE,
    WITH_ZONE,
    as_instants,
    days,
)
from bridle.readings.durations import AS_HOURS, hours, hours_of_times
from bridle.readings.order_of_readings import READINGS
from bridle.readings.plain_text import (
    AS_TRUTHS,
    are_plain,
    labels,
    of_formulas,
    plain_numbers,
    truths,
)
from bridle.readings.reading import Reading, TwoReadingsError
from bridle.workbench.columns.columns import how_to_drop, row_name
from bridle.workbench.columns.instants import as_instant
from bridle.workbench.columns.look_alikes import look_alike
from bridle.workbench.columns.missing_words import MissingWords, said
from bridle.workbench.columns.no_dates import no_date
from bridle.workbench.columns.text_rules import (
    CompactDates,
    DatePart,
    Likewise,
    PlainNumbers,
    Rule,
    Unquoted,
    likewise,
)
from bridle.workbench.explanation import Explanation
from bridle.workbench.finding import Finding

__all__ = ["CODE", "EXPLANATION", "Read", "file_note", "finding", "read_column", "read_labels"]

CODE = "BR108 read-as"

EXPLANATION = Explanation(
    finds=(
        "A column is read by the meaning of its values: text as numbers, dates, or true and false; "
        "words as missing; labels that differ only in case or blanks as equal. Or something was "
        "assumed about it."
    ),
    matters="A wrong reading changes what the models see.",
    remedy="Run `bridle columns` on the file. Write the values plainly if a reading is wrong.",
)

_EXACT = 2**53
"""Largest number up to which floats represent all integers."""

_FEWEST = 2

_DATES = Likewise("dates", ("2024-03-31",), "number")
_DURATIONS = Likewise("durations", ("01:30:00",), "number")
"""Rules for text in a column whose training data were of a date or time type."""


@dataclass(frozen=True)
class Read:
    """A column with a note on how it was read.

    Attributes
    ----------
    values : Series of shape (n,)
        The values.
    how : tuple of str
        Ends of a sentence that begins with "is read"; empty if pandas reads it equally.
    least : int
        Number subtracted from integers so that floats can distinguish them.
    rule : Rule or None
        Rule for new values of the column; None if its kind determines it.
    """

    values: pd.Series[Any]
    how: tuple[str, ...] = ()
    least: int = 0
    rule: Rule | None = None

    @property
    def is_dates(self) -> bool:
        """Whether the values are days since 1970."""
        return any(rule.startswith(AS_DAYS) for rule in self.how)

    def findings(self, name: str, *, is_target: bool = False) -> tuple[Finding, ...]:
        """Return the finding on how the column was read, if there is something to report."""
        called = f"The target {name!r}" if is_target else f"Column {name!r}"
        return (finding(name, f"{called} is read {' and '.join(self.how)}."),) if self.how else ()


def read_column(
    column: pd.Series[Any], name: str, words: MissingWords, *, is_target: bool = False
) -> Read:
    """Return a column with text converted to the numbers, dates or missing values that it means.

    Quantities may have a currency, a percent sign, a unit, thousands separators, a decimal comma,
    or parentheses or a trailing minus for negative numbers. Dates, as text or of pandas' type,
    become days since 1970. Labels that differ only in case, blanks or form of Unicode become the
    most frequent of them. Codes with leading zeros remain text. Integers that floats cannot
    distinguish become differences from the smallest.

    Parameters
    ----------
    column : Series of shape (n,)
        The column.
    name : str
        Its name.
    words : MissingWords
        Words for missing values.
    is_target : bool
        Whether answers such as "None" among other text are classes.

    Raises
    ------
    InputError
        The column can be read in two ways; the message names both.
    """
    rest, counts = words.split(column, is_target=is_target)
    try:
        read = _reading(rest, plainly=bool(counts))
    except TwoReadingsError as error:
        raise _refusal(name, column, error, is_target=is_target) from None
    if read.is_dates and (note := no_date(read.values)) is not None:
        read = replace(read, how=(*read.how, note))
    if _are_numbers(read) and (note := as_instant(read.values, name, read.least)) is not None:
        read = replace(read, how=(*read.how, note))
    return replace(read, how=(f"with {said(counts)}", *read.how)) if counts else read


def _are_numbers(read: Read) -> bool:
    dtype = read.values.dtype
    is_real = types.is_numeric_dtype(dtype) and not types.is_complex_dtype(dtype)
    return is_real and not types.is_bool_dtype(dtype) and not read.is_dates


def read_labels(column: pd.Series[Any], words: MissingWords) -> pd.Series[Any]:
    """Return a column of labels, without reading text as numbers or dates."""
    rest, _ = words.split(column)
    if not (types.is_string_dtype(rest.dtype) or types.is_object_dtype(rest.dtype)):
        return rest
    counts = Counter(value for value in rest if isinstance(value, str))
    return rest.astype(object).replace(labels([*counts], counts)[0])


def file_note(text: str) -> Finding:
    """Return the finding on how a file was read."""
    return Finding(CODE, None, text, "Nothing to do, if that is right.", "warning")


def _reading(column: pd.Series[Any], *, plainly: bool) -> Read:
    """Return a column without words for missing values, and how it was read, if unusual.

    ``plainly`` is whether only such words keep text from being plain numbers or booleans.
    """
    column = as_instants(column)
    if types.is_datetime64_any_dtype(column.dtype):
        return Read(days(column), (AS_DAYS,), rule=_DATES)
    if types.is_timedelta64_dtype(column.dtype):
        return Read(hours(column), (AS_HOURS,), rule=_DURATIONS)
    if types.is_numeric_dtype(column.dtype) and not types.is_bool_dtype(column.dtype):
        return _of_numbers(column)
    if not (types.is_string_dtype(column.dtype) or types.is_object_dtype(column.dtype)):
        return Read(column)
    known = column.dropna()
    if not all(isinstance(value, str) for value in known):
        return _objects(column)
    counts = Counter(known)
    if (inner := of_formulas([*counts])) is not None:
        read = _reading(column.map(inner, na_action="ignore"), plainly=True)
        rule = PlainNumbers() if read.rule is None else read.rule
        assert not isinstance(rule, Unquoted | DatePart)
        signs = "without the signs of a spreadsheet for text"
        return replace(read, how=(signs, *read.how), rule=Unquoted(rule))
    found = _found([*counts], plainly=plainly)
    if found is None:
        return _as_labels(column, counts)
    (values, how), reading = found
    is_plain = plainly and (are_plain([*counts]) or how == AS_TRUTHS)
    read = _numbers(column, values, () if is_plain else (how,))
    if not are_plain([*counts]):
        return replace(read, rule=likewise(reading, values)) if reading in READINGS else read
    dated = _of_numbers(read.values)
    return dated if dated.is_dates else read


def _found(distinct: list[str], *, plainly: bool) -> tuple[Reading, str] | None:
    """Return the first reading that fits all texts, and its name."""
    plain: tuple[Callable[[list[str]], Reading | None], ...] = (plain_numbers, truths)
    # A single value is not enough: it may be a code, and two readings of it would not differ.
    tried = (*plain, *READINGS.values()) if len(distinct) >= _FEWEST else plain if plainly else ()
    found = ((read(distinct), read.__name__) for read in tried)
    return next(((reading, name) for reading, name in found if reading is not None), None)


def _as_labels(column: pd.Series[Any], counts: Counter[str]) -> Read:
    values, merged = labels([*counts], counts)
    read = column.map(values, na_action="ignore") if values else column
    alike = look_alike([*counts]) if len(counts) >= _FEWEST else None
    return Read(read, tuple(reading for reading in (merged, alike) if reading))


def _of_numbers(column: pd.Series[Any]) -> Read:
    """Return numbers, or dates if all of them are dates such as 20240331."""
    if types.is_complex_dtype(column.dtype):
        return Read(column)
    if (found := compact_dates(column)) is not None:
        first = column.dropna().iloc[0]
        how = f"{AS_DAYS}, for instance {int(first)} as {found.dropna().iloc[0]:g}"
        return Read(found, (how,), rule=CompactDates())
    return Read(column) if types.is_float_dtype(column.dtype) else _from_the_smallest(column)


def _numbers(column: pd.Series[Any], values: dict[str, Any], how: tuple[str, ...]) -> Read:
    """Return a column of text as numbers or booleans."""
    read = column.map(values, na_action="ignore")
    if all(isinstance(value, bool) for value in values.values()):
        return Read(read.astype("boolean"), how)
    if not all(isinstance(value, int) for value in values.values()):
        return Read(read.astype(np.float64), how)
    counted = _from_the_smallest(read.astype(object))
    if counted.how:
        return counted
    fits = not column.hasnans and all(-(2**63) <= value < 2**63 for value in values.values())
    return Read(read.astype("int64") if fits else read.map(as_float).astype(np.float64), how)


def _objects(column: pd.Series[Any]) -> Read:
    kind = types.infer_dtype(column, skipna=True)
    if kind in ("date", "datetime", "datetime64"):
        _refuse_two_clocks(column)
        return Read(days(pd.to_datetime(column, utc=True)), (AS_DAYS,), rule=_DATES)
    if kind in ("timedelta", "timedelta64"):
        return Read(hours(pd.to_timedelta(column)), (AS_HOURS,), rule=_DURATIONS)
    if kind == "time":
        return Read(hours_of_times(column), (AS_HOURS,), rule=_DURATIONS)
    return _of_numbers(column) if kind == "integer" else Read(column)


def _refuse_two_clocks(column: pd.Series[Any]) -> None:
    """Raise a TwoReadingsError for times without a time zone beside others that have one."""
    known = [value for value in column.dropna() if isinstance(value, datetime)]
    bare = [value for value in known if value.tzinfo is None and value.time() != time()]
    if bare and any(value.tzinfo is not None for value in known):
        raise TwoReadingsError(bare[0], IN_ANY_ZONE, WITH_ZONE)


def _from_the_smallest(column: pd.Series[Any]) -> Read:
    """Return integers, as differences from the smallest if floats cannot distinguish them."""
    known = column.dropna()
    if known.empty or (known.min() >= -_EXACT and known.max() <= _EXACT):
        return Read(column)
    numbers = {value: int(value) for value in known.unique()}
    least = min(numbers.values())
    less = {value: number - least for value, number in numbers.items()}
    if len(set(map(as_float, less.values()))) == len(set(map(as_float, numbers.values()))):
        return Read(column)
    counted = column.astype(object).map(less, na_action="ignore")
    whole = max(less.values()) < 2**63 and not column.hasnans
    return Read(
        counted.astype("int64") if whole else counted.map(as_float).astype(np.float64),
        (f"as numbers from {least} upwards, which floats would round",),
        least,
        PlainNumbers(least=least),
    )


def _refusal(
    name: str, column: pd.Series[Any], error: TwoReadingsError, *, is_target: bool
) -> InputError:
    text, readings, remedy = error.args
    row = row_name(column.index, int((column == text).to_numpy().argmax()))
    called = f"The target {name!r}" if is_target else f"Column {name!r}"
    leave = "" if is_target else f" {how_to_drop(name)}"
    return InputError(
        f"{called} has two readings: {text!r} in {row} may be {readings}. {remedy}.{leave}"
    )


def finding(name: str, message: str) -> Finding:
    """Return the finding on how a column was read."""
    return Finding(
        CODE,
        name,
        message,
        "Nothing to do if that is right; otherwise write its values as they are meant, or leave it "
        "out.",
        "warning",
    )
