"""The one primitive of sub-network dropout: gather, and gather back."""

from __future__ import annotations

from typing import Any

from bridle.dropout.backend import computed_first, load_keras
from bridle.dropout.subnetwork import Selection

__all__ = ["gather_blocks", "spread_blocks"]

keras = load_keras()
ops = keras.ops


def gather_blocks(x: Any, rows: Selection | None = None, columns: Selection | None = None) -> Any:
    """Return the kept rows and columns of a weight, with a gradient that needs no scatter.

    ``y[..., i, j] = x[..., rows.kept[i], columns.kept[j]]``; the gradient is the inverse gather
    ``dx[..., i, j] = dy[..., rows.position[i], columns.position[j]]`` where both are kept, else 0.

    Parameters
    ----------
    x : tensor of shape (..., n_rows, n_columns), or (n_columns,)
    rows, columns : Selection, optional
        Of the last axis but one and of the last axis; None for all of them.

    Returns
    -------
    tensor of shape (..., m_rows, m_columns)
    """
    if rows is None and columns is None:
        return ops.convert_to_tensor(x)

    def gather(x: Any) -> tuple[Any, Any]:
        def back(*args: Any, upstream: Any = None) -> Any:
            return _put_back(args[0] if upstream is None else upstream, rows, columns)

        return _take(x, rows, columns), back

    return ops.custom_gradient(gather)(ops.convert_to_tensor(x))


def spread_blocks(x: Any, columns: Selection) -> Any:
    """Return units where they stand in the whole, zeros at the dropped ones; no scatter either way.

    Parameters
    ----------
    x : tensor of shape (..., m)
    columns : Selection
        Of m of n units.

    Returns
    -------
    tensor of shape (..., n)
    """

    def spread(x: Any) -> tuple[Any, Any]:
        def back(*args: Any, upstream: Any = None) -> Any:
            return _take(args[0] if upstream is None else upstream, None, columns)

        return _put_back(x, None, columns), back

    return ops.custom_gradient(spread)(ops.convert_to_tensor(x))


def _take(x: Any, rows: Selection | None, columns: Selection | None) -> Any:
    kept = [None if one is None else one.kept for one in (rows, columns)]
    return computed_first(_at(x, *kept))


def _put_back(x: Any, rows: Selection | None, columns: Selection | None) -> Any:
    zero = ops.zeros((), dtype=x.dtype)
    if columns is not None:
        x = ops.where(columns.present, _at(x, None, columns.position), zero)
        x = computed_first(x)
    if rows is not None:
        # Not computed first: an optimiser's update reads it once, row by row.
        x = ops.where(rows.present[:, None], _at(x, rows.position, None), zero)
    return x


def _at(x: Any, rows: Any, columns: Any) -> Any:
    """Return the elements at rows and columns of the last two axes, None for all."""
    if keras.backend.backend() != "jax":
        for axis, index in ((-2, rows), (-1, columns)):
            x = x if index is None else ops.take(x, index, axis=axis)
        return x
    # One gather of elements, whose places need no check: two would write the rows out in between.
    if rows is None:
        place: tuple[Any, ...] = (..., columns)
    elif columns is None:
        place = (..., rows, slice(None))
    else:
        place = (..., rows[:, None], columns[None, :])
    return x.at[place].get(mode="promise_in_bounds")
