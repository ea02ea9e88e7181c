"""BR113: linear models that separate the classes of their training rows.

Without a penalty the coefficients of such a model have no finite optimum.
"""

from __future__ import annotations

from bridle.workbench.checks.base import NotApplicable
from bridle.workbench.checks.records.view import RecordView
from bridle.workbench.explanation import Explanation
from bridle.workbench.finding import Finding

__all__ = ["CODE", "EXPLANATION", "check"]

CODE = "BR113 separation"

EXPLANATION = Explanation(
    finds="A linear model separates the classes of its training rows without an error.",
    matters=(
        "Without a penalty its coefficients grow without limit, and its probabilities become 0 "
        "and 1."
    ),
    remedy="Use the elastic net, or check whether a column gives the target away.",
)

_DETAIL = "separated"


def check(view: RecordView) -> tuple[Finding, ...] | NotApplicable:
    """Find linear arms with no training error in more than half of their runs."""
    told = {
        arm: [(run.details or {})[_DETAIL] for run in runs if _DETAIL in (run.details or {})]
        for arm, runs in view.by_arm.items()
        if arm != "permuted_target"
    }
    if not any(told.values()):
        return NotApplicable("no linear model of classes ran")
    return tuple(
        Finding(
            CODE,
            None,
            f"{arm} separates the classes of its training rows in {sum(some)} of {len(some)} runs: "
            + _WHAT.get(arm, "only its penalty keeps its coefficients finite")
            + ".",
            "Do not interpret coefficients as odds ratios, nor take probabilities near 0 and 1 "
            "literally: the penalty determines their size. The accuracy does not depend on it.",
            "warning",
        )
        for arm, some in told.items()
        if 2 * sum(some) > len(some)
    )


_WHAT = {"linear": "without a penalty its coefficients grow without limit, and were cut off"}
