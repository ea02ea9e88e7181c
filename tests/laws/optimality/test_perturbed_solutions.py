"""A solution that is moved off the optimum is never certified, by either way of certifying."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.laws.catalogue import LOSSES, make_problem

from bridle.elastic_net import elastic_net_path
from bridle.elastic_net.design import DenseDesign
from bridle.elastic_net.loss import Logistic, Multinomial
from bridle.elastic_net.methods.certificates.design_pass import evaluate_losses
from bridle.elastic_net.methods.certificates.evaluation import certify_evaluation
from bridle.elastic_net.penalty.penalty import ElasticNetPenalty
from bridle.elastic_net.problem import Problem
from bridle.elastic_net.solver import CoordinateDescent
from bridle.threads.workers import Workers

TOL = 1e-6
STRENGTH, L1_RATIO = 0.05, 0.7
PENALTY = ElasticNetPenalty.from_sklearn(STRENGTH, L1_RATIO)
STEPS = (1e-3, -1e-2, 0.3, -10.0, 1e3, -8e4, 1e8)


def saturated(offset, weighted):
    """Return two overlapping classes whose offsets make every first prediction certain."""
    rng = np.random.default_rng(1)
    X = rng.normal(size=(30, 4))
    y = (X[:, :1] + rng.normal(size=(30, 1)) > 0).astype(float)
    weights = np.exp(2 * rng.normal(size=30)) if weighted else None
    offsets = (
        np.full((30, 1), offset) if np.ndim(offset) == 0 else offset[0] * rng.normal(size=(30, 1))
    )
    return Problem.build(DenseDesign(X), y, Logistic(), PENALTY, weights=weights, offset=offsets)


PROBLEMS = {
    **{
        f"{loss}, weighted {weighted}": lambda loss=loss, weighted=weighted: replace(
            make_problem(loss, "lasso", weighted=weighted, with_offset=weighted), penalty=PENALTY
        )
        for loss in LOSSES
        for weighted in (False, True)
    },
    "saturated upwards": lambda: saturated(40.0, False),
    "saturated downwards": lambda: saturated(-700.0, True),
    "saturated both ways": lambda: saturated((10.0,), True),
}


def perturbed(solution, fit_intercept):
    """Yield the solution with each coefficient, and each intercept, moved by little and by much."""
    for step in STEPS:
        for place in np.ndindex(solution.coef.shape):
            coef = solution.coef.copy()
            coef[place] += step
            yield coef, solution.intercept
        for output in range(solution.intercept.size * fit_intercept):
            intercept = solution.intercept.copy()
            intercept[output] += step
            yield solution.coef, intercept


def suboptimality(certificate, best):
    """Return how much worse an objective is, but for rounding."""
    return certificate.objective - best.objective - 1e-9 * (1 + certificate.objective)


@pytest.mark.parametrize("name", PROBLEMS)
def test_a_perturbed_solution_is_not_certified(name):
    problem = PROBLEMS[name]()
    solution = CoordinateDescent(tol=1e-12).solve(problem)
    assert solution.certificate.meets(1e-10), "the solution itself is certified"
    least = solution.certificate.objective + 2 * TOL * problem.null.half_deviance
    count = 0
    for coef, intercept in perturbed(solution, problem.fit_intercept):
        certificate = problem.certify(coef, intercept)
        if certificate.objective > least:
            count += 1
            assert not certificate.meets(TOL)
            assert certificate.gap >= suboptimality(certificate, solution.certificate)
    assert count > 20


@pytest.mark.parametrize(
    "name", [one for one in PROBLEMS if "multinomial" not in one and "two outputs" not in one]
)
def test_a_perturbed_solution_of_a_path_is_not_certified(name):
    problem = PROBLEMS[name]()
    solution = CoordinateDescent(tol=1e-12).solve(problem)
    points = [(solution.coef, solution.intercept), *perturbed(solution, problem.fit_intercept)]
    coefs = np.stack([coef[:, 0] for coef, _ in points])
    intercepts = np.array([intercept[0] for _, intercept in points])
    strengths = np.full(len(points), STRENGTH)
    with Workers(1) as workers:
        (evaluation,) = evaluate_losses([problem], [coefs], [intercepts], workers)
        first, *rest = certify_evaluation(problem, strengths, L1_RATIO, evaluation)
    assert first.meets(TOL), "the solution itself is certified"
    least = first.objective + 2 * TOL * problem.null.half_deviance
    for certificate in rest:
        assert certificate.objective <= least or not certificate.meets(TOL)
        assert certificate.gap >= suboptimality(certificate, first)


@pytest.mark.parametrize("loss", [Logistic(), Multinomial()])
@pytest.mark.parametrize("size", [10.0, 40.0, 700.0])
def test_the_null_model_gets_off_a_saturated_start(loss, size):
    rng = np.random.default_rng(3)
    outputs = 1 if loss.name == "logistic" else 3
    y = np.eye(3)[rng.integers(3, size=40)][:, :outputs]
    weights = np.exp(2 * rng.normal(size=40))
    offset = size * np.sign(rng.normal(size=(40, outputs)))
    problem = Problem.build(
        DenseDesign(np.zeros((40, 1))), y, loss, PENALTY, weights=weights, offset=offset
    )
    gradient = loss.gradient(problem.null.eta, problem.y, problem.weights)
    np.testing.assert_allclose(gradient.sum(axis=0), 0.0, atol=1e-9)


@pytest.mark.parametrize("size", [5.0, 30.0])
@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("shape", [(50, 36), (40, 60)])
def test_paths_get_off_a_saturated_start(size, fit_intercept, shape):
    rng = np.random.default_rng(4)
    X = rng.normal(size=shape)
    y = (X[:, 0] + rng.normal(size=shape[0]) > 0).astype(int)
    offset = np.where(y == 1, -size, 0.5 * size) * (rng.random(shape[0]) < 0.5)
    path = elastic_net_path(
        X, y, loss="logistic", alphas=[0.1, 0.01], offset=offset, fit_intercept=fit_intercept
    )
    assert all(one.meets(TOL) for one in path.certificates)
