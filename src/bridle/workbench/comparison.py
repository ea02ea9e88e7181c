"""A plain arm against its regularised one: the difference on shared splits, and what it means."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from bridle.workbench.interval import Interval, corrected_interval
from bridle.workbench.protocol import Protocol
from bridle.workbench.record import Record
from bridle.workbench.task import Task
from bridle.workbench.trend import still_falling

__all__ = ["PAIRS", "Comparison", "Decision", "compare_arms", "mean_risk", "succeeded"]

Decision = Literal[
    "invalid", "underfits", "helps", "hurts", "benign gap", "no difference", "inconclusive"
]

PAIRS = (("baseline", "dropout"), ("linear", "elastic_net"))
"""Names of a plain arm and of the arm that adds nothing to it but the regulariser."""


@dataclass(frozen=True)
class Comparison:
    """What regularisation bought.

    Attributes
    ----------
    plain, regularised : str
        Names of the arms.
    n_splits : int
        Splits on which both arms gave a result.
    interval : Interval or None
        Of the difference: test risk of the plain arm minus that of the regularised one, in the
        unit of the metric; above 0 where the regularised arm is better. None with fewer than two
        splits.
    margin : float
        A difference below it is negligible, in the unit of the metric; 0 where nothing ran.
    decision : str
        One of `Decision`.
    negligible : bool
        Whether the whole interval, so the difference too, lies within the margin on either side
        of 0. What helps or hurts may be negligible all the same.
    optimism : Interval or None
        Of the test risk minus the training risk of the plain arm, over the same splits.
    still_falling : tuple of str
        Arms whose validation loss was still falling when training ended (`trend`).
    reason : str
        Why the comparison is invalid; empty where it is not.
    sentence : str
        All of it in words; `judge` writes it.
    """

    plain: str
    regularised: str
    n_splits: int
    interval: Interval | None
    margin: float
    decision: Decision
    negligible: bool
    optimism: Interval | None
    still_falling: tuple[str, ...]
    reason: str = ""
    sentence: str = ""

    @property
    def difference(self) -> float | None:
        """Mean of the difference; above 0 where the regularised arm is better."""
        return None if self.interval is None else self.interval.mean


def succeeded(record: Record) -> bool:
    """Whether a run gave finite risks."""
    risks = (record.test_risk, record.train_risk)
    return record.failure is None and all(
        risk is not None and math.isfinite(risk) for risk in risks
    )


def mean_risk(records: Sequence[Record]) -> float | None:
    """Return the mean test risk over the runs that succeeded; None where none did."""
    risks = [one.test_risk for one in records if succeeded(one) and one.test_risk is not None]
    return float(np.mean(risks)) if risks else None


def compare_arms(
    plain: Sequence[Record],
    regularised: Sequence[Record],
    protocol: Protocol,
    task: Task,
    dummy_risk: float | None,
    objection: str = "",
) -> Comparison:
    """Compare two arms on the seeds that both have.

    With m the margin, the first of these that holds is the decision:

    ============= ==================================================================================
    invalid       there is an objection, a run failed or has no finite risk, or both arms share
                  fewer than two seeds
    underfits     the validation losses of both were still falling at the end; or the arm with the
                  lower test risk has a training risk that is not below the dummy's risk minus m
    helps         the interval of the difference lies above 0
    hurts         it lies below 0
    benign gap    it lies in [-m, m], and the interval of the plain arm's optimism lies above m: the
                  plain arm overfits, but regularisation would not pay
    no difference it lies in [-m, m]
    inconclusive  none of these
    ============= ==================================================================================

    Parameters
    ----------
    plain, regularised : sequence of Record
        The runs of one arm each, at least one.
    protocol : Protocol
        ``margin_share`` and ``confidence``.
    task : Task
    dummy_risk : float or None
        Test risk of the model that ignores the features. m is ``margin_share`` times this, or times
        the plain arm's test risk where it is not known.
    objection : str, default=""
        Why no comparison of these records can be trusted.
    """
    level = dummy_risk if dummy_risk is not None else mean_risk(plain) or 0.0
    margin = protocol.margin_share * level
    by_seed = {one.seed: one for one in regularised if succeeded(one)}
    pairs = [(one, by_seed[one.seed]) for one in plain if succeeded(one) and one.seed in by_seed]
    test_plain, test_regularised = _risks(pairs, "test_risk")
    train_plain, train_regularised = _risks(pairs, "train_risk")
    difference = _interval(test_plain - test_regularised, pairs, protocol)
    # The curves of a regression are in units of the target's variance, where the dummy's risk is 1.
    curve_level = level if task.is_classification else 1.0
    falling = tuple(
        records[0].arm
        for records in (plain, regularised)
        if still_falling(records, curve_level, protocol.confidence)
    )
    optimism = _interval(test_plain - train_plain, pairs, protocol)
    reason = objection or _failures(plain, regularised, len(pairs))
    if reason or difference is None or optimism is None:
        decision: Decision = "invalid"
    elif len(falling) == 2 or (
        dummy_risk is not None
        and np.mean(train_regularised if difference.mean > 0 else train_plain)
        >= dummy_risk - margin
    ):
        decision = "underfits"
    else:
        decision = _decide(difference, optimism, margin)
    return Comparison(
        plain=plain[0].arm,
        regularised=regularised[0].arm,
        n_splits=len(pairs),
        interval=difference,
        margin=margin,
        decision=decision,
        negligible=difference is not None and difference.within(margin),
        optimism=optimism,
        still_falling=falling,
        reason=reason,
    )


def _decide(difference: Interval, optimism: Interval, margin: float) -> Decision:
    if difference.low > 0:
        return "helps"
    if difference.high < 0:
        return "hurts"
    if not difference.within(margin):
        return "inconclusive"
    return "benign gap" if optimism.low > margin else "no difference"


def _risks(
    pairs: Sequence[tuple[Record, Record]], field: Literal["test_risk", "train_risk"]
) -> npt.NDArray[np.float64]:
    """Return the risks of the plain arms in the first row, of the regularised in the second."""
    risks = [[getattr(one, field) for one in pair] for pair in pairs]
    return np.array(risks, dtype=np.float64).reshape(-1, 2).T


def _interval(
    values: npt.NDArray[np.float64], pairs: Sequence[tuple[Record, Record]], protocol: Protocol
) -> Interval | None:
    if len(pairs) < 2:
        return None
    n_train = float(np.mean([one.n_train for one, _ in pairs]))
    n_test = float(np.mean([one.n_test for one, _ in pairs]))
    return corrected_interval(values, n_train, n_test, protocol.confidence)


def _failures(plain: Sequence[Record], regularised: Sequence[Record], n_splits: int) -> str:
    """Return why the runs cannot be compared, or nothing."""
    for records in (regularised, plain):
        failed = [one for one in records if not succeeded(one)]
        if failed:
            first = min(failed, key=lambda one: one.seed)
            why = first.failure or "its risk is not a finite number"
            some = f"{len(failed)} of" if len(failed) < len(records) else "all"
            return (
                f"{some} {len(records)} runs of {first.arm} failed, "
                f"the first at seed {first.seed} ({why.rstrip('.')})"
            )
    if n_splits < 2:
        return f"the arms share {n_splits or 'no'} split, and an interval needs two"
    return ""
