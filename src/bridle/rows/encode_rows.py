"""Encoding of the categories of rows out of memory, learnt from one scan of their texts."""

from __future__ import annotations

from collections.abc import Callable

from bridle.encoding.categories import are_categories
from bridle.encoding.frame_encoding import FrameEncoding, levels_of
from bridle.encoding.levels import MOST_LEVELS, Levels
from bridle.errors import DataTypeError, InputError
from bridle.rows.row_source import RowSource
from bridle.rows.scans.column_scan import ColumnContents, ColumnScan

__all__ = ["encoding_of_rows"]


def encoding_of_rows(
    source: RowSource, scan: Callable[[ColumnScan], list[ColumnContents]]
) -> FrameEncoding | None:
    """Return the encoding of a row source's categories, as `encoding_of` of its rows in memory does.

    Parameters
    ----------
    source : RowSource
    scan : callable
        Sums over all rows of the source. It is called once if columns may hold text.

    Returns
    -------
    FrameEncoding or None
        None if no column holds categories.

    Raises
    ------
    InputError
        A column of text is not of categories, or has too many; see `categories_of`. Or it holds numbers
        elsewhere.
    """
    names = source.columns.given
    if not source.texts:
        return None
    found = scan(ColumnScan(source.texts, source.keeps_order))
    levels: dict[int, Levels] = {}
    for name, texts in zip(source.texts, found, strict=True):
        if _are_levels(name, texts):
            declared = texts.declared and source.keeps_order
            own = texts.occurring if declared else sorted(texts.occurring)
            levels[names.index(name)] = levels_of(name, own, has_missing=texts.missing > 0)
    return FrameEncoding(names, levels) if levels else None


def _are_levels(name: str, texts: ColumnContents) -> bool:
    """Return whether a column is one of categories; False for numbers and text of numbers."""
    distinct, is_declared = texts.occurring, bool(texts.declared)
    if not distinct:
        return False
    if texts.other:
        raise DataTypeError(
            f"Column {name!r} must hold text everywhere, or numbers. Received: {texts.other}, text in "
            f"{texts.declared or texts.plain}."
        )
    if len(distinct) <= MOST_LEVELS:
        return are_categories(distinct, texts.rows, name, is_declared=is_declared)
    if texts.are_numbers and not is_declared:
        return False
    # Not all texts are counted, so that their share of the rows is not known.
    some = distinct[:MOST_LEVELS]
    are_categories(some, 2 * len(some), name, is_declared=is_declared)
    raise InputError(
        f"A column of categories must have at most {MOST_LEVELS:,} levels. Received: more in column "
        f"{name!r}. Group the levels, or drop the column."
    )
