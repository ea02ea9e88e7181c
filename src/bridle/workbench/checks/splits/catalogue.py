"""Catalogue of the checks of the splits of a study, which run before its fits."""

from __future__ import annotations

from bridle.workbench.checks.splits import (
    class_imbalance,
    crossing_groups,
    drift,
    dropout_places,
    sorted_rows,
    too_few_rows,
    untested_class,
)
from bridle.workbench.checks.splits.similar_rows import (
    duplicate_rows,
    likely_groups,
    near_duplicates,
)
from bridle.workbench.checks.splits.view import SplitCheck

__all__ = [
    "SPLIT_CHECKS",
    "SPLIT_FILES",
]

SPLIT_FILES = (
    class_imbalance,
    too_few_rows,
    duplicate_rows,
    near_duplicates,
    sorted_rows,
    crossing_groups,
    likely_groups,
    drift,
    untested_class,
    dropout_places,
)

SPLIT_CHECKS: dict[str, SplitCheck] = {file.CODE: file.check for file in SPLIT_FILES}
"""Checks of the splits, by code."""
