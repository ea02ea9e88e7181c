"""Fits that stopped before they were done."""

from __future__ import annotations

from typing import Any

from bridle.workbench.checks.base import Finding, NotApplicable
from bridle.workbench.checks.records.view import RecordView

__all__ = ["CODE", "check"]

CODE = "BR107 non-convergence"

_GAP = 1e-4
"""A relative duality gap above this is no solution to judge by."""


def check(view: RecordView) -> tuple[Finding, ...] | NotApplicable:
    """Find arms whose solver ran out of iterations, or whose certificate leaves a wide gap."""
    told = {
        arm: [known for one in runs if (known := _converged(one.details or {})) is not None]
        for arm, runs in view.by_arm.items()
    }
    if not any(told.values()):
        return NotApplicable("no arm that ran says whether its solver converged")
    return tuple(
        Finding(
            CODE,
            None,
            f"{arm} did not converge in {done.count(False)} of {len(done)} runs: its risk is that "
            "of an unfinished fit.",
            "Classes that a straight line separates have no best unpenalised fit: read the elastic "
            "net's instead. Otherwise look for features on very different scales.",
            "warning",
        )
        for arm, done in told.items()
        if False in done
    )


def _converged(details: dict[str, Any]) -> bool | None:
    if "converged" in details:
        return bool(details["converged"])
    gap = details.get("relative_gap")
    return None if gap is None else float(gap) <= _GAP
