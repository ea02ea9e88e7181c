"""`survival`: the time to an event, or to censoring, judged by the log loss of pairs."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from bridle.elastic_net.estimators.survival.baseline_hazard import BaselineHazard, baseline_hazards
from bridle.elastic_net.loss import Cox, Loss
from bridle.errors import InputError
from bridle.survival.concordance import concordance, harrell_c
from bridle.survival.outcomes import Outcomes
from bridle.survival.pair_loss import pair_loss
from bridle.types import Array
from bridle.workbench.tasks.base import CodedTarget, PlainFit, TaskKind, TaskType
from bridle.workbench.tasks.percentages import percentages
from bridle.workbench.tasks.plain_cox import cox_fit

__all__ = ["CLASSES", "FEWEST_EVENTS", "Survival", "outcomes_of", "target_of"]

CLASSES = ("censored", "event")
"""Names of the two kinds of rows, by which splits are stratified and columns are checked."""

FEWEST_EVENTS = 10
"""Fewest events of a target: of ten, one is to test and one to validate, and each of five folds of the
rest has one."""

_FEWEST_CENSORED = 20
"""Fewest censored rows by which splits are stratified; of fewer, a part may have none."""

_OUTCOME = np.dtype([("event", np.bool_), ("time", np.float64)])


class Survival(TaskType):
    """The time to an event; models predict the log of a row's risk, by Cox's proportional hazards."""

    name = "survival"
    link = "survival"
    target_is = "a time, and whether its event was seen"
    metric = "log loss of pairs"
    score_name = "C"
    measure_heads = MappingProxyType({})
    has_events = True
    has_intercept = False
    has_intervals = False
    network_kinds = ("survival",)
    curve_loss = "Cox loss"

    def read(
        self, column: pd.Series[Any], name: str, n_without: int, least: int = 0
    ) -> CodedTarget:
        """Refuse a single column.

        Raises
        ------
        InputError
            Always: `bridle.workbench.data.survival_target` reads the two columns.
        """
        raise InputError(
            "task='survival' needs two columns: the time to the event or to censoring, and whether the "
            "event was seen. Name them as time_to and event, or give y as a structured array, or as "
            f"columns (time, event). Received: the one column {name!r}."
        )

    def checked_as(
        self, y: npt.NDArray[Any], classes: tuple[str, ...]
    ) -> tuple[tuple[npt.NDArray[Any], TaskKind, tuple[str, ...]], ...]:
        """Return the times, and unless every event was seen, the events as classes."""
        times = y["time"]
        seen: tuple[tuple[npt.NDArray[Any], TaskKind, tuple[str, ...]], ...] = (
            (y["event"].astype(np.int64), "binary", CLASSES),
        )
        return ((times, "regression", ()), *(seen if not y["event"].all() else ()))

    def ordered(self, y: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Return the times."""
        return np.asarray(y["time"])

    def divided_by(
        self, y: npt.NDArray[Any], classes: tuple[str, ...]
    ) -> tuple[npt.NDArray[Any], tuple[str, ...]]:
        """Return the events as codes, named unless hardly a row is censored."""
        codes = y["event"].astype(np.int64)
        return codes, CLASSES if (codes == 0).sum() >= _FEWEST_CENSORED else ()

    def for_networks(self, y: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Return times and events (0 or 1) as columns."""
        return np.column_stack([y["time"], y["event"]])

    def varies(self, y: npt.NDArray[Any]) -> bool:
        """Return whether two rows can be compared."""
        seen = y["time"][y["event"]]
        if not seen.size:
            return False
        first = seen.min()
        return bool(((y["time"] > first) | ((y["time"] == first) & ~y["event"])).any())

    def risk(
        self, y: npt.NDArray[Any], prediction: Array, scale: float = 1.0, n_classes: int = 0
    ) -> float:
        """Return the log loss of pairs; see `bridle.survival.pair_loss`."""
        return pair_loss(outcomes_of(y), prediction)

    def score(self, y: npt.NDArray[Any], prediction: Array) -> float:
        """Return Harrell's C."""
        return concordance(outcomes_of(y), prediction, np.ones(len(y)))

    def score_given(self, y: Any, predicted: Any) -> float:
        """Return Harrell's C of log risks, and of times and events as for `bridle.CoxElasticNet`."""
        return harrell_c(y, predicted)

    def measures(
        self, y: npt.NDArray[Any], prediction: Array, scale: float = 1.0, n_classes: int = 0
    ) -> dict[str, Any]:
        """Return nothing: there is no further measure."""
        return {}

    def baseline(self, y: npt.NDArray[Any], prediction: Array) -> BaselineHazard:
        """Return the baseline hazard with Efron's ties, as `bridle.CoxElasticNet` has it."""
        (found,) = baseline_hazards(Cox(y["time"], y["event"]), prediction, np.ones(len(y)), 1)
        return found

    def constant(self, y: npt.NDArray[Any], n_classes: int) -> Array:
        """Return 0: equal risks."""
        return np.zeros(1)

    def constant_loss(
        self, train: npt.NDArray[Any], validation: npt.NDArray[Any], n_classes: int
    ) -> float:
        """Return log 2, the loss of equal risks; see `bridle.networks.partial_likelihood`."""
        return math.log(2)

    def strata(self, y: npt.NDArray[Any]) -> npt.NDArray[np.intp] | None:
        """Return the events."""
        return y["event"].astype(np.intp)

    def penalized(self, y: npt.NDArray[Any], n_classes: int) -> tuple[Loss, Array]:
        """Return Cox's loss, bound to these rows, with Efron's ties."""
        return Cox(y["time"], y["event"]), y["event"].astype(np.float64)[:, None]

    def plain_fit(self, X: Array, y: npt.NDArray[Any]) -> PlainFit:
        """Fit Cox's model."""
        loss, events = self.penalized(y, 0)
        return cox_fit(X, loss, events)

    def said(
        self,
        scores: Sequence[float],
        risks: Sequence[float | None],
        number: Callable[[float], str],
    ) -> tuple[str, list[str]]:
        """Return the shares of pairs in the right order, Harrell's C."""
        first, *rest = percentages(scores)
        said = f"tells which of two new rows has its event first in {first} of pairs (Harrell's C)"
        return said, [f"in {share}" for share in rest]


def target_of(time: Array, event: npt.NDArray[np.bool_]) -> npt.NDArray[Any]:
    """Return times and events of n rows as one structured array, of shape (n,)."""
    made = np.empty(len(time), dtype=_OUTCOME)
    made["time"], made["event"] = time, event
    return made


def outcomes_of(y: npt.NDArray[Any]) -> Outcomes:
    """Return the times and events that `target_of` put together."""
    return Outcomes(y["time"], y["event"])
