"""`count`: whole numbers from 0 up, judged by the Poisson deviance."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.metrics import d2_tweedie_score

from bridle.elastic_net.loss import Loss, Poisson
from bridle.errors import InputError
from bridle.networks.poisson import poisson_deviance
from bridle.types import Array
from bridle.workbench.columns.columns import row_name
from bridle.workbench.tasks.base import CodedTarget, PlainFit
from bridle.workbench.tasks.numbers import Numbers, as_numbers
from bridle.workbench.tasks.percentages import percentages
from bridle.workbench.tasks.plain_fits import poisson_fit

__all__ = ["Count"]


class Count(Numbers):
    """A count, divided by the mean of the training rows; models have a log link."""

    name = "count"
    link = "count"
    metric = "Poisson deviance"
    score_name = "D2"
    has_log_outputs = True
    network_kinds = ("count",)
    scanned_loss = Poisson()
    least = 0.0

    def read(
        self, column: pd.Series[Any], name: str, n_without: int, least: int = 0
    ) -> CodedTarget:
        """Return the counts.

        Raises
        ------
        InputError
            A value is no whole number from 0 up.
        """
        values = as_numbers(column, name, self.name, n_without)
        wrong = np.flatnonzero((values < 0) | (values != np.rint(values)))
        if len(wrong):
            raise InputError(
                f"The target {name!r} must hold whole numbers from 0 up for task='count'. Received: "
                f"{values[wrong[0]]:g} in {row_name(column.index, wrong[0])} ({len(wrong):,} such "
                "rows). Ask for 'regression' if it is another quantity."
            )
        return CodedTarget(values, self.name)

    def scale(self, y: npt.NDArray[Any]) -> tuple[float, float]:
        """Return 0 and the mean."""
        return 0.0, float(y.mean())

    def risk(
        self, y: npt.NDArray[Any], prediction: Array, scale: float = 1.0, n_classes: int = 0
    ) -> float:
        """Return the Poisson deviance of counts y and predictions m, ``2 (y log(y / m) - y + m)``."""
        return _deviance(y, prediction) * scale

    def score(self, y: npt.NDArray[Any], prediction: Array) -> float:
        """Return the share of the deviance explained; if all counts are equal, 1 if exact, else 0."""
        found, null = _deviance(y, prediction), _deviance(y, np.full(len(y), y.mean()))
        if null == 0:
            return float(found == 0)
        return 1 - found / null

    def score_given(self, y: Any, predicted: Any) -> float:
        """Return the share of the deviance explained."""
        return float(d2_tweedie_score(y, predicted, power=1))

    def constant_loss(
        self, train: npt.NDArray[Any], validation: npt.NDArray[Any], n_classes: int
    ) -> float:
        """Return the deviance of the mean."""
        return float(poisson_deviance(validation, np.ones(len(validation))).mean())

    def penalized(self, y: npt.NDArray[Any], n_classes: int) -> tuple[Loss, Array]:
        """Return the Poisson loss."""
        return Poisson(), y.astype(np.float64)[:, None]

    def plain_fit(self, X: Array, y: npt.NDArray[Any]) -> PlainFit:
        """Fit a Poisson regression."""
        return poisson_fit(X, y)

    def in_given_units(
        self, coefs: Array, intercepts: Array, mean: float, scale: float
    ) -> tuple[Array, Array]:
        """Add the logarithm of the scale to the intercept."""
        return coefs, intercepts + np.log(scale)

    def said(
        self,
        scores: Sequence[float],
        risks: Sequence[float | None],
        number: Callable[[float], str],
    ) -> tuple[str, list[str]]:
        """Return the shares of the deviance explained."""
        first, *rest = percentages(scores)
        return f"explains {first} of the Poisson deviance of new rows", rest


def _deviance(y: npt.NDArray[Any], prediction: Array) -> float:
    wrong = (prediction < 0) | ((prediction == 0) & (y > 0))
    if wrong.any():
        raise InputError(
            "A predicted count must be above 0, or its Poisson deviance is infinite. Received: "
            f"{prediction[wrong][0]:g} ({int(wrong.sum()):,} such predictions). Use a model with a log "
            "link, such as PoissonRegressor."
        )
    return float(poisson_deviance(y, prediction).mean())
