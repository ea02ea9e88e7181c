"""`ArmSummary`: means over the runs of an arm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bridle.workbench.evidence.curves.trend import LateEpochs, late_epochs
from bridle.workbench.evidence.intervals.corrected_interval import Interval
from bridle.workbench.evidence.overfitting import optimism, overfitting_rate
from bridle.workbench.evidence.results.pairs import mean_over_splits, mean_risk, succeeded
from bridle.workbench.protocol import Protocol
from bridle.workbench.record import Record

__all__ = ["ArmSummary", "summarise"]


@dataclass(frozen=True)
class ArmSummary:
    """Summary of the runs of an arm; unknown numbers are None.

    Attributes
    ----------
    name : str
        Name of the arm.
    runs, failures : int
        Numbers of runs and of failed runs among them; means are over the others.
    test_risk, test_risk_sd : float or None
        Mean over the runs, and standard deviation over the splits (with n - 1) if there are at
        least two.
    train_risk, score : float or None
        Means of the training risk, and of accuracy or R2 on the test rows.
    seconds : float
        Mean wall time of a run, failures included.
    optimism : Interval or None
        Interval of the test risk minus the training risk.
    overfitting_rate : float or None
        Relative overfitting rate: 0 for none, 1 if the whole gain over the dummy is lost on new
        rows.
    late_epochs : LateEpochs or None
        Change of the validation loss at the end of training; only for arms that train in epochs.
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
    """Return the summary of an arm.

    Parameters
    ----------
    name : str
        Name of the arm.
    runs : sequence of Record
        Its runs, at least one.
    dummy_risk : float or None
        Test risk of the dummy, if known.
    protocol : Protocol
        Rules of the study.
    """
    done = [run for run in runs if succeeded(run)]
    risks = mean_over_splits(done, protocol, lambda record: record.test_risk or 0.0)
    return ArmSummary(
        name=name,
        runs=len(runs),
        failures=len(runs) - len(done),
        test_risk=mean_risk(done),
        test_risk_sd=float(np.std(risks, ddof=1)) if len(risks) > 1 else None,
        train_risk=_mean([record.train_risk for record in done]),
        score=_mean([record.test_score for record in done]),
        seconds=float(np.mean([run.seconds for run in runs])),
        optimism=optimism(runs, protocol),
        overfitting_rate=overfitting_rate(runs, dummy_risk, protocol),
        late_epochs=late_epochs(runs, protocol),
    )


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None
