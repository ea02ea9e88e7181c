"""Columns of categories in a data frame: their detection, and the text of each row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import narwhals
import pandas as pd
from pandas.api import types

from bridle.arguments.frames import may_be_text
from bridle.encoding.levels import MOST_LEVELS, level_text, name_rows
from bridle.errors import DataTypeError, InputError
from bridle.readings.order_of_readings import OF_NUMBERS
from bridle.readings.plain_text import are_plain, is_code
from bridle.readings.reading import TwoReadingsError, Values
from bridle.readings.slips import slips_in

__all__ = ["are_categories", "categories_of", "texts_of"]

_DECLARE = "or, if they are categories, make the column a categorical one"


def categories_of(X: Any) -> dict[int, pd.Categorical]:
    """Return the columns of a data frame that hold categories, by position.

    They are categoricals of pandas, polars and Arrow, and text that is not of numbers. The levels
    that occur are in the order of a categorical of pandas and of an ``Enum`` of polars; all others
    are sorted.

    Raises
    ------
    DataTypeError
        Text holds numbers, dates or times, which would become a level each.
    InputError
        A column has more than 1,000 levels, or text names rows.
    """
    return {
        place: column
        for place, name, column, is_declared in _candidates(X)
        if are_categories([*column.categories], len(column), name, is_declared=is_declared)
    }


def are_categories(distinct: Values, rows: int, name: str, *, is_declared: bool) -> bool:
    """Return whether a column holds categories; False for text of numbers, which scikit-learn reads.

    Parameters
    ----------
    distinct : sequence of str
        Its different texts. Of more than 1,000, some will do.
    rows : int
        Number of its rows.
    name : str
    is_declared : bool
        Whether its type is a categorical one.

    Raises
    ------
    DataTypeError
        Text holds numbers, dates or times, which would become a level each.
    InputError
        There are more than 1,000 levels, or text names rows.
    """
    if not is_declared:
        if are_plain(distinct) and not any(map(is_code, distinct)):
            return False
        _check_text(distinct, rows, name)
    if len(distinct) > MOST_LEVELS:
        raise InputError(
            f"A column of categories must have at most {MOST_LEVELS:,} levels. Received: "
            f"{len(distinct):,} in column {name!r}. Group the levels, or drop the column."
        )
    return True


def texts_of(X: Any, place: int) -> pd.Categorical:
    """Return the values of a column as text; of missing ones the code is -1."""
    if isinstance(X, pd.DataFrame):
        return _categorical(X.iloc[:, place])
    column = narwhals.from_native(X, eager_only=True)[:, place]
    return _of_values(column.to_list(), _declared_order(column.dtype))


def _candidates(X: Any) -> Iterator[tuple[int, str, pd.Categorical, bool]]:
    """Yield place, name and text of each column of categories or text, and whether it is declared."""
    if isinstance(X, pd.DataFrame):
        for place, dtype in enumerate(X.dtypes):
            if not may_be_text(dtype):
                continue
            is_declared = str(dtype).startswith(("category", "dictionary<"))
            values = X.iloc[:, place]
            if is_declared or types.infer_dtype(values, skipna=True) == "string":
                yield place, str(X.columns[place]), _categorical(values), is_declared
        return
    frame = narwhals.from_native(X, eager_only=True)
    for place, (name, dtype) in enumerate(frame.schema.items()):
        is_declared = isinstance(dtype, narwhals.Categorical | narwhals.Enum)
        if is_declared or isinstance(dtype, narwhals.String):
            column = texts_of(X, place)
            if len(column.categories):
                yield place, name, column, is_declared


def _categorical(column: pd.Series[Any]) -> pd.Categorical:
    if not isinstance(column.dtype, pd.CategoricalDtype):
        missing = column.isna().to_numpy()
        return _of_values(
            [None if gone else value for gone, value in zip(missing, column, strict=True)]
        )
    held = pd.Categorical(column).remove_unused_categories()
    texts = [level_text(level) for level in held.categories]
    if len({*texts}) == len(texts):
        named: pd.Categorical[Any] = pd.Categorical.from_codes(held.codes, pd.Index(texts))
        return named
    return _of_values([None if code < 0 else texts[code] for code in held.codes], texts)


def _of_values(values: Sequence[Any], order: Sequence[Any] | None = None) -> pd.Categorical:
    """Return values as text, in a given order of the levels; sorted by default."""
    texts = pd.Categorical([None if value is None else level_text(value) for value in values])
    if order is None:
        return texts
    occurring = {*texts.categories}
    levels = [text for text in dict.fromkeys(map(level_text, order)) if text in occurring]
    return texts.reorder_categories(levels)


def _declared_order(dtype: Any) -> Sequence[Any] | None:
    return dtype.categories if isinstance(dtype, narwhals.Enum) else None


def _check_text(distinct: Values, rows: int, name: str) -> None:
    """Raise an error for text that is not of categories; one text alone may be anything."""
    if len(distinct) > 1:
        _check_meaning(distinct[:MOST_LEVELS], name)
    if name_rows(len(distinct), rows):
        raise InputError(
            f"Text must be of categories. Received: column {name!r} with {len(distinct):,} different "
            f"texts in {rows:,} rows. Group the values, drop the column, {_DECLARE}."
        )


def _check_meaning(distinct: Values, name: str) -> None:
    """Raise an error for text that a study would read as numbers or dates."""
    if (slips := slips_in(distinct)) is not None:
        raise _not_categories(
            name, slips.texts[0], "is among numbers", "Correct it, or make it missing"
        )
    for reading in OF_NUMBERS:
        try:
            found = reading(distinct)
        except TwoReadingsError as error:
            text, readings, remedy = error.args
            raise _not_categories(name, text, f"may be {readings}", remedy) from error
        if found is not None:
            how = found[1].partition(", for instance")[0].removeprefix("as ")
            raise _not_categories(name, distinct[0], f"is read as {how}", "Convert it to numbers")


def _not_categories(name: str, text: str, why: str, remedy: str) -> DataTypeError:
    return DataTypeError(
        f"Text must be of categories. Received: {text!r} in column {name!r}, which {why}. "
        f"{remedy}, {_DECLARE}."
    )
