"""Survival probabilities of rows at given times, from the logs of their risks and a baseline hazard."""

from __future__ import annotations

from typing import Any

import numpy as np

from bridle.arguments.real_numbers import real_array
from bridle.elastic_net.estimators.survival.baseline_hazard import BaselineHazard
from bridle.errors import InputError
from bridle.types import Array

__all__ = ["checked_times", "survival_probabilities", "time_columns"]


def survival_probabilities(baseline: BaselineHazard, risks: Array, times: Array) -> Array:
    """Return ``exp(-H0(t) exp(risk))`` for each row and time, shape (n, T).

    Parameters
    ----------
    baseline : BaselineHazard
        Of the rows that the model was fitted to.
    risks : ndarray of shape (n,)
        Logs of the risks.
    times : ndarray of shape (T,)
    """
    with np.errstate(divide="ignore", over="ignore"):
        # A hazard of 0 has the log -inf, and the survival 1 whatever the risk.
        return np.exp(-np.exp(np.log(baseline.at(times)) + risks[:, None]))


def checked_times(times: Any, name: str = "times") -> Array:
    """Return times as an array; ``name`` is that of the argument, for messages.

    Raises
    ------
    InputError
        They are not different numbers from 0 up, at least one.
    """
    found = np.atleast_1d(real_array(name, times))
    good = found.ndim == 1 and found.size > 0 and bool(np.isfinite(found).all())
    if not good or found.min() < 0 or np.unique(found).size < found.size:
        shown = ", ".join(f"{time:g}" for time in found.ravel()[:8]) or "none"
        raise InputError(
            f"{name} must be different times from 0 up, in the unit of the training table. "
            f"Received: {shown}."
        )
    return found


def time_columns(times: Array) -> list[str]:
    """Return the name of the column of each time: ``survival_365``."""
    return [f"survival_{np.format_float_positional(time, trim='-')}" for time in times]
