"""BR205: a model trained on a shuffled target beats a constant prediction."""

from __future__ import annotations

from bridle.workbench.checks.base import NotApplicable
from bridle.workbench.checks.records.view import RecordView
from bridle.workbench.evidence.results.pairs import pair_runs
from bridle.workbench.explanation import Explanation
from bridle.workbench.finding import Finding

__all__ = ["CODE", "EXPLANATION", "check"]

CODE = "BR205 null-beats-dummy"

EXPLANATION = Explanation(
    finds="A model trained on a shuffled target predicts better than a constant.",
    matters=(
        "A shuffled target cannot be learnt, so something about the test rows leaks into "
        "training. The verdict is invalid."
    ),
    remedy="Look for repeated rows, for groups and for columns made from the whole table.",
)

_NULL, _DUMMY = "permuted_target", "dummy"


def check(view: RecordView) -> tuple[Finding, ...] | NotApplicable:
    """Return a finding if the control, trained on a shuffled target, beats the dummy.

    It does if the interval of the control's risk minus the dummy's is below minus the margin.
    """
    if not (_NULL in view.by_arm and _DUMMY in view.by_arm):
        return NotApplicable(f"the arms {_NULL} and {_DUMMY} did not both run")
    pairs = pair_runs(view.by_arm[_DUMMY], view.by_arm[_NULL], view.protocol)
    interval = pairs.interval(pairs.test_change, view.protocol.confidence)
    if interval is None:
        return NotApplicable(f"the arms {_NULL} and {_DUMMY} share fewer than two splits")
    if interval.high >= -view.margin:
        return ()
    return (
        Finding(
            CODE,
            None,
            "A model trained on a shuffled target beats the dummy, a constant prediction, by more "
            "than chance. Test rows probably leak into training.",
            "Look for test rows, or values computed from them, among the inputs of the models.",
            "invalid",
        ),
    )
