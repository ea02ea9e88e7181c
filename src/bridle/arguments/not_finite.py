"""Error messages for X and y that are not finite numbers, with the column and the row."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NoReturn

import numpy as np
import numpy.typing as npt
from sklearn.utils import check_array
from sklearn.utils.multiclass import check_classification_targets

from bridle.arguments.frames import column_kinds, column_names
from bridle.arguments.real_numbers import real_array, refuse_masked, shown
from bridle.errors import DataTypeError, InputError
from bridle.types import Array

__all__ = [
    "check_finite_columns",
    "check_finite_targets",
    "check_kinds",
    "check_labels",
    "check_targets_given",
    "column_label",
    "explain",
    "reason_of",
]

Names = tuple[str, ...] | None

# Characters of another library's error in a message.
_LONGEST = 250

_KINDS = {
    "complex": ("Complex data not supported", "Use real and imaginary parts as two columns."),
    "date": ("Dates are not numbers", "Convert them, for instance to days since the first."),
    "time": (
        "Times of day are not numbers",
        "Convert them, for instance to seconds since midnight.",
    ),
    "category": (
        "Categories are not numbers, even if their names are",
        "Encode the column, for instance with sklearn.preprocessing.OneHotEncoder in a "
        "sklearn.compose.ColumnTransformer; if it is a quantity, convert it to numbers.",
    ),
    "duration": ("Durations are not numbers", "Convert them, for instance to seconds."),
}
_KINDS_OF_ARRAYS = {"c": "complex", "M": "date", "m": "duration"}


def column_label(column: int, names: Names) -> str:
    """Return the label of a column in messages: its quoted name, or its number."""
    return str(column) if names is None else repr(names[column])


def check_kinds(X: Any) -> None:
    """Raise an error for column types that would silently be read as wrong numbers.

    Raises
    ------
    DataTypeError
        X is complex, holds dates, durations or categories, or has masked values.
    """
    if isinstance(X, np.ndarray):
        columns = [("0", _KINDS_OF_ARRAYS.get(X.dtype.kind, ""), str(X.dtype))]
    else:
        columns = [(repr(name), kind, dtype) for name, kind, dtype in column_kinds(X)]
    for label, kind, dtype in columns:
        if kind in _KINDS:
            problem, remedy = _KINDS[kind]
            raise DataTypeError(
                f"{problem}. X must hold real numbers. Received: {dtype} in column {label}. {remedy}"
            )
    refuse_masked("X", X)


def check_finite_columns(
    finite: npt.NDArray[np.bool_], column: Callable[[int], npt.NDArray[Any]], names: Names
) -> None:
    """Raise an error for NaN and infinity in X that names the column, the count and the first row.

    Parameters
    ----------
    finite : ndarray of bool of shape (p,)
        Whether all numbers of a column are finite.
    column : function of an int
        Returns the numbers of a column.
    names : tuple of p str or None
        Column names, if known.

    Raises
    ------
    InputError
        A column is not finite.
    """
    bad_columns = np.flatnonzero(~finite)
    if not bad_columns.size:
        return
    first = int(bad_columns[0])
    bad = np.flatnonzero(~np.isfinite(column(first)))
    others = f", and so do {bad_columns.size - 1} other columns" if bad_columns.size > 1 else ""
    raise InputError(
        f"X contains values that are NaN or infinity: column {column_label(first, names)} has "
        f"{bad.size}, the first at row {bad[0]}{others}. Drop these rows or impute them, for instance "
        "with sklearn.impute.SimpleImputer."
    )


def check_finite_targets(y: Array) -> None:
    """Raise an error for NaN and infinity in y, of shape (n,), that names the row.

    Raises
    ------
    InputError
        A target is NaN or infinite.
    """
    if np.isfinite(y).all():
        return
    bad = np.flatnonzero(~np.isfinite(y))
    raise InputError(
        f"y must hold finite numbers. Received: {y[bad[0]]} in row {bad[0]} "
        f"({bad.size} such rows). Drop these rows."
    )


def check_labels(y: npt.NDArray[Any]) -> None:
    """Raise an error for numbers that cannot be class labels, and for missing labels.

    Raises
    ------
    InputError
        A label is missing, or the numbers are not classes.
    """
    if y.dtype.kind == "f":
        check_finite_targets(y)
    if _are_few_whole_numbers(y):
        return
    try:
        check_classification_targets(y)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"y must hold class labels: text, booleans or integers. Received: {reason_of(error)}. "
            "Round the numbers to classes, or use a regression."
        ) from error


def _are_few_whole_numbers(y: npt.NDArray[Any]) -> bool:
    """Return whether y is whole numbers that repeat, on which scikit-learn's check would lose time."""
    if y.ndim != 1 or y.dtype.kind not in "biuf" or (y.dtype.kind == "f" and np.any(y % 1)):
        return False
    return np.unique(y).size <= y.size // 2


def check_targets_given(y: Any) -> None:
    """Raise an error for targets that are None or partly masked.

    Raises
    ------
    InputError
        y is None; `DataTypeError` if some values are masked.
    """
    if y is None:
        raise InputError(
            "y must have one target for each row of X. Received: y=None, and this estimator requires y "
            "to be passed, but the target y is None."
        )
    refuse_masked("y", y)


def reason_of(error: Exception) -> str:
    """Return the message of another library's error on one line, shortened."""
    said = " ".join(str(error).split()).rstrip(".")
    return said if len(said) <= _LONGEST else f"{said[:_LONGEST]}…"


def explain(
    X: Any, y: Any, error: Exception, *, y_numeric: bool = True, several: bool = False
) -> NoReturn:
    """Raise an error that explains why X and y cannot be read, with column and row if possible.

    Parameters
    ----------
    X : object
        Features as given.
    y : object or None
        Targets as given.
    error : ValueError, TypeError or OverflowError
        The original error.
    y_numeric : bool
        Whether y must hold numbers rather than labels. Default True.
    several : bool
        Whether y may have several columns. Default False.

    Raises
    ------
    InputError
        Always; `DataTypeError` if a value has the wrong type. The original error is its cause.
    """
    if isinstance(X, np.ndarray) and X.ndim != 2:
        raise InputError(
            f"X must have two dimensions, rows and features. Received: shape {X.shape}. Reshape your "
            "data with X.reshape(-1, 1) if it is one feature, with X.reshape(1, -1) if it is one row."
        ) from error
    if (found := next(_unreadable(X), None)) is not None:
        column, row, value = found
        raise DataTypeError(
            f"X must hold numbers. Received: {shown(value)} in column {column}, row {row} ({error}). "
            "Drop the column or encode it, for instance with sklearn.preprocessing.OneHotEncoder."
        ) from error
    kind = DataTypeError if isinstance(error, TypeError) else InputError
    if str(error).startswith("The feature names"):
        # scikit-learn's checks require this wording.
        raise InputError(
            f"X must have the columns of the fit, in the same order. Received: other columns. {error}"
            "Pass the columns that feature_names_in_ lists, in its order."
        ) from error
    reason = reason_of(error)
    if y is None or not _is_table(X):
        raise kind(
            "X must be a table of numbers with rows and features, such as an array or a DataFrame, and "
            f"for predictions with the features of the fit. Received: {_type_of(X)} ({reason})."
        ) from error
    if _axes(y) == 1:
        try:
            numbers = real_array("y", y)
        except InputError:
            if y_numeric:
                raise
        else:
            check_finite_targets(numbers)
    if several:
        raise kind(
            "y must have a row of numbers for each row of X, with a column for each response. "
            f"Received: {_type_of(y)} ({reason})."
        ) from error
    raise kind(
        f"y must have one {'number' if y_numeric else 'label'} for each row of X, in one column. "
        f"Received: {_type_of(y)} ({reason}). If there are several columns, fit a model for each."
    ) from error


def _is_table(X: Any) -> bool:
    """Return whether X can be read, so that the problem must be y."""
    try:
        check_array(X, accept_sparse=True, dtype=None, ensure_all_finite=False)
    except (TypeError, ValueError, OverflowError):
        return False
    names = {isinstance(name, str) for name in getattr(X, "columns", ())}
    return len(names) < 2


def _type_of(given: Any) -> str:
    """Return type and shape of an argument, or the argument itself if it has no shape."""
    shape = getattr(given, "shape", ())
    return f"{type(given).__name__} of shape {shape}" if shape else shown(given)


def _axes(values: Any) -> int:
    try:
        return np.ndim(values)
    except (TypeError, ValueError):  # lists of different lengths
        return 2


def _unreadable(X: Any) -> Iterator[tuple[str, int, Any]]:
    """Yield column, row and value of all entries that are not numbers."""
    if isinstance(X, np.ndarray) and X.dtype.kind in "biuf":
        return
    try:
        values: npt.NDArray[Any] = np.asarray(X, dtype=object)
    except (TypeError, ValueError):
        return
    if values.ndim != 2:
        return
    names = column_names(X)
    for number, column in enumerate(values.T):
        label = column_label(number, names)
        yield from (
            (label, row, number) for row, number in enumerate(column) if not _is_readable(number)
        )


def _is_readable(value: Any) -> bool:
    try:
        float(value)
    except (TypeError, ValueError, OverflowError):
        return value is None
    return True
