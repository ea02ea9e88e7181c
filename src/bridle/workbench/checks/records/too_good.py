"""BR111: a risk that is too good to be true."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from bridle.arguments.option_words import COLUMN, option
from bridle.workbench.checks.base import NotApplicable
from bridle.workbench.checks.records.view import RecordView
from bridle.workbench.evidence.results.pairs import succeeded
from bridle.workbench.explanation import Explanation
from bridle.workbench.finding import Finding
from bridle.workbench.record import Record

__all__ = ["CODE", "EXPLANATION", "check"]

CODE = "BR111 too-good"

EXPLANATION = Explanation(
    finds="A test loss is below a thousandth of that of a constant prediction.",
    matters="Real data hardly allow that; usually a column gives the target away.",
    remedy="Look first at the columns that the finding names.",
)

_TIMES = 1000
"""A risk this many times below the dummy's is reported: an R2 above 0.999, or its like for classes."""
_MOST_TIMES = 10**6
"""The most that is said in a number: beyond it, risks are those of rounding."""

_NAMED = 3


def check(view: RecordView) -> tuple[Finding, ...] | NotApplicable:
    """Return a finding if the risk of the best arm is at most a thousandth of the dummy's."""
    means = {arm: _mean_risk(runs) for arm, runs in view.by_arm.items()}
    dummy = means.pop("dummy", None)
    means.pop("permuted_target", None)
    known = {arm: risk for arm, risk in means.items() if risk is not None}
    if dummy is None or not known:
        return NotApplicable("the dummy or every other arm has no result")
    best = min(known, key=lambda arm: known[arm])
    if known[best] * _TIMES > dummy:
        return ()
    times = _share(known[best], dummy)
    features = _largest(view)
    look = (
        f"Check the columns with the largest coefficients first: {features}. " if features else ""
    )
    return (
        Finding(
            CODE,
            None,
            f"The risk of {best} on new rows is {times} the dummy's. Real targets can seldom be "
            "predicted so well.",
            f"{look}Is a column, or a combination of columns, computed from the target, or known "
            f"only after it? Then leave it out: {option('drop', COLUMN)}.",
            "warning",
        ),
    )


def _share(risk: float, dummy: float) -> str:
    if risk <= 0:
        return "0, not"
    if risk * _MOST_TIMES < dummy:
        return f"less than 1/{_MOST_TIMES:,} of"
    return f"1/{dummy / risk:,.0f} of"


def _mean_risk(runs: Sequence[Record]) -> float | None:
    risks = [run.test_risk for run in runs if succeeded(run) and run.test_risk is not None]
    return sum(risks) / len(risks) if risks else None


def _largest(view: RecordView) -> str:
    """Return the features with the largest coefficients of a linear arm, summed over its runs."""
    for arm in ("elastic_net", "linear"):
        sizes: defaultdict[str, float] = defaultdict(float)
        for record in view.by_arm.get(arm, ()):
            for feature, outputs in (record.coefficients or {}).items():
                sizes[feature] += sum(map(abs, outputs))
        if sizes:
            return ", ".join(map(repr, sorted(sizes, key=lambda label: -sizes[label])[:_NAMED]))
    return ""
