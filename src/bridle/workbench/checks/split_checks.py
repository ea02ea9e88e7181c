"""The checks of a study before it runs."""

from __future__ import annotations

from bridle.workbench.checks import (
    class_imbalance,
    crossing_groups,
    dropout_places,
    duplicate_rows,
    sorted_rows,
    too_few_rows,
    untested_class,
)
from bridle.workbench.checks.base import Finding, NotApplicable
from bridle.workbench.checks.split_view import SplitCheck, SplitView

__all__ = ["SPLIT_CHECKS", "run_split_checks"]

SPLIT_CHECKS: dict[str, SplitCheck] = {
    class_imbalance.CODE: class_imbalance.check,
    too_few_rows.CODE: too_few_rows.check,
    duplicate_rows.CODE: duplicate_rows.check,
    sorted_rows.CODE: sorted_rows.check,
    crossing_groups.CODE: crossing_groups.check,
    untested_class.CODE: untested_class.check,
    dropout_places.CODE: dropout_places.check,
}
"""Every check of the splits by its code."""


def run_split_checks(view: SplitView) -> tuple[tuple[Finding, ...], dict[str, str]]:
    """Return what all checks find, and by code why one is not applicable."""
    results = {code: check(view) for code, check in SPLIT_CHECKS.items()}
    return (
        tuple(one for found in results.values() if isinstance(found, tuple) for one in found),
        {code: one.reason for code, one in results.items() if isinstance(one, NotApplicable)},
    )
