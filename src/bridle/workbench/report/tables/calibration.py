"""Calibration of an arm over all its runs: predicted probabilities and observed fractions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bridle.types import Array
from bridle.workbench.record import Record

__all__ = ["calibration_bins", "calibration_error"]


def calibration_bins(records: Sequence[Record]) -> Array | None:
    """Return rows, summed probability and hits of each tenth of probability, added over all runs."""
    tables = [
        record.measures["calibration"]
        for record in records
        if record.measures is not None and "calibration" in record.measures
    ]
    return np.sum(np.array(tables, dtype=np.float64), axis=0) if tables else None


def calibration_error(records: Sequence[Record]) -> float | None:
    r"""Return the mean distance between predicted and observed fractions, weighted by rows.

    .. math:: \sum_b \frac{n_b}{n} \Bigl| \bar p_b - \frac{h_b}{n_b} \Bigr|

    Bin b has n_b rows with mean probability p_b, and h_b hits. The error is in [0, 1]; it is None
    if no run has measured probabilities.

    Source: Naeini, Cooper and Hauskrecht 2015, "Obtaining well calibrated probabilities using
    Bayesian binning": the expected calibration error, with ten bins.
    """
    bins = calibration_bins(records)
    if bins is None or not bins[:, 0].sum():
        return None
    return float(np.abs(bins[:, 1] - bins[:, 2]).sum() / bins[:, 0].sum())
