"""Choices at the end of what there was to choose from."""

from __future__ import annotations

from bridle.workbench.checks.base import Finding, NotApplicable
from bridle.workbench.checks.records.view import RecordView

__all__ = ["CODE", "check"]

CODE = "BR106 grid-edge"

_DETAIL = "at_grid_edge"


def check(view: RecordView) -> tuple[Finding, ...] | NotApplicable:
    """Find arms that chose the weakest strength on offer in more than half of their runs."""
    choosing = {
        arm: [(one.details or {})[_DETAIL] for one in runs if _DETAIL in (one.details or {})]
        for arm, runs in view.by_arm.items()
    }
    choosing = {arm: edges for arm, edges in choosing.items() if edges}
    if not choosing:
        return NotApplicable("no arm that ran chooses from a grid")
    return tuple(
        Finding(
            CODE,
            None,
            f"{arm} chose the weakest penalty that it was offered in {sum(edges)} of {len(edges)} "
            "runs: the best one may lie beyond.",
            "Read it as no need of a penalty, unless the model separates the classes (BR113): then "
            "any weaker one looks better. ElasticNetCV fits a longer path.",
            "warning",
        )
        for arm, edges in choosing.items()
        if 2 * sum(edges) > len(edges)
    )
