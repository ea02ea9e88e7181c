"""Reading of new values of a column by the rule for its training data."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.api import types

from bridle.arguments.real_numbers import as_float, shown
from bridle.encoding.levels import level_text
from bridle.errors import InputError
from bridle.readings.dates import days
from bridle.readings.durations import hours, hours_of_times
from bridle.workbench.columns.columns import refuse_non_finite, row_name
from bridle.workbench.columns.date_parts import part_of
from bridle.workbench.columns.missing_words import MissingWords
from bridle.workbench.columns.text_rules import (
    CompactDates,
    DatePart,
    Labels,
    Likewise,
    PlainNumbers,
    Rule,
    Truths,
    Unquoted,
)

__all__ = ["read_by_rule"]

_MEANT = {
    "dates": "dates",
    "durations": "times",
    "coordinates": "coordinates",
    "yes_or_no": "words for yes and no",
}


def read_by_rule(
    column: pd.Series[Any], name: str, rule: Rule, words: MissingWords
) -> pd.Series[Any]:
    """Return values in the form of their kind; see `bridle.workbench.columns.columns.canonical`.

    Labels may also become a categorical of text. The result for a value does not depend on other values
    of the column.

    Parameters
    ----------
    column : Series of shape (n,)
        Text as in a file, or numbers, dates, booleans or categories.
    name : str
    rule : Rule
    words : MissingWords
        Words for missing values.

    Raises
    ------
    InputError
        A value cannot be read by the rule; the message names it and its row.
    """
    if types.is_string_dtype(column.dtype) and not types.is_object_dtype(column.dtype):
        return _read_once(column, name, rule, words)
    if isinstance(rule, DatePart):
        read_by_rule(column, name, rule.dates, words)  # raises an error for a value that is no date
        return part_of(column, rule, words)
    rest, _ = words.split(column)
    if rule.kind == "category":
        return _labels(rest, rule)
    inner = rule.inner if isinstance(rule, Unquoted) else rule
    if isinstance(rest.dtype, pd.CategoricalDtype):
        rest = rest.astype(object)
    if types.is_string_dtype(rest.dtype) or types.is_object_dtype(rest.dtype):
        rest = _from_objects(rest, name, rule)
    elif types.is_datetime64_any_dtype(rest.dtype):
        if not _is(inner, "dates"):
            raise _refusal(rest, name, rule, 0)
        rest = days(rest)
    elif types.is_timedelta64_dtype(rest.dtype):
        if not _is(inner, "durations"):
            raise _refusal(rest, name, rule, 0)
        rest = hours(rest)
    elif types.is_bool_dtype(rest.dtype) != (rule.kind == "boolean") and rest.notna().any():
        raise _refusal(rest, name, rule, int(rest.notna().to_numpy().argmax()))
    elif types.is_numeric_dtype(rest.dtype) and not types.is_complex_dtype(rest.dtype):
        rest = _from_numbers(rest, name, rule, inner)
    if rule.kind == "boolean":
        return rest.astype("boolean")
    if types.is_complex_dtype(rest.dtype):
        raise _refusal(rest, name, rule, 0)
    values = _floats(rest, name)
    refuse_non_finite(values[:, np.newaxis], (name,), column.index)
    return pd.Series(values, index=column.index)


def _read_once(
    column: pd.Series[Any], name: str, rule: Rule, words: MissingWords
) -> pd.Series[Any]:
    """Read each distinct text once, in its first row; labels become a categorical."""
    codes, texts = pd.factorize(column)
    rows = np.full(len(texts) + 1, -1)
    rows[codes[::-1]] = np.arange(len(column))[::-1]
    distinct = pd.Series(np.asarray(texts), index=column.index[rows[:-1]], dtype=object)
    found = read_by_rule(distinct, name, rule, words)
    if rule.kind == "category":
        labels, levels = pd.factorize(found)
        coded = pd.Categorical.from_codes(np.append(labels, -1)[codes], categories=levels)
        return pd.Series(coded, index=column.index)
    if not len(texts):
        return found.reindex(column.index)
    return found.take(codes).set_axis(column.index, axis="index").mask(codes < 0)


def _floats(column: pd.Series[Any], name: str) -> npt.NDArray[np.float64]:
    try:
        return column.to_numpy(dtype=np.float64, na_value=np.nan)
    except OverflowError as error:
        row = next(i for i, value in enumerate(column) if np.isinf(as_float(value)))
        raise InputError(
            f"Column {name!r} must hold finite numbers up to 1e100. Received: "
            f"{shown(column.iloc[row])} in {row_name(column.index, row)}."
        ) from error


def _from_numbers(column: pd.Series[Any], name: str, rule: Rule, inner: Rule) -> pd.Series[Any]:
    """Return numbers with the offset of the training data; a rule for dates or times refuses them."""
    if isinstance(inner, PlainNumbers):
        if not inner.least:
            return column
        return column.map(lambda value: as_float(int(value) - inner.least), na_action="ignore")
    if isinstance(inner, CompactDates):
        found = {value: inner.day(value) for value in column.dropna().unique()}
        wrong = column.isin([value for value, day in found.items() if day is None]).to_numpy()
        if wrong.any():
            raise _refusal(column, name, rule, int(wrong.argmax()))
        return column.map(found, na_action="ignore").astype(np.float64)
    known = column.notna().to_numpy()
    if isinstance(inner, Likewise) and inner.reading in ("dates", "durations") and known.any():
        raise _refusal(column, name, rule, int(known.argmax()))
    return column


def _is(rule: Rule, reading: str) -> bool:
    return isinstance(rule, Likewise) and rule.reading == reading


def _labels(column: pd.Series[Any], rule: Rule) -> pd.Series[Any]:
    """Return text; a whole number is written without a point, as in a file."""
    assert isinstance(rule, Labels | Unquoted)
    column = column.astype(object)
    texts = {value: level_text(value) for value in column[column.notna()].unique()}
    levels = rule.read(texts.values())
    return column.map({value: levels[text] for value, text in texts.items()}).astype(object)


def _from_objects(column: pd.Series[Any], name: str, rule: Rule) -> pd.Series[Any]:
    known = column[column.notna()]
    distinct = list(known.unique())
    texts = [value for value in distinct if isinstance(value, str)]
    assert not isinstance(rule, DatePart)
    found: dict[Any, Any] = rule.read(texts)
    inner = rule.inner if isinstance(rule, Unquoted) else rule
    for label in distinct:
        if not isinstance(label, str) and (value := _from_object(label, inner)) is not None:
            found[label] = value
    if len(found) < len(distinct):
        strange = (~column.isin(list(found)) & column.notna()).to_numpy()
        raise _refusal(column, name, rule, int(strange.argmax()))
    read = column.map(found, na_action="ignore")
    return read if rule.kind == "boolean" else read.map(as_float, na_action="ignore")


def _from_object(value: Any, rule: Rule) -> float | bool | None:
    """Return the number or boolean that an object means, or None if it means neither."""
    if isinstance(value, bool | np.bool_) or rule.kind == "boolean":
        is_truth = isinstance(value, bool | np.bool_) and rule.kind == "boolean"
        return bool(value) if is_truth else None
    try:
        if _is(rule, "dates"):
            return float(days(pd.Series(pd.to_datetime([value], utc=True)))[0])
        if _is(rule, "durations"):
            return float(hours_of_times(pd.Series([value], dtype=object))[0])
        if isinstance(rule, CompactDates):
            return rule.day(value)
        if isinstance(rule, PlainNumbers) and rule.least and isinstance(value, int | np.integer):
            return as_float(int(value) - rule.least)
        return as_float(value)
    except (AttributeError, TypeError, ValueError):
        return None


def _refusal(column: pd.Series[Any], name: str, rule: Rule, row: int) -> InputError:
    like = ""
    inner = rule.inner if isinstance(rule, Unquoted) else rule
    meant = "dates such as 20240331" if isinstance(inner, CompactDates) else "numbers"
    if isinstance(inner, Truths):
        meant = "true and false"
    if isinstance(inner, Likewise):
        meant = _MEANT.get(inner.reading, "numbers")
        like = f" like {inner.examples[0]!r}" if inner.examples else ""
    return InputError(
        f"Column {name!r} must hold {meant}{like}, as in the training data. Received: "
        f"{shown(column.iloc[row])} in {row_name(column.index, row)}. "
        "Write it so, or leave the field empty if it is missing."
    )
