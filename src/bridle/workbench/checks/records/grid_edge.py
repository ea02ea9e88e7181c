"""BR106: most runs of an arm chose the weakest penalty of the grid."""

from __future__ import annotations

from bridle.workbench.checks.base import NotApplicable
from bridle.workbench.checks.records.view import RecordView
from bridle.workbench.explanation import Explanation
from bridle.workbench.finding import Finding

__all__ = ["CODE", "EXPLANATION", "check"]

CODE = "BR106 grid-edge"

EXPLANATION = Explanation(
    finds="An arm chose the weakest penalty of its grid in most runs.",
    matters="A weaker penalty, or none, may be better.",
    remedy="Compare with the arm without a penalty, or fit a longer path with ElasticNetCV.",
)

_DETAIL = "at_grid_edge"


def check(view: RecordView) -> tuple[Finding, ...] | NotApplicable:
    """Find arms that chose the weakest strength of the grid in more than half of their runs."""
    choosing = {
        arm: [(run.details or {})[_DETAIL] for run in runs if _DETAIL in (run.details or {})]
        for arm, runs in view.by_arm.items()
    }
    choosing = {arm: edges for arm, edges in choosing.items() if edges}
    if not choosing:
        return NotApplicable("no arm that ran chooses from a grid")
    return tuple(
        Finding(
            CODE,
            None,
            f"{arm} chose the weakest penalty of its grid in {sum(edges)} of {len(edges)} runs; a "
            "weaker one may be better.",
            "The data hardly need a penalty, unless the model separates the classes (BR113), when "
            "any weaker penalty looks better. ElasticNetCV can fit a longer path.",
            "warning",
        )
        for arm, edges in choosing.items()
        if 2 * sum(edges) > len(edges)
    )
