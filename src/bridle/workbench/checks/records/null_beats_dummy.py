"""A null that must fail, and did not."""

from __future__ import annotations

from bridle.workbench.checks.base import Finding, NotApplicable
from bridle.workbench.checks.records.view import RecordView
from bridle.workbench.evidence.pairing import pair_runs

__all__ = ["CODE", "check"]

CODE = "BR205 null-beats-dummy"

_NULL, _DUMMY = "permuted_target", "dummy"


def check(view: RecordView) -> tuple[Finding, ...] | NotApplicable:
    """Find that an arm which learnt from a shuffled target beats the model that ignores features.

    It does where the interval of the dummy's risk minus the null's lies above the margin.
    """
    if not (_NULL in view.by_arm and _DUMMY in view.by_arm):
        return NotApplicable(f"the arms {_NULL} and {_DUMMY} did not both run")
    pairs = pair_runs(view.by_arm[_DUMMY], view.by_arm[_NULL], view.protocol)
    interval = pairs.interval(pairs.test[0] - pairs.test[1], view.protocol.confidence)
    if interval is None:
        return NotApplicable(f"the arms {_NULL} and {_DUMMY} share fewer than two splits")
    if interval.low <= view.margin:
        return ()
    return (
        Finding(
            CODE,
            None,
            "A model that learnt from a shuffled target beats the dummy on the test rows, which "
            "chance does not do: it knows the test rows by another way.",
            "Look for test rows, or what was computed from them, among what the models are given.",
            "invalid",
        ),
    )
