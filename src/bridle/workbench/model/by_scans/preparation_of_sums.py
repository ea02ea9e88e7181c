"""Preparation of sums: the fitted preparation of a scanned table, from the moments of its rows."""

from __future__ import annotations

import numpy as np

from bridle.arguments.option_words import option
from bridle.elastic_net.data.column_ranges import ColumnRanges
from bridle.elastic_net.streaming.reader import Reader
from bridle.encoding.levels import Levels
from bridle.errors import InputError
from bridle.types import Array
from bridle.workbench.data.preparation import Preparation, Scaled
from bridle.workbench.model.by_scans.learnt_columns import LearntColumns
from bridle.workbench.model.by_scans.scanned_table import ScannedTable

__all__ = ["centers_of", "preparation_of_sums", "scales_of"]

_EXACT = 2**53
"""Largest number up to which floats represent all integers."""


def preparation_of_sums(table: ScannedTable, columns: LearntColumns, reader: Reader) -> Preparation:
    """Return the preparation of the features, whose columns are those of the reader.

    Raises
    ------
    InputError
        No column varies, or one holds integers that floats round.
    """
    _refuse_rounded(table, columns, reader)
    moments = reader.moments_of_all()
    deviations = np.sqrt(np.maximum(np.diag(moments.gram), 0.0))
    constant = _ranges(reader).constant
    scales = np.where((deviations > 0) & ~constant, deviations, 1.0)
    blocks, end = list[Scaled | Levels](), 0
    for names, marked in ((columns.numbers, columns.marked), (columns.booleans, ())):
        if names:
            some = slice(end, end + len(names) + len(marked))
            end = some.stop
            means = moments.mean[some]
            known = np.rint(means) if names is columns.booleans else means
            fills = [columns.fills.get(name, known[j]) for j, name in enumerate(names)]
            places = tuple(names.index(name) for name in marked)
            blocks.append(Scaled(names, np.array(fills), places, means, scales[some]))
    blocks += [made.levels for made in columns.levels]
    kept = np.flatnonzero(~constant)
    if not kept.size:
        raise InputError(
            f"No feature varies over the {reader.rows:,} rows. Give features that differ between rows."
        )
    return Preparation(tuple(blocks), kept, tuple(columns.names[j] for j in kept))


def centers_of(preparation: Preparation) -> Array:
    """Return what a preparation subtracts from each column of its blocks."""
    blocks = preparation.blocks
    return np.concatenate(
        [
            block.mean if isinstance(block, Scaled) else np.zeros(len(block.names))
            for block in blocks
        ]
    )


def scales_of(preparation: Preparation) -> Array:
    """Return what a preparation divides each column of its blocks by."""
    blocks = preparation.blocks
    return np.concatenate(
        [
            block.scale if isinstance(block, Scaled) else np.ones(len(block.names))
            for block in blocks
        ]
    )


def _refuse_rounded(table: ScannedTable, columns: LearntColumns, reader: Reader) -> None:
    for name, largest in zip(columns.names, _ranges(reader).largest, strict=True):
        if name in table.whole and largest > _EXACT:
            raise InputError(
                f"Column {name!r} must hold whole numbers up to 2^53 in a table that is scanned, since "
                f"floats round larger ones. Received: {largest:.17g}. Subtract a constant, or leave it "
                f"out: "
                f"{option('drop', name)}."
            )


def _ranges(reader: Reader) -> ColumnRanges:
    assert reader.found is not None
    return reader.found.ranges
