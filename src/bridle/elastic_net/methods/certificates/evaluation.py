"""Evaluation: loss and gradients of many solutions of one problem, and their certificates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from bridle.elastic_net.design import Layout
from bridle.elastic_net.methods.certificates.duality_gaps import WorkingPoint, certify_working_set
from bridle.elastic_net.methods.certificates.loss_bounds import RowLoss, RowTotals
from bridle.elastic_net.optimality.certificate import Certificate
from bridle.elastic_net.problem import Problem
from bridle.types import Array

__all__ = ["Evaluation", "SquaredEvaluation", "certify_evaluation", "on_the_array"]


class Evaluation(NamedTuple):
    """Loss and gradients of m solutions of one problem.

    Attributes
    ----------
    coef : ndarray of shape (m, p)
        On the scale of the problem's design.
    loss : RowLoss
    negative_gradients : ndarray of shape (p, m)
        ``-X'u`` of the dual points u (negative gradients), on that scale.
    """

    coef: Array
    loss: RowLoss
    negative_gradients: Array


class SquaredEvaluation(NamedTuple):
    """Evaluation for squared loss: as `Evaluation`, without linear predictors and dual points."""

    coef: Array
    loss: RowTotals
    negative_gradients: Array


def on_the_array(
    layouts: Sequence[Layout], coefs: Sequence[Array], intercepts: Sequence[Array]
) -> tuple[Array, Array]:
    """Return coefficients (M, p) and intercepts (M,) on the scale of the array in all layouts."""
    raws = [coef / layout.scale for coef, layout in zip(coefs, layouts, strict=True)]
    shifts = [
        intercept - (layout.center * raw).sum(axis=1)
        for intercept, layout, raw in zip(intercepts, layouts, raws, strict=True)
    ]
    return np.vstack(raws), np.concatenate(shifts)


def certify_evaluation(
    problem: Problem, strengths: Array, l1_ratio: float, evaluation: Evaluation | SquaredEvaluation
) -> list[Certificate]:
    """Return the certificates of evaluated solutions at strengths of shape (m,)."""
    features = np.flatnonzero(np.isfinite(problem.factors))
    nothing_outside = np.zeros(strengths.size)
    point = WorkingPoint(
        features,
        evaluation.coef[:, features],
        evaluation.negative_gradients[features],
        nothing_outside,
        evaluation.loss,
    )
    return certify_working_set(problem, strengths, l1_ratio, point)
