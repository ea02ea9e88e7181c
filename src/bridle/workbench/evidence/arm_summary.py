"""Summary of an arm: its runs in a few numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bridle.workbench.evidence.corrected_interval import Interval
from bridle.workbench.evidence.overfitting import optimism, overfitting_rate
from bridle.workbench.evidence.pairing import mean_over_splits, mean_risk, succeeded
from bridle.workbench.evidence.trend import LateEpochs, late_epochs
from bridle.workbench.protocol import Protocol
from bridle.workbench.record import Record

__all__ = ["ArmSummary", "summarise"]


@dataclass(frozen=True)
class ArmSummary:
    """The runs of one arm; a number that is not known is None.

    Attributes
    ----------
    name : str
    runs, failures : int
        Failures count among the runs, and count in no mean.
    test_risk, test_risk_sd : float or None
        Mean over the runs, and standard deviation over the splits (with n - 1) where there are two.
    train_risk, score : float or None
        Means of the training risk, and of accuracy or R2 on the test rows.
    seconds : float
        Mean wall time of a run, failures included.
    optimism : Interval or None
        Of the test risk minus the training risk.
    overfitting_rate : float or None
        Relative overfitting rate: 0 for none, 1 where all that was learnt is lost on new rows.
    late_epochs : LateEpochs or None
        How the validation loss still moved at the end; only for arms that train by epochs.
    """

    name: str
    runs: int
    failures: int
    test_risk: float | None
    test_risk_sd: float | None
    train_risk: float | None
    score: float | None
    seconds: float
    optimism: Interval | None = None
    overfitting_rate: float | None = None
    late_epochs: LateEpochs | None = None


def summarise(
    name: str, runs: Sequence[Record], dummy_risk: float | None, protocol: Protocol
) -> ArmSummary:
    """Summarise the runs of one arm, at least one.

    Parameters
    ----------
    name : str
    runs : sequence of Record
    dummy_risk : float or None
        Test risk of the model that ignores the features.
    protocol : Protocol
    """
    done = [one for one in runs if succeeded(one)]
    risks = mean_over_splits(done, protocol, lambda one: one.test_risk or 0.0)
    return ArmSummary(
        name=name,
        runs=len(runs),
        failures=len(runs) - len(done),
        test_risk=mean_risk(done),
        test_risk_sd=float(np.std(risks, ddof=1)) if len(risks) > 1 else None,
        train_risk=_mean([one.train_risk for one in done]),
        score=_mean([one.test_score for one in done]),
        seconds=float(np.mean([one.seconds for one in runs])),
        optimism=optimism(runs, protocol),
        overfitting_rate=overfitting_rate(runs, dummy_risk, protocol),
        late_epochs=late_epochs(runs, protocol),
    )


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None
