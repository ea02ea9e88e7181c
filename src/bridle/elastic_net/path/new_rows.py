"""New rows for a path: their table and offset, which must fit the rows of the fit."""

from __future__ import annotations

import numpy.typing as npt

from bridle.arguments.frames import check_new_names, column_names
from bridle.elastic_net.data.inputs import (
    check_columns,
    check_table,
)
from bridle.elastic_net.design.table import Table, TableLike
from bridle.errors import InputError

__all__ = ["check_offset_given", "new_table"]


def new_table(X: TableLike, terms: tuple[str, ...], *, has_names: bool) -> Table:
    """Return X as a table, with the columns of the fit.

    Parameters
    ----------
    X : array-like or sparse matrix of shape (m, p)
    terms : tuple of p str
        Names of the features of the fit.
    has_names : bool
        Whether they are the names of its data, which those of X must then equal.

    Raises
    ------
    InputError
        X does not have the columns of the fit, which are levels where an estimator was fitted to
        columns of categories; or it is not finite.
    """
    names = column_names(X)
    if has_names:
        _refuse_categories(names, terms)
        check_new_names(names, terms)
    table = check_table(X)
    check_columns(table, names)
    if table.shape[1] != len(terms):
        raise InputError(
            f"X must have the {len(terms)} features that the path was fitted on. "
            f"Received: {table.shape[1]} features."
        )
    return table


def _refuse_categories(names: tuple[str, ...] | None, terms: tuple[str, ...]) -> None:
    """Raise an error for a frame with the columns of categories whose levels are the terms."""
    without = set(terms).difference(names or terms)
    columns = [name for name in names or () if name not in terms]
    of_levels = [name for name in columns if any(one.startswith(f"{name}=") for one in without)]
    if of_levels:
        raise InputError(
            "X must be the matrix that the path was fitted to, with a column for each level of "
            f"{', '.join(map(repr, of_levels))}. Received: a data frame with columns of categories. "
            "Call encoding_.apply(X) of the fitted estimator, or its predict(X)."
        )


def check_offset_given(offset: npt.ArrayLike | None, *, expected: bool) -> None:
    """Check that an offset is given if, and only if, the path was fitted with one.

    Raises
    ------
    InputError
        An offset is missing or unexpected.
    """
    if (offset is not None) != expected:
        raise InputError(
            "offset is required for prediction if, and only if, the path was fitted with one. "
            f"Received: {'no offset' if offset is None else 'an offset'}."
        )
