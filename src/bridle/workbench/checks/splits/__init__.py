"""The checks of a study before it runs."""

from __future__ import annotations

from bridle.workbench.checks.base import Finding, NotApplicable
from bridle.workbench.checks.splits import (
    class_imbalance,
    crossing_groups,
    drift,
    dropout_places,
    duplicate_rows,
    likely_groups,
    near_duplicates,
    sorted_rows,
    too_few_rows,
    untested_class,
)
from bridle.workbench.checks.splits.view import SplitCheck, SplitView

__all__ = ["SPLIT_CHECKS", "run_split_checks"]

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
"""Every check of the splits by its code."""


def run_split_checks(view: SplitView) -> tuple[tuple[Finding, ...], dict[str, str]]:
    """Return what all checks find, and by code why one is not applicable."""
    results = {code: _attempt(check, view) for code, check in SPLIT_CHECKS.items()}
    return (
        tuple(one for found in results.values() if isinstance(found, tuple) for one in found),
        {code: one.reason for code, one in results.items() if isinstance(one, NotApplicable)},
    )


def _attempt(check: SplitCheck, view: SplitView) -> tuple[Finding, ...] | NotApplicable:
    """Run a check; one that fails says so, since the runs of the study are done by now."""
    try:
        return check(view)
    except Exception as error:
        return NotApplicable(f"it failed with {type(error).__name__}: {error}")
