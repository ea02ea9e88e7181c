"""`gather_blocks`: selects kept rows and columns of a weight; its gradient is a gather too."""

from __future__ import annotations

from math import prod
from typing import Any

from bridle.backend import computed_first, load_keras
from bridle.dropout.subnetwork import Selection

__all__ = ["gather_blocks", "spread_blocks"]

keras = load_keras()
ops = keras.ops


def gather_blocks(x: Any, rows: Selection | None = None, columns: Selection | None = None) -> Any:
    """Return the kept rows and columns of a weight; on XLA the gradient needs no scatter.

    ``y[..., i, j] = x[..., rows.kept[i], columns.kept[j]]``; the gradient is the inverse gather
    ``dx[..., i, j] = dy[..., rows.position[i], columns.position[j]]`` where both are kept, else 0.

    Parameters
    ----------
    x : tensor of shape (..., n_rows, n_columns), or (n_columns,)
    rows, columns : Selection, optional
        Selections along the second-last and the last axis; None keeps all.

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
    """Return the kept units at their positions in the whole layer, zeros elsewhere.

    Parameters
    ----------
    x : tensor of shape (..., m)
    columns : Selection
        A selection of m of n units.

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
    if keras.backend.backend() != "jax":
        return _along(_along(x, rows, -2, "kept"), columns, -1, "kept")
    return _blocks_at(x, rows, columns, "kept")


def _put_back(x: Any, rows: Selection | None, columns: Selection | None) -> Any:
    if keras.backend.backend() != "jax":
        return _along(_along(x, columns, -1, "position"), rows, -2, "position")
    return _blocks_at(x, rows, columns, "position")


def _along(x: Any, chosen: Selection | None, axis: int, which: str) -> Any:
    """Gather along one axis by the index array ``which``; dropped positions become zero."""
    if chosen is None:
        return x
    if which == "position" and keras.backend.backend() == "torch":
        # On PyTorch a scatter is not serial, and faster than a gather and a mask.
        shape = [*x.shape]
        shape[axis] = chosen.n_units
        return x.new_zeros(shape).index_copy_(axis, chosen.kept.long(), x)
    x = ops.take(x, getattr(chosen, which), axis=axis)
    if which == "kept":
        return x
    present = chosen.present if axis == -1 else chosen.present[:, None]
    return ops.where(present, x, ops.zeros((), dtype=x.dtype))


def _blocks_at(x: Any, rows: Selection | None, columns: Selection | None, which: str) -> Any:
    """Gather along both axes at once on JAX, by one gather of blocks.

    A gather of columns alone would give a transposed array on XLA, which every later operation
    would read with a stride.
    """
    shape = tuple(x.shape)
    *leading, n_rows, n_columns = shape if len(shape) > 1 else (1, *shape)
    size = n_columns if columns is None else columns.block_size
    row = ops.arange(n_rows) if rows is None else getattr(rows, which)
    block = ops.arange(1) if columns is None else columns.blocks(getattr(columns, which))
    starts = ops.arange(prod(leading)) * n_rows
    place = (starts[:, None] + row[None, :])[..., None] * (n_columns // size) + block
    # The indices are within bounds by construction.
    y = ops.reshape(x, (-1, size)).at[place].get(mode="promise_in_bounds")
    if which == "position":
        y = ops.where(_present(rows, columns), y, ops.zeros((), dtype=x.dtype))
    ending = (row.shape[0], -1) if len(shape) > 1 else (-1,)
    return computed_first(ops.reshape(y, (*leading, *ending)))


def _present(rows: Selection | None, columns: Selection | None) -> Any:
    """Return which blocks are kept, to be broadcast against (row, block, unit in block)."""
    of_rows = ops.ones((), "bool") if rows is None else rows.present[:, None, None]
    return of_rows if columns is None else ops.logical_and(of_rows, columns.present_blocks[:, None])
