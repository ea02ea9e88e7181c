"""The checks of dropout (BR3xx), applied to the networks of a study."""

from __future__ import annotations

from bridle.dropout.guidance import run_checks
from bridle.workbench.checks.base import NotApplicable
from bridle.workbench.checks.splits.view import SplitView
from bridle.workbench.explanation import Explanation
from bridle.workbench.finding import Finding

__all__ = ["CODE", "EXPLANATION", "check"]

CODE = "BR3xx dropout"

EXPLANATION = Explanation(
    finds=("The dropout of a network is in a harmful place, such as before a batch normalisation."),
    matters="Training and prediction then disagree, or the noise does nothing.",
    remedy=(
        "Move it as the finding says; `bridle.check_dropout(model)` checks a network of yours."
    ),
)


def check(view: SplitView) -> tuple[Finding, ...] | NotApplicable:
    """Find problems with the dropout of the compared networks."""
    if not view.places:
        return NotApplicable("no network with dropout is compared")
    return tuple(
        Finding(finding.code, None, finding.reason, finding.remedy, "warning")
        for finding in run_checks(view.places)
    )
