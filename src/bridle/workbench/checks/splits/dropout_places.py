"""The guidance about dropout, among the checks of a study."""

from __future__ import annotations

from bridle.dropout.guidance import run_checks
from bridle.workbench.checks.base import Finding, NotApplicable
from bridle.workbench.checks.splits.view import SplitView

__all__ = ["CODE", "check"]

CODE = "BR3xx dropout"


def check(view: SplitView) -> tuple[Finding, ...] | NotApplicable:
    """Find what is unwise about the dropout of the networks, with the codes of its guidance."""
    if not view.places:
        return NotApplicable("no network with dropout is compared")
    return tuple(
        Finding(one.code, None, one.reason, one.remedy, "warning")
        for one in run_checks(view.places)
    )
