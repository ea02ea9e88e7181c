"""BR112: unpenalised fits without a unique solution."""

from __future__ import annotations

from bridle.workbench.checks.base import NotApplicable
from bridle.workbench.checks.records.view import RecordView
from bridle.workbench.explanation import Explanation
from bridle.workbench.finding import Finding

__all__ = ["CODE", "EXPLANATION", "check"]

CODE = "BR112 minimum-norm"

EXPLANATION = Explanation(
    finds="A linear model without a penalty has as many features as rows, or more.",
    matters="It has no single solution; that with the smallest sum of squared coefficients is used.",
    remedy="Use the elastic net, which has one.",
)

_DETAIL = "minimum_norm"


def check(view: RecordView) -> tuple[Finding, ...] | NotApplicable:
    """Find arms that fitted as many features as rows without a penalty."""
    told = {
        arm: [(run.details or {})[_DETAIL] for run in runs if _DETAIL in (run.details or {})]
        for arm, runs in view.by_arm.items()
    }
    if not any(told.values()):
        return NotApplicable("no arm that ran fits without a penalty")
    return tuple(
        Finding(
            CODE,
            None,
            f"{arm} has at least as many features as training rows in {sum(some)} of {len(some)} "
            "runs, so its solution is not unique. The solution with the smallest norm was used.",
            "Use the penalised arm instead: its solution is unique, and it is recommended unless it "
            "is shown to be worse.",
            "warning",
        )
        for arm, some in told.items()
        if any(some)
    )
