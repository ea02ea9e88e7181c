"""Unpenalised fits that have no one solution."""

from __future__ import annotations

from bridle.workbench.checks.base import Finding, NotApplicable
from bridle.workbench.checks.records.view import RecordView

__all__ = ["CODE", "check"]

CODE = "BR112 minimum-norm"

_DETAIL = "minimum_norm"


def check(view: RecordView) -> tuple[Finding, ...] | NotApplicable:
    """Find arms that fitted as many features as rows without a penalty."""
    told = {
        arm: [(one.details or {})[_DETAIL] for one in runs if _DETAIL in (one.details or {})]
        for arm, runs in view.by_arm.items()
    }
    if not any(told.values()):
        return NotApplicable("no arm that ran fits without a penalty")
    return tuple(
        Finding(
            CODE,
            None,
            f"{arm} has as many features as training rows or more in {sum(some)} of {len(some)} "
            "runs, and so no one solution: of all that fit the rows best, that of the smallest norm "
            "was taken.",
            "Read the penalised arm instead: it has one solution, and is recommended unless it is "
            "shown to be worse.",
            "warning",
        )
        for arm, some in told.items()
        if any(some)
    )
