"""BR103: columns with missing values."""

from __future__ import annotations

import pandas as pd

from bridle.arguments.option_words import WORD, option
from bridle.workbench.columns.columns import kind_of
from bridle.workbench.columns.text_rules import Kind
from bridle.workbench.explanation import Explanation
from bridle.workbench.finding import Finding

__all__ = ["CODE", "EXPLANATION", "check"]

CODE = "BR103 missing-values"

EXPLANATION = Explanation(
    finds="A column has missing values.",
    matters=(
        "Missing numbers are guessed from the training rows, and a further column marks them; missing "
        "categories are a category of their own."
    ),
    remedy=(
        "Fill them in if they are known, or leave the column out with --drop COLUMN. If a word was "
        "read as missing and is a value, keep it with --keep WORD."
    ),
)

_FILLED: dict[Kind, str] = {
    "number": "it is filled from the training rows, and an indicator column is added",
    "boolean": "it is filled from the training part",
    "category": "that is a category of its own",
}


def check(frame: pd.DataFrame) -> tuple[Finding, ...]:
    """Find columns with missing values and count them."""
    counts = frame.isna().sum(axis=0).to_numpy()
    return tuple(
        _finding(name, int(count), len(frame), _FILLED[kind_of(frame[name].dtype)])
        for name, count in zip(frame.columns, counts, strict=True)
        if count
    )


def _finding(name: str, count: int, rows: int, filled: str) -> Finding:
    return Finding(
        CODE,
        name,
        f"Column {name!r} is missing in {count:,} of {rows:,} rows; {filled}.",
        f"Nothing to do. If a word was read as missing but is a value: {option('keep', WORD)}.",
        "warning",
    )
