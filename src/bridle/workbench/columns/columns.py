"""The columns of a table in one of three canonical forms: numbers, booleans or categories."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache
from numbers import Real
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.api import types
from pandas.api.extensions import ExtensionDtype

from bridle.arguments.option_words import option
from bridle.arguments.real_numbers import as_float, shown
from bridle.encoding.levels import MOST_LEVELS, name_rows
from bridle.errors import InputError
from bridle.readings.slips import slips_in
from bridle.workbench.columns.look_alikes import look_alike
from bridle.workbench.columns.problems import Problems
from bridle.workbench.columns.text_rules import Kind

__all__ = [
    "LARGEST",
    "canonical",
    "canonical_column",
    "free_text",
    "how_to_drop",
    "kind_of",
    "names_of_kind",
    "numbers",
    "refuse_non_finite",
    "row_name",
]

Dtype = np.dtype[Any] | ExtensionDtype
LARGEST = 1e100
"""Largest absolute value of a number: the square of a larger one may overflow."""
_MOST_NAMED = 4


def canonical(frame: pd.DataFrame, problems: Problems) -> pd.DataFrame:
    """Return the columns of a table without problems, in canonical form.

    Problems are columns of other types or of mixed types, text that was meant as numbers, and
    numbers that are not finite.

    Parameters
    ----------
    frame : DataFrame of shape (n, p)
        Columns with distinct names.
    problems : Problems
        Problems of the other columns are added.

    Returns
    -------
    DataFrame of shape (n, p or fewer)
        Numbers as integers or float64 (NaN where missing), booleans as pandas' ``boolean``,
        categories as text in ``object`` columns (NaN where missing). The index is kept.
    """
    others = [name for name, dtype in _dtypes(frame) if not _is_canonical_number(dtype)]
    table = frame.copy(deep=False)
    for name in others:
        with problems.of(name):
            table[name] = _canonical_feature(frame[name], name)
    table = table[[name for name in table if name not in problems]]
    names, values = numbers(table)
    for name, error in _non_finite(values, names, table.index):
        problems.add(name, error)
    # A copy holds the columns of a type side by side. Apart, each costs a step in all that follows.
    return table[[name for name in table if name not in problems]].copy()


def canonical_column(column: pd.Series[Any], name: str) -> pd.Series[Any]:
    """Return one column in the form of its kind; see `canonical`.

    Raises
    ------
    InputError
        The column has another type, mixed types, or text that was meant as numbers.
    """
    dtype = column.dtype
    if _is_canonical_number(dtype):
        return column
    if isinstance(dtype, pd.SparseDtype):
        raise _refusal(name, f"is sparse ({dtype})", "Convert it with .sparse.to_dense()")
    if types.is_bool_dtype(dtype):
        return column.astype("boolean")
    if types.is_numeric_dtype(dtype) and not types.is_complex_dtype(dtype):
        whole = types.is_integer_dtype(dtype) and not column.hasnans
        return column.astype("int64") if whole else _as_float(column, name)
    if isinstance(dtype, pd.CategoricalDtype):
        return _as_text(column)
    if types.is_string_dtype(dtype) or types.is_object_dtype(dtype):
        return _from_objects(column.astype(object), name)
    raise _refusal(name, f"holds {dtype} values", "Turn it into numbers or text")


def _canonical_feature(column: pd.Series[Any], name: str) -> pd.Series[Any]:
    try:
        return canonical_column(column, name)
    except InputError as error:
        raise InputError(f"{error} {how_to_drop(name)}") from None


@lru_cache(maxsize=64)  # asked once for each of many columns
def kind_of(dtype: Dtype) -> Kind:
    """Return the kind of a canonical column by its dtype."""
    if types.is_bool_dtype(dtype):
        return "boolean"
    return "number" if types.is_numeric_dtype(dtype) else "category"


def names_of_kind(frame: pd.DataFrame, kind: Kind) -> tuple[str, ...]:
    """Return the names of the columns of a kind in a canonical table."""
    return tuple(name for name, dtype in _dtypes(frame) if kind_of(dtype) == kind)


def numbers(frame: pd.DataFrame) -> tuple[tuple[str, ...], npt.NDArray[np.float64]]:
    """Return names and values (n, number of them; NaN where missing) of a table's numbers."""
    block = frame.select_dtypes("number")
    return tuple(block.columns), block.to_numpy(dtype=np.float64)


def row_name(index: pd.Index[Any], position: int) -> str:
    """Return the name of a row in messages: ``line 7`` of a file, ``row 5`` of a table."""
    return f"{index.name or 'row'} {index[position]}"


def refuse_non_finite(
    values: npt.NDArray[np.float64], names: tuple[str, ...], index: pd.Index[Any]
) -> None:
    """Raise an InputError if a number is infinite or above 1e100, whose square is near overflow.

    Raises
    ------
    InputError
        A number is infinite or above 1e100 in size.
    """
    for _, error in _non_finite(values, names, index):
        raise error


def free_text(frame: pd.DataFrame, problems: Problems) -> None:
    """Add a problem for each text column that cannot be used as categories."""
    for name in names_of_kind(frame, "category"):
        distinct = frame[name].nunique()
        if distinct > MOST_LEVELS:
            why = f"more than {MOST_LEVELS:,}"
        elif name_rows(distinct, len(frame)):
            why = f"more than half of its {len(frame):,} rows"
        else:
            continue
        problem = (
            f"is text with {distinct:,} different values, {why}, and cannot be used as a category"
        )
        if alike := look_alike([*frame[name].dropna().unique()]):
            problem += f". It is read {alike}"
        remedy = f"Group the values. {how_to_drop(name).removesuffix('.')}"
        problems.add(name, _refusal(name, problem, remedy))


def _non_finite(
    values: npt.NDArray[np.float64], names: tuple[str, ...], index: pd.Index[Any]
) -> Iterator[tuple[str, InputError]]:
    bad = np.abs(values) > LARGEST
    for j in np.flatnonzero(bad.any(axis=0)):
        rows = np.flatnonzero(bad[:, j])
        message = (
            f"Column {names[j]!r} must hold finite numbers up to 1e100. Received: "
            f"{values[rows[0], j]:g} in {row_name(index, rows[0])}{_and_more(len(rows))} (a number "
            "too large for a float reads as inf). Correct the values, or leave them empty if they are "
            "missing."
        )
        yield names[j], InputError(message)


def _dtypes(frame: pd.DataFrame) -> list[tuple[str, Dtype]]:
    return list(zip(frame.columns, frame.dtypes, strict=True))


def _is_canonical_number(dtype: Dtype) -> bool:
    return isinstance(dtype, np.dtype) and (dtype.kind in "iu" or dtype == np.float64)


def _as_float(column: pd.Series[Any], name: str) -> pd.Series[Any]:
    try:
        values = column.to_numpy(dtype=np.float64, na_value=np.nan)
    except OverflowError as error:
        row = next(i for i, value in enumerate(column) if np.isinf(as_float(value)))
        raise _refusal(
            name,
            f"holds {shown(column.iloc[row])} in {row_name(column.index, row)}, too large for a float",
            "Correct the value, or scale the column",
        ) from error
    return pd.Series(values, index=column.index)


def _as_text(column: pd.Series[Any]) -> pd.Series[Any]:
    texts = [np.nan if pd.isna(value) else str(value) for value in column]
    return pd.Series(texts, index=column.index, dtype=object)


def _from_objects(column: pd.Series[Any], name: str) -> pd.Series[Any]:
    inferred = types.infer_dtype(column, skipna=True)
    if inferred == "boolean":
        return column.astype("boolean")
    if inferred in {"integer", "floating", "mixed-integer-float", "decimal", "empty"}:
        return _as_float(column, name)
    if all(
        isinstance(value, Real | Decimal) and not isinstance(value, bool)
        for value in column[column.notna()]
    ):
        return _as_float(column, name)
    if inferred == "string":
        _refuse_numbers_as_text(column, name)
        return _as_text(column)
    if inferred.startswith("mixed"):
        raise _mixed(column, name)
    raise _refusal(name, f"holds {inferred} values", "Turn it into numbers or text")


def _mixed(column: pd.Series[Any], name: str) -> InputError:
    known = column[column.notna()]
    first = type(known.iloc[0])
    other = next((i for i, value in enumerate(known) if type(value) is not first), None)
    if other is None:
        row = row_name(known.index, 0)
        return _refusal(
            name,
            f"holds {_with_article(first.__name__)} in each cell: {shown(known.iloc[0])} in {row}",
            "Split it into one column per part",
        )
    return _refusal(
        name,
        f"mixes {first.__name__} with {type(known.iloc[other]).__name__}: "
        f"{known.iloc[other]!r} in {row_name(known.index, other)}",
        "Convert all values to one type",
    )


def _with_article(name: str) -> str:
    """Return the name of a type with its article: a list, an object, an ndarray."""
    return f"{'an' if name == 'ndarray' or name[0] in 'aeioAEIO' else 'a'} {name}"


def _refuse_numbers_as_text(column: pd.Series[Any], name: str) -> None:
    """Raise an InputError if the values are numbers except for commas or a few words."""
    known = column[column.notna()]
    slips = slips_in([*known.unique()])
    if slips is None:
        return
    culprit, *more = slips.texts
    remedy = "Write its numbers without commas, with a point before decimals"
    if not slips.are_commas:
        remedy = (
            "Correct the value, or leave it empty if it is missing, or say that it stands for a "
            f"missing value: {option('missing', culprit)}"
        )
    row = row_name(known.index, int((known == culprit).to_numpy().argmax()))
    others = f", {', '.join(map(repr, more[:_MOST_NAMED]))}" if more else ""
    rest = f" and {len(more) - _MOST_NAMED:,} more" if len(more) > _MOST_NAMED else ""
    raise _refusal(
        name, f"holds numbers, but is text because of {culprit!r} in {row}{others}{rest}", remedy
    )


def _and_more(count: int) -> str:
    return f" and {count - 1:,} more" if count > 1 else ""


def _refusal(name: str, problem: str, remedy: str) -> InputError:
    return InputError(f"Column {name!r} {problem}. {remedy}.")


def how_to_drop(name: str) -> str:
    """Return the remedy for an unusable feature, as a sentence."""
    return f"Or leave the column out: {option('drop', name)}."
