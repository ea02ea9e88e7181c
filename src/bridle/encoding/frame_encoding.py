"""`FrameEncoding`: a data frame with columns of categories as a matrix, for a fit and for new rows."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.utils import check_array
from sklearn.utils.validation import validate_data

from bridle.arguments.callers import level_of_user
from bridle.arguments.frames import check_new_names, column_names, has_text, whole_table
from bridle.arguments.not_finite import check_kinds, explain
from bridle.encoding.levels import MISSING, Levels, distinct_names
from bridle.errors import DataWarning, InputError
from bridle.files.pickled import Pickled
from bridle.types import Index

__all__ = [
    "FrameEncoding",
    "encoding_of",
    "fitted_encoding",
    "hold_encoding",
    "levels_of",
    "table_names",
    "table_width",
    "width_note",
]

_TYPES = (np.float64, np.float32)


@dataclass(frozen=True)
class FrameEncoding(Pickled):
    """Encoding of a data frame's columns of categories, as it was fitted.

    Each becomes a column of 0 and 1 for each of its levels, in its own place among the others; a
    missing category is a level, too, if the rows of the fit have one. New rows with a level that the
    rows of the fit do not have are 0 in all its columns.

    Attributes
    ----------
    columns : tuple of p str
        Names of the columns of the frame.
    levels : mapping of int to Levels
        Of each column of categories, by its place.
    """

    columns: tuple[str, ...]
    levels: dict[int, Levels]

    @cached_property
    def origin(self) -> Index:
        """Position in the frame of the source of each column made, shape (columns made,)."""
        widths = [self._width(place) for place in range(len(self.columns))]
        return np.repeat(np.arange(len(self.columns)), widths)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of the columns that are made, such as ``age``, ``city=Bern``, ``city=Genf``."""
        made: list[str] = []
        for place, name in enumerate(self.columns):
            made += self.levels[place].names if place in self.levels else (name,)
        return tuple(distinct_names(made))

    def apply(self, X: Any) -> npt.NDArray[Any]:
        """Return the matrix of a data frame, shape (n, columns made), not necessarily finite.

        Parameters
        ----------
        X : data frame of shape (n, p)
            Of pandas, polars or whatever else narwhals reads, with the columns of the fit, in their
            order.

        Returns
        -------
        ndarray
            float32 if all columns of numbers are, else float64. A `DataWarning` names levels that the
            rows of the fit do not have.

        Raises
        ------
        InputError
            X is no such frame, or a column does not hold numbers.
        """
        X = whole_table(X)
        if (names := column_names(X)) is None:
            raise InputError(
                "X must be a data frame with the columns of the fit, because some of them hold "
                f"categories. Received: {type(X).__name__}. Pass a data frame with the columns "
                f"{', '.join(map(repr, self.columns))}."
            )
        check_new_names(names, self.columns)
        numbers = self._numbers(X)
        out = np.empty((len(X), len(self.origin)), dtype=numbers.dtype)
        out[:, [place not in self.levels for place in self.origin]] = numbers
        for place, levels in self.levels.items():
            self._write(X, place, levels, out)
        return out

    def _width(self, place: int) -> int:
        return len(self.levels[place].names) if place in self.levels else 1

    def _numbers(self, X: Any) -> npt.NDArray[Any]:
        places = [place for place in range(len(self.columns)) if place not in self.levels]
        if not places:
            return np.empty((len(X), 0))
        part = _some_columns(X, places)
        check_kinds(part)
        try:
            return np.asarray(check_array(part, dtype=_TYPES, ensure_all_finite=False))
        except (TypeError, ValueError, OverflowError) as error:
            explain(part, None, error)

    def _write(self, X: Any, place: int, levels: Levels, out: npt.NDArray[Any]) -> None:
        from bridle.encoding.categories import texts_of

        texts = texts_of(X, place)
        made = np.flatnonzero(self.origin == place)
        levels.write({levels.column: texts}, out[:, made[0] : made[-1] + 1])
        known = np.append(texts.categories.isin(levels.own), MISSING in levels.own)
        rows = np.flatnonzero(~known[texts.codes])  # -1, a missing one, is the last
        if rows.size:
            code = texts.codes[rows[0]]
            level = MISSING if code < 0 else repr(texts.categories[code])
            warnings.warn(
                f"Column {levels.column!r} of X has {level} in row {rows[0]}, which no row of the fit "
                f"has ({rows.size:,} such rows). Such a row has 0 for all levels of the column.",
                DataWarning,
                stacklevel=level_of_user(),
            )


def encoding_of(X: Any) -> FrameEncoding | None:
    """Return the encoding of a data frame, fitted to its rows; None if it has no categories.

    Raises
    ------
    InputError
        A column of text is not of categories, or has too many; see `categories_of`.
    """
    if not has_text(X):
        return None
    from bridle.encoding.categories import categories_of

    found = categories_of(X)
    names = column_names(X)
    if not found or names is None:
        return None
    levels = {
        place: levels_of(
            names[place], [*texts.categories], has_missing=bool((texts.codes < 0).any())
        )
        for place, texts in found.items()
    }
    return FrameEncoding(names, levels)


def levels_of(name: str, texts: Sequence[str], *, has_missing: bool) -> Levels:
    """Return a column's levels: its texts in this order, and a missing value if there is one."""
    # A text "(missing)" is the same level as a missing value.
    return Levels(name, tuple(dict.fromkeys((*texts, *[MISSING] * has_missing))), rest=False)


def fitted_encoding(estimator: Any) -> FrameEncoding | None:
    """Return the encoding of a fitted estimator; None if its X had no columns of categories."""
    held: FrameEncoding | None = vars(estimator).get("encoding_")
    return held


def hold_encoding(estimator: Any, encoding: FrameEncoding, X: Any) -> None:
    """Set ``encoding_``, ``n_features_in_`` and ``feature_names_in_``, which are those of X itself."""
    estimator.encoding_ = encoding
    validate_data(estimator, X, skip_check_array=True)


def table_names(estimator: Any) -> tuple[str, ...] | None:
    """Return the names of the columns that a fitted estimator's coefficients or weights belong to."""
    encoding, names = fitted_encoding(estimator), vars(estimator).get("feature_names_in_")
    if encoding is not None:
        return encoding.names
    return None if names is None else tuple(names.tolist())


def table_width(estimator: Any) -> int:
    """Return the number of these columns."""
    encoding, given = fitted_encoding(estimator), int(estimator.n_features_in_)
    return given if encoding is None else len(encoding.names)


def width_note(estimator: Any) -> str:
    """Return a note for a summary: how many columns categories become; empty without any."""
    encoding = fitted_encoding(estimator)
    return (
        "" if encoding is None else f"{len(encoding.names)} columns with the levels of categories"
    )


def _some_columns(X: Any, places: list[int]) -> Any:
    """Return some columns of a data frame, as a frame of its library."""
    import pandas as pd

    if isinstance(X, pd.DataFrame):
        return X.iloc[:, places]
    import narwhals

    frame = narwhals.from_native(X, eager_only=True)
    return frame.select([frame.columns[place] for place in places]).to_native()
