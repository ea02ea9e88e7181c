"""Arms against the dummy: which are shown to predict new rows better than it does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bridle.workbench.evidence.corrected_interval import Interval
from bridle.workbench.evidence.pairing import mean_risk, pair_runs
from bridle.workbench.protocol import Protocol
from bridle.workbench.record import Record
from bridle.workbench.task import Task

__all__ = ["DUMMY", "NULL", "ROUNDING", "beats_dummy", "gain_over_dummy"]

DUMMY = "dummy"

_SCORE_CONFIDENCE = 0.999
"""Accuracy speaks for an arm where its risk does not, so chance has to be all but excluded."""

ROUNDING = 1e-9
"""Of the dummy's risk: an arm without a coefficient is the dummy but for less than this."""

NULL = "permuted_target"
"""An arm that learns from a shuffled target, and is nobody's choice."""


def gain_over_dummy(
    by_arm: Mapping[str, Sequence[Record]], name: str, protocol: Protocol
) -> Interval | None:
    """Return the interval of the dummy's test risk minus an arm's, on the splits that both have.

    None where the dummy did not run, or both share fewer than two splits.
    """
    pairs = pair_runs(by_arm.get(DUMMY, ()), by_arm[name], protocol)
    return pairs.interval(pairs.test[0] - pairs.test[1], protocol.confidence)


def beats_dummy(
    by_arm: Mapping[str, Sequence[Record]], protocol: Protocol, task: Task
) -> frozenset[str] | None:
    """Return the arms that are shown to be better than the dummy, the null left out.

    That is where the interval of `gain_over_dummy` lies above 0 by more than rounding; or, for
    classes, where the interval of the gain in accuracy lies above 0 at a level of 99.9 %: a network
    that is too certain may tell the classes apart and have a higher log loss than the dummy all the
    same.

    None where no arm can be held against the dummy: then it is not known.
    """
    gains = {
        name: gain
        for name in by_arm
        if name not in (DUMMY, NULL)
        and (gain := gain_over_dummy(by_arm, name, protocol)) is not None
    }
    if not gains:
        return None
    level = mean_risk(by_arm[DUMMY]) or 0.0
    return frozenset(
        name
        for name, gain in gains.items()
        if gain.low > ROUNDING * level
        or (task.is_classification and _more_accurate(by_arm, name, protocol))
    )


def _more_accurate(by_arm: Mapping[str, Sequence[Record]], name: str, protocol: Protocol) -> bool:
    pairs = pair_runs(by_arm[DUMMY], by_arm[name], protocol)
    gain = pairs.interval(pairs.score[1] - pairs.score[0], _SCORE_CONFIDENCE)
    return gain is not None and gain.low > 0
