"""Arms that are shown to predict new rows better than the dummy, a constant prediction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bridle.workbench.evidence.intervals.corrected_interval import Interval
from bridle.workbench.evidence.results.pairs import mean_risk, pair_runs
from bridle.workbench.protocol import Protocol
from bridle.workbench.record import Record
from bridle.workbench.task import Task

__all__ = ["DUMMY", "NULL", "ROUNDING", "beats_dummy", "change_from_dummy"]

DUMMY = "dummy"

_SCORE_CONFIDENCE = 0.999
"""Level for the gain in accuracy. It may outweigh a worse risk, so chance must be nearly excluded."""

ROUNDING = 1e-9
"""Change relative to the dummy's risk that may be rounding: a model without coefficients has less."""

NULL = "permuted_target"
"""The control, which is trained on a shuffled target and never recommended."""


def change_from_dummy(
    by_arm: Mapping[str, Sequence[Record]], name: str, protocol: Protocol
) -> Interval | None:
    """Return the interval of an arm's test risk minus the dummy's, on their common splits.

    None if the dummy did not run, or if there are fewer than two common splits.
    """
    pairs = pair_runs(by_arm.get(DUMMY, ()), by_arm[name], protocol)
    return pairs.interval(pairs.test_change, protocol.decision_confidence)


def beats_dummy(
    by_arm: Mapping[str, Sequence[Record]], protocol: Protocol, task: Task
) -> frozenset[str] | None:
    """Return the arms that are shown to be better than the dummy, without the control.

    An arm is better if the interval of `change_from_dummy` is below 0 by more than rounding. For
    classes it is also better if the interval of its gain in accuracy, at a level of 99.9 %, is
    above 0: an overconfident network can predict the classes well and still have a higher log loss
    than the dummy. None if no arm can be compared with the dummy.
    """
    changes = {
        name: change
        for name in by_arm
        if name not in (DUMMY, NULL)
        and (change := change_from_dummy(by_arm, name, protocol)) is not None
    }
    if not changes:
        return None
    level = mean_risk(by_arm[DUMMY]) or 0.0
    return frozenset(
        name
        for name, change in changes.items()
        if change.high < -ROUNDING * level
        or (task.is_classification and _more_accurate(by_arm, name, protocol))
    )


def _more_accurate(by_arm: Mapping[str, Sequence[Record]], name: str, protocol: Protocol) -> bool:
    pairs = pair_runs(by_arm[DUMMY], by_arm[name], protocol)
    gain = pairs.interval(pairs.score[1] - pairs.score[0], _SCORE_CONFIDENCE)
    return gain is not None and gain.low > 0
