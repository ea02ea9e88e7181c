r"""Scores of survival models on folds: the cross-validated partial likelihood, and Harrell's C.

Few test rows have small risk sets, so the deviance of a fold's model is that of all rows minus that of
its training rows, divided by the weight of the fold's events.

Source: van Houwelingen, Bruinsma, Hart, van 't Veer and Wessels (2006), "Cross-validated Cox regression
on microarray gene expression data", section 2.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from bridle.elastic_net.cross_validation.fold_models import FoldModels
from bridle.elastic_net.cross_validation.fold_score import FoldScore
from bridle.elastic_net.cross_validation.fold_weights import Fold
from bridle.elastic_net.cross_validation.scoring import Scoring
from bridle.elastic_net.loss import Cox, Loss
from bridle.elastic_net.specification import Specification
from bridle.errors import InputError, UnknownNameError
from bridle.survival.concordance import concordance
from bridle.survival.outcomes import Outcomes
from bridle.types import Array

__all__ = ["scoring_of"]

_NAMES = ("deviance", "concordance")


def scoring_of(scoring: Any, loss: Loss, classes: npt.NDArray[Any] | None) -> FoldScore:
    """Return the score that an argument asks for; see `Scoring.of`, and for survival this module.

    Raises
    ------
    UnknownNameError
        There is no such score.
    InputError
        See `Scoring.of`.
    """
    if not isinstance(loss, Cox):
        return Scoring.of(scoring, loss, classes)
    name = "deviance" if scoring is None else scoring
    if not isinstance(name, str) or name not in _NAMES:
        raise UnknownNameError("scoring", name if isinstance(name, str) else repr(name), _NAMES)
    return _PartialDeviance() if name == "deviance" else _Concordance()


class _PartialDeviance(FoldScore):
    """The deviance that the test rows add to that of the training rows, for each of their events."""

    name = "deviance"
    greater_is_better = False

    def of_fold(self, specification: Specification, fold: Fold, model: FoldModels) -> Array:
        """Return the score at each strength, shape (S,)."""
        weights = specification.row_weights()
        events = self.weight_of(specification, fold)
        if events == 0:
            raise InputError(
                "cv must yield folds with an event among their test rows. Received: none in fold "
                f"{fold.number}. Use fewer folds, or a splitter that is stratified by the events."
            )
        rows = np.arange(weights.size)
        eta = model.linear_predictors(specification, rows)[:, :, 0]
        train, whole = fold.train * weights, (fold.train + fold.test) * weights
        return (
            2 * (_excess(specification, eta, whole) - _excess(specification, eta, train)) / events
        )

    def weight_of(self, specification: Specification, fold: Fold) -> float:
        """Return the weight of the fold's events."""
        return float(specification.y[:, 0] @ (fold.test * specification.row_weights()))


class _Concordance(FoldScore):
    """Harrell's C on the test rows."""

    name = "concordance"
    greater_is_better = True

    def of_fold(self, specification: Specification, fold: Fold, model: FoldModels) -> Array:
        """Return the score at each strength, shape (S,)."""
        loss = specification.loss
        assert isinstance(loss, Cox)
        weights = fold.test * specification.row_weights()
        rows = np.flatnonzero(weights)
        start = None if loss.start is None else loss.start[rows]
        strata = None if loss.strata is None else loss.strata[rows]
        outcomes = Outcomes(loss.stop[rows], loss.event[rows], start)
        eta = model.linear_predictors(specification, rows)[:, :, 0]
        return np.array(
            [concordance(outcomes, risk, weights[rows], strata=strata) for risk in eta.T]
        )


def _excess(specification: Specification, eta: Array, weights: Array) -> Array:
    """Return the loss at each strength above that of the saturated model."""
    loss, y = specification.loss, specification.y
    assert isinstance(loss, Cox)
    return loss.values(eta, y, weights) + loss.conjugate(np.zeros_like(y), y, weights)
