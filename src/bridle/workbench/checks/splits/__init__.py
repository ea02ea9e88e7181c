"""The checks of the splits of a study, before its runs."""

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

__all__ = ["SPLIT_CHECKS"]

SPLIT_CHECKS: dict[str, SplitCheck] = {
    class_imbalance.CODE: class_imbalance.check,
    too_few_rows.CODE: too_few_rows.check,
    duplicate_rows.CODE: duplicate_rows.check,
    near_duplicates.CODE: near_duplicates.check,
    sorted_rows.CODE: sorted_rows.check,
    crossing_groups.CODE: crossing_groups.check,
    likely_groups.CODE: likely_groups.check,
    drift.CODE: drift.check,
    untested_class.CODE: untested_class.check,
    dropout_places.CODE: dropout_places.check,
}
"""Checks of the splits, by code."""
