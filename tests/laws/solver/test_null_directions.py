"""Null directions: coefficients move along them to a smaller penalty, and no prediction does."""

from __future__ import annotations

import numpy as np
import pytest

from bridle import ElasticNetPenalty
from bridle.elastic_net.design import design_of
from bridle.elastic_net.loss import LOSSES
from bridle.elastic_net.problem import Problem
from bridle.elastic_net.solver.base import Iterate
from bridle.elastic_net.solver.newton_step import NewtonStep
from bridle.elastic_net.solver.null_directions import minimise_along_null_directions

N, P = 8, 20


def crowded(loss: str, fit_intercept: bool, l2: float, p: int = P) -> tuple[Problem, Iterate]:
    """Return a problem with more features than rows, at a point where all coefficients are active."""
    rng = np.random.default_rng(p)
    outputs = 3 if loss == "multinomial" else 1
    X, labels = rng.normal(size=(N, p)) * 10.0 ** rng.uniform(-3, 3, p), np.arange(N) % 3
    y = np.eye(3)[labels] if outputs == 3 else (labels[:, None] > 0).astype(float)
    weights = np.where(np.arange(N) == 1, 0.0, 1 / (N - 1))
    penalty = ElasticNetPenalty(0.1, l2, 1.0, -5.0, 5.0)
    problem = Problem.build(
        design_of(X), y, LOSSES[loss], penalty, weights=weights, fit_intercept=fit_intercept
    )
    coef = rng.uniform(0.5, 2, (p, outputs)) * rng.choice([-1, 1], (p, outputs))
    intercept = rng.normal(size=outputs) * fit_intercept
    return problem, Iterate(coef, intercept, problem.linear_predictor(coef, intercept))


@pytest.mark.parametrize("l2", [0.0, 0.05])
@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("loss", ["squared", "logistic", "multinomial"])
def test_the_penalty_falls_and_the_loss_stays(loss, fit_intercept, l2):
    problem, start = crowded(loss, fit_intercept, l2)
    active = NewtonStep.at(problem, start, None).active
    found = minimise_along_null_directions(problem, start, active)
    used = problem.weights > 0
    before, after = (
        problem.loss.value(one.eta, problem.y, problem.weights) for one in (start, found)
    )
    assert after == pytest.approx(before, rel=1e-9)
    assert problem.penalty.value(found.coef) < 0.99 * problem.penalty.value(start.coef)
    assert np.abs(found.coef).max() <= 5
    assert np.all(found.coef * start.coef >= 0)
    if l2 == 0:
        outputs = found.coef.shape[1]
        told_apart = (int(used.sum()) - fit_intercept) * max(outputs - 1, 1)
        moved = (found.coef != 0) & (np.abs(found.coef) < 5)
        assert moved.sum() <= told_apart
    again = minimise_along_null_directions(
        problem, found, NewtonStep.at(problem, found, None).active
    )
    assert problem.penalty.value(again.coef) == pytest.approx(
        problem.penalty.value(found.coef), rel=1e-8
    )


def test_without_null_directions_nothing_moves():
    problem, start = crowded("logistic", True, 0.0, p=3)
    active = NewtonStep.at(problem, start, None).active
    assert minimise_along_null_directions(problem, start, active) is start
