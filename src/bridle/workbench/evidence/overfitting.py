"""Overfitting of an arm: optimism, and the overfitting rate, which has no unit."""

from __future__ import annotations

from collections.abc import Sequence

from bridle.workbench.evidence.intervals.corrected_interval import Interval
from bridle.workbench.evidence.results.pairs import pair_runs
from bridle.workbench.protocol import Protocol
from bridle.workbench.record import Record

__all__ = ["optimism", "overfitting_rate"]


def optimism(records: Sequence[Record], protocol: Protocol) -> Interval | None:
    """Return the interval of test risk minus training risk, both without noise and penalty.

    None if fewer than two splits have a result.
    """
    pairs = pair_runs(records, records, protocol)
    gap, _ = pairs.test - pairs.train
    return pairs.interval(gap, protocol.confidence)


def overfitting_rate(
    records: Sequence[Record], dummy_risk: float | None, protocol: Protocol
) -> float | None:
    r"""Return the relative overfitting rate of an arm.

    .. math:: R = \frac{\text{test risk} - \text{training risk}}
                       {\text{risk without information} - \text{training risk}}

    The rate is the fraction of the gain over the dummy on training rows that is lost on new rows: 0
    without overfitting, 1 if the whole gain is lost, above 1 if the arm predicts new rows worse
    than the dummy.

    Parameters
    ----------
    records : sequence of Record
        The runs of one arm.
    dummy_risk : float or None
        The risk without information: that of the dummy.
    protocol : Protocol

    Returns
    -------
    float or None
        None if the dummy's risk is not known, or if the arm is no better than the dummy on its
        training rows.

    Notes
    -----
    Source: Efron and Tibshirani, "Improvements on cross-validation: the .632+ bootstrap method",
    Journal of the American Statistical Association 92 (1997) 548-560, equation 28. There, the risk
    without information pairs each prediction with every target, and the rate is clipped to 1. The
    dummy's risk, used here, is the smallest such risk of a constant prediction.
    """
    pairs = pair_runs(records, records, protocol)
    if dummy_risk is None or pairs.count == 0:
        return None
    (test, _), (train, _) = (risks.mean(axis=1).tolist() for risks in (pairs.test, pairs.train))
    return None if train >= dummy_risk else (test - train) / (dummy_risk - train)
