"""BR107: solvers that stopped before they converged."""

from __future__ import annotations

from typing import Any

from bridle.workbench.checks.base import NotApplicable
from bridle.workbench.checks.records.view import RecordView
from bridle.workbench.explanation import Explanation
from bridle.workbench.finding import Finding

__all__ = ["CODE", "EXPLANATION", "check"]

CODE = "BR107 non-convergence"

EXPLANATION = Explanation(
    finds="A solver stopped before it converged, or its duality gap is large.",
    matters="Its coefficients are not those of the model that was asked for.",
    remedy="Look for columns on very different scales, or for classes that a column separates.",
)

_GAP = 1e-4
"""Largest relative duality gap of a fit that counts as converged."""


def check(view: RecordView) -> tuple[Finding, ...] | NotApplicable:
    """Find arms whose solver ran out of iterations, or whose duality gap is large."""
    told = {
        arm: [known for run in runs if (known := _converged(run.details or {})) is not None]
        for arm, runs in view.by_arm.items()
    }
    if not any(told.values()):
        return NotApplicable("no arm that ran reports whether its solver converged")
    return tuple(
        Finding(
            CODE,
            None,
            f"{arm} did not converge in {done.count(False)} of {len(done)} runs, so its risk is "
            "that of an incomplete fit.",
            "If the classes are linearly separable, or the features order the events without an error, "
            "no best unpenalised fit exists: use the elastic net. Otherwise look for features with "
            "very different scales.",
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
