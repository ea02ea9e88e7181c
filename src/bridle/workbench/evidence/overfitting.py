"""Overfitting of an arm: optimism, and the same without a scale."""

from __future__ import annotations

from collections.abc import Sequence

from bridle.workbench.evidence.corrected_interval import Interval
from bridle.workbench.evidence.pairing import pair_runs
from bridle.workbench.protocol import Protocol
from bridle.workbench.record import Record

__all__ = ["optimism", "overfitting_rate"]


def optimism(records: Sequence[Record], protocol: Protocol) -> Interval | None:
    """Return the interval of the test risk minus the training risk, noise off, penalty left out.

    None with fewer than two splits that gave a result.
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

    0 where training rows say what new ones do, 1 where all that was learnt is lost on new rows, and
    above 1 where new rows are predicted worse than by ignoring the features. It has no scale.

    Parameters
    ----------
    records : sequence of Record
        The runs of one arm.
    dummy_risk : float or None
        The risk without information: that of the model that ignores the features.
    protocol : Protocol

    Returns
    -------
    float or None
        None where the dummy's risk is not known, or the arm learnt nothing on its training rows.

    Notes
    -----
    Source: Efron and Tibshirani, "Improvements on cross-validation: the .632+ bootstrap method",
    Journal of the American Statistical Association 92 (1997) 548-560, equation 28. There the risk
    without information pairs each prediction with every target; the dummy's is the smallest such
    risk of a constant prediction, and is not clipped to 1 here.
    """
    pairs = pair_runs(records, records, protocol)
    if dummy_risk is None or pairs.n_splits == 0:
        return None
    (test, _), (train, _) = (risks.mean(axis=1).tolist() for risks in (pairs.test, pairs.train))
    return None if train >= dummy_risk else (test - train) / (dummy_risk - train)
