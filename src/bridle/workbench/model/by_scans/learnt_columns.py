"""Learnt columns: how the columns of a scanned table are read and prepared, from counts over its rows.

They are those of the table in memory. A column of text is read by its different texts, which the code
for tables in memory reads; levels, the median in place of a missing number and the most frequent truth
value come from counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from bridle.arguments.option_words import option
from bridle.elastic_net.streaming.reader import Reader
from bridle.encoding.levels import MISSING, MOST_LEVELS, Levels, distinct_names, name_rows
from bridle.errors import InputError
from bridle.rows.blocks.made_columns import Filled, MadeColumn, Marker, Relabelled
from bridle.rows.scans.column_scan import ColumnContents, ColumnScan
from bridle.rows.scans.median_scan import exact_medians
from bridle.workbench.columns.column_reading import read_column
from bridle.workbench.columns.columns import canonical_column, how_to_drop, kind_of
from bridle.workbench.columns.missing_words import MissingWords
from bridle.workbench.columns.text_rules import Labels, Rule
from bridle.workbench.data.preparation import RARE
from bridle.workbench.model.by_scans.scanned_table import NeedsWholeTableError, ScannedTable

__all__ = ["LearntColumns", "assumed_columns", "learn_columns"]

_FEWEST = 2


@dataclass(frozen=True)
class LearntColumns:
    """The features of a table, and what the columns of the prepared matrix are made of.

    Attributes
    ----------
    rules : mapping of str to Rule
        How each feature is read, in the order of the table.
    numbers, booleans : tuple of str
    fills : mapping of str to float
        Replacement of missing values, for the columns that have some.
    levels : tuple of Relabelled
        Of each column of categories.
    """

    rules: Mapping[str, Rule]
    numbers: tuple[str, ...]
    booleans: tuple[str, ...]
    fills: Mapping[str, float]
    levels: tuple[Relabelled, ...]

    @property
    def marked(self) -> tuple[str, ...]:
        """Columns of numbers with missing values, each with an indicator of them."""
        return tuple(name for name in self.numbers if name in self.fills)

    @property
    def made_of(self) -> tuple[MadeColumn, ...]:
        """What the columns of the blocks are made of, in the order of the preparation."""
        filled = {name: Filled(name, fill) for name, fill in self.fills.items()}
        return (
            *(filled.get(name, name) for name in self.numbers),
            *map(Marker, self.marked),
            *(filled.get(name, name) for name in self.booleans),
            *self.levels,
        )

    @property
    def names(self) -> tuple[str, ...]:
        """Names of these columns."""
        levels = [name for made in self.levels for name in made.levels.names]
        markers = [f"{name} (missing)" for name in self.marked]
        return tuple(distinct_names([*self.numbers, *markers, *self.booleans, *levels]))


def assumed_columns(table: ScannedTable) -> LearntColumns | None:
    """Return the columns if no value is missing; None if text or missing values must be counted."""
    if table.texts or table.has_gaps:
        return None
    return LearntColumns(table.rules, **table.kinds, fills={}, levels=())


def learn_columns(table: ScannedTable, reader: Reader) -> LearntColumns:
    """Count texts and missing values in a scan, and find medians of columns in up to four more.

    Raises
    ------
    NeedsWholeTableError
        A column of text does not hold categories that few texts stand for.
    InputError
        A column cannot be used in memory either.
    """
    names = table.source.columns.given
    counted = reader.scan(ColumnScan(names, keeps_order=False), "texts and missing values")
    contents = dict(zip(names, counted, strict=True))
    levels, rules = list[Relabelled](), dict[str, Rule]()
    for name in names:
        found = contents[name]
        if found.missing == found.rows:
            continue
        if name in table.rules:
            rules[name] = table.rules[name]
            continue
        read = _categories(name, found)
        if read is not None:
            made, rules[name] = read
            levels.append(made)
    kinds = {kind: tuple(name for name in of if name in rules) for kind, of in table.kinds.items()}
    gaps = {name: contents[name] for name in rules if contents[name].missing}
    known = {
        name: found.rows - found.missing for name, found in gaps.items() if name in kinds["numbers"]
    }
    fills = exact_medians(lambda scan: reader.scan(scan, "medians"), known) if known else {}
    for name in kinds["booleans"]:
        if name in gaps:
            found = contents[name]
            fills[name] = float(2 * found.truths > found.rows - found.missing)
    return LearntColumns(rules, **kinds, fills=fills, levels=tuple(levels))


def _categories(name: str, found: ColumnContents) -> tuple[Relabelled, Rule] | None:
    """Return the levels of a column of text and its rule; None if it is left out in memory."""
    if found.other:
        raise InputError(
            f"Column {name!r} must hold text in all files, or numbers. Received: {found.other}, text "
            f"in {found.declared or found.plain}."
        )
    _refuse_many(name, found)
    texts = found.occurring
    labels, rule = _labels(name, texts, found)
    counts: dict[str, int] = {}
    for text in texts:
        meant = labels[text]
        label = MISSING if meant is None else meant
        counts[label] = counts.get(label, 0) + found.counts[text]
    if found.missing:
        counts[MISSING] = counts.get(MISSING, 0) + found.missing
    different = len({label for label in labels.values() if label is not None})
    if len(counts) < _FEWEST or _names_rows(counts, found):
        return None
    if name_rows(different, found.rows):
        raise InputError(
            f"Column {name!r} is text with {different:,} different values, more than half of its "
            f"{found.rows:,} rows, and cannot be used as a category. Group the values. "
            f"{how_to_drop(name)}"
        )
    own = tuple(level for level in sorted(counts) if counts[level] >= RARE)
    levels = Levels(name, own, rest=len(own) < len(counts))
    return Relabelled(levels, labels), rule


def _refuse_many(name: str, found: ColumnContents) -> None:
    if len(found.occurring) > MOST_LEVELS:
        raise NeedsWholeTableError(
            f"column {name!r} is text with more than {MOST_LEVELS:,} different values. Group them, or "
            f"leave the column out: {option('drop', name)}"
        )


def _names_rows(counts: Mapping[str, int], found: ColumnContents) -> bool:
    """Return whether text looks like an identifier; see `identifier_column`."""
    unique = len(counts) == found.rows and not found.missing
    return unique and not any(any(map(str.isspace, label)) for label in counts)


def _labels(
    name: str, texts: list[str], found: ColumnContents
) -> tuple[dict[str, str | None], Rule]:
    """Return what each text means, None for a missing value, and the rule for new texts."""
    read = read_column(_as_column(texts, found), name, MissingWords())
    values = canonical_column(read.values, name)
    if kind_of(values.dtype) != "category":
        how = " and ".join(read.how) or "as numbers or truth values"
        raise NeedsWholeTableError(
            f"column {name!r} is read {how} in memory. Write it plainly, or leave it out: "
            f"{option('drop', name)}"
        )
    meant = [None if pd.isna(value) else str(value) for value in values.iloc[: len(texts)]]
    known = sorted({label for label in meant if label is not None})
    return dict(zip(texts, meant, strict=True)), read.rule or Labels(tuple(known))


def _as_column(texts: list[str], found: ColumnContents) -> pd.Series[Any]:
    """Return a column with each text once in order, then again as often as decides ties of labels."""
    counts = [found.counts[text] for text in texts]
    ranks = np.unique(counts, return_inverse=True)[1]
    again = [text for text, rank in zip(texts, ranks, strict=True) for _ in range(rank)]
    values: list[str | None] = [*texts, *again, *[None] * (found.missing > 0)]
    index = pd.Index(["with this text"] * len(values), name="rows")
    return pd.Series(values, index=index, dtype="category" if found.declared else object)
