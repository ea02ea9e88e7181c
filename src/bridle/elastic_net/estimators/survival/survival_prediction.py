"""Predictions of a fitted Cox model: log risks, cumulative hazards, survival; its score."""

from __future__ import annotations

from abc import ABC
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from bridle.arguments.real_numbers import real_array
from bridle.arguments.row_weights import row_weights
from bridle.elastic_net.data.given_rows import Data
from bridle.elastic_net.data.rows_to_predict import predict_linear
from bridle.elastic_net.estimators.certified_repr import CertifiedRepr
from bridle.elastic_net.estimators.survival.baseline_hazard import BaselineHazard, baseline_hazards
from bridle.elastic_net.loss import Cox
from bridle.encoding.frame_encoding import table_names
from bridle.errors import InputError, UnknownNameError
from bridle.survival.concordance import concordance
from bridle.survival.outcomes import read_outcomes, read_strata
from bridle.types import Array

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["PredictsSurvival", "cox_loss"]

TIES = ("efron", "breslow")


class PredictsSurvival(CertifiedRepr, ABC):
    """Predictions of an estimator with ``coef_`` and baseline hazards."""

    coef_: Array
    baseline_hazards_: list[BaselineHazard]
    strata_: npt.NDArray[Any]
    event_times_: Array
    has_offset_: bool

    @property
    def intercept_(self) -> float:
        """Zero: the baseline hazard takes the intercept's place."""
        check_is_fitted(self, "coef_")
        return 0.0

    def predict(self, X: Any, offset: Any = None) -> Array:
        """Return the log of each row's risk relative to a row of zeros, ``offset + X b``, shape (n,).

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n, p)
            Finite numbers, in the columns of the fit.
        offset : array-like of shape (n,), optional
            Required if, and only if, `fit` was given one.

        Raises
        ------
        InputError
            X is not finite or does not have the columns of the fit, or an offset is missing or
            unexpected.
        """
        return np.asarray(predict_linear(self, X, offset)[:, 0])

    def predict_cumulative_hazard_function(
        self, X: Any, times: Any = None, *, offset: Any = None, strata: Any = None
    ) -> Array:
        """Return each row's cumulative hazard at some times, ``H0(t) exp(offset + X b)``, shape (n, T).

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n, p)
        times : array-like of shape (T,), optional
            At least 0. After the last event of the fit the hazard stays as it is. Default:
            ``event_times_``.
        offset : array-like of shape (n,), optional
            Required if, and only if, `fit` was given one.
        strata : array-like of shape (n,), optional
            Labels of the fit. Required if, and only if, `fit` was given some.

        Raises
        ------
        InputError
            See `predict`; or a time is below 0, or strata are missing, unexpected or not known.
        """
        risk = np.exp(self.predict(X, offset))
        when = self.event_times_ if times is None else real_array("times", times)
        if when.ndim != 1 or not np.all(when >= 0):
            raise InputError(
                f"times must be numbers from 0 up, in one dimension. Received: shape {when.shape}"
                f"{'' if when.ndim != 1 else f', the smallest {when.min():g}'}."
            )
        base = np.stack([hazard.at(when) for hazard in self.baseline_hazards_])
        return np.asarray(base[self._numbers(strata, risk.size)] * risk[:, None])

    def predict_survival_function(
        self, X: Any, times: Any = None, *, offset: Any = None, strata: Any = None
    ) -> Array:
        """Return each row's probability of surviving some times, ``exp(-H(t))``, shape (n, T).

        Parameters and errors are those of `predict_cumulative_hazard_function`.
        """
        hazard = self.predict_cumulative_hazard_function(X, times, offset=offset, strata=strata)
        return np.exp(-hazard)

    def score(
        self, X: Any, y: Any, sample_weight: Any = None, *, offset: Any = None, strata: Any = None
    ) -> float:
        """Return Harrell's C of the predicted risks; see `bridle.survival.harrell_c`.

        Rows are compared within their stratum if the model has strata.

        Parameters
        ----------
        X : array-like of shape (n, p)
            Rows, with the columns of the fit.
        y : array-like
            Survival times, as for `fit`.
        sample_weight : array-like of shape (n,), optional
            Default: 1 for every row.
        offset : array-like of shape (n,), optional
            Required if, and only if, `fit` was given one.
        strata : array-like of shape (n,), optional
            Labels; required if, and only if, `fit` was given strata.

        Returns
        -------
        float
            In [0, 1]; 0.5 is chance.

        Raises
        ------
        InputError
            An argument cannot be used, or an offset or strata are missing or unexpected.
        """
        risk = self.predict(X, offset)
        outcomes = read_outcomes(y)
        if outcomes.stop.size != risk.size:
            raise InputError(
                f"y must have one time for each of the {risk.size} rows of X. Received: "
                f"{outcomes.stop.size}."
            )
        numbers = self._numbers(strata, risk.size)
        weights = row_weights(sample_weight, risk.size)
        return concordance(outcomes, risk, weights, strata=numbers)

    def coef_table(self) -> pd.DataFrame:
        """Return the non-zero coefficients by name: ``feature``, ``coefficient``, ``hazard_ratio``."""
        import pandas as pd

        check_is_fitted(self, "coef_")
        names = table_names(self)
        kept = np.flatnonzero(self.coef_)
        coef = self.coef_[kept].astype(np.float64)
        return pd.DataFrame(
            {
                "feature": [f"x{j}" if names is None else names[j] for j in kept],
                "coefficient": coef,
                "hazard_ratio": np.exp(coef),
            }
        )

    def _hold_baseline(self, loss: Cox, data: Data, labels: npt.NDArray[Any]) -> None:
        """Set the baseline hazards and their times, from the data of the fit."""
        eta = self.predict(data.source, data.offset)
        weights = np.ones(eta.size) if data.weights is None else data.weights
        self.strata_ = labels
        self.baseline_hazards_ = baseline_hazards(loss, eta, weights, max(labels.size, 1))
        self.event_times_ = np.unique(
            np.concatenate([hazard.times for hazard in self.baseline_hazards_])
        )

    def _numbers(self, strata: Any, n: int) -> npt.NDArray[np.intp]:
        """Return the number of each row's stratum."""
        if (strata is not None) != (self.strata_.size > 0):
            raise InputError(
                "strata are required if, and only if, the model was fitted with them. Received: "
                f"{'no strata' if strata is None else 'strata'}."
            )
        codes, labels = read_strata(strata, n)
        if codes is None:
            return np.zeros(n, dtype=np.intp)
        unknown = [label for label in labels.tolist() if label not in self.strata_.tolist()]
        if unknown:
            raise UnknownNameError(
                "stratum", str(unknown[0]), [str(label) for label in self.strata_]
            )
        return np.asarray(np.searchsorted(self.strata_, labels)[codes])

    def __sklearn_tags__(self) -> Tags:
        tags: Tags = super().__sklearn_tags__()  # type: ignore[misc]
        tags.input_tags.sparse = True
        tags.target_tags.required = True
        return tags


def cox_loss(y: Any, strata: Any, ties: Any, weights: Any, n: int) -> tuple[Cox, npt.NDArray[Any]]:
    """Return the loss that is bound to the rows of a fit, and the sorted labels of the strata.

    Raises
    ------
    InputError
        See `read_outcomes` and `read_strata`; or ties are neither "efron" nor "breslow", or no event
        has a positive weight.
    """
    if not isinstance(ties, str) or ties not in TIES:
        raise UnknownNameError("ties", ties if isinstance(ties, str) else repr(ties), TIES)
    outcomes = read_outcomes(y)
    if outcomes.stop.size != n:
        raise InputError(
            f"y must have one time for each of the {n} rows of X. Received: {outcomes.stop.size}."
        )
    codes, labels = read_strata(strata, n)
    loss = Cox(outcomes.stop, outcomes.event, outcomes.start, codes, efron=ties == "efron")
    if weights is not None and not np.any(weights[outcomes.event]):
        raise InputError(
            "sample_weight must be above 0 for at least one row with an event. Received: 0 for all."
        )
    return loss, labels
