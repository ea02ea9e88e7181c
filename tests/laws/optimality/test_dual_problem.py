"""Laws of the dual problem: the objective is bounded at the projected gradient, written out."""

from __future__ import annotations

from dataclasses import dataclass, field, fields

import numpy as np
import pytest

from bridle.elastic_net.design import DenseDesign
from bridle.elastic_net.loss import Cox, Squared
from bridle.elastic_net.optimality import dual_problem
from bridle.elastic_net.optimality.dual_problem import DualProblem
from bridle.elastic_net.penalty.penalty import ElasticNetPenalty
from bridle.elastic_net.problem import Problem
from bridle.elastic_net.solver import CoordinateDescent


@dataclass(frozen=True, eq=False)
class Watched(DualProblem):
    """Keeps what it computes values of."""

    seen: list = field(default_factory=list)

    def value(self, scale, dual, product, eta):
        self.seen.append((scale, dual, product))
        return super().value(scale, dual, product, eta)


def look(problem, coef, intercept):
    """Return the bound at a point, and the dual point and its products, ``-X' u``."""
    names = [one.name for one in fields(DualProblem)]
    watched = Watched(**{name: getattr(problem.dual, name) for name in names})
    eta = problem.linear_predictor(coef, intercept)
    gradient = problem.loss.gradient(eta, problem.y, problem.weights)
    l2 = problem.penalty.strengths(len(coef))[1][:, None]
    bound = watched.lower_bound(coef, eta, gradient, watched.product(gradient), l2 * coef)
    _, dual, product = watched.seen[-1]
    return bound, dual, product


def squared(X, y, penalty, *, fit_intercept=True, seed=0):
    rng = np.random.default_rng(seed)
    return Problem.build(
        DenseDesign(X),
        y,
        Squared(),
        penalty,
        weights=rng.random(len(X)) + 0.2,
        offset=rng.normal(size=y.shape),
        fit_intercept=fit_intercept,
    )


def projected(X, problem, gradient, wanted):
    """Return the gradient without its component in the span of the columns wanted of each output."""
    root = np.sqrt(problem.weights)
    dual = gradient.copy()
    for k in range(gradient.shape[1]):
        columns = X[:, wanted[:, k]] / np.linalg.norm(X[:, wanted[:, k]], axis=0)
        if problem.fit_intercept:
            columns = np.hstack([np.ones((len(X), 1)), columns])
        for _ in range(2):
            step, *_ = np.linalg.lstsq(root[:, None] * columns, dual[:, k] / root, rcond=None)
            dual[:, k] -= problem.weights * (columns @ step)
    return dual


def bound_of(problem, dual, of_penalty):
    """Return the objective of the dual of squared loss, written out."""
    conjugate = dual * problem.y + dual**2 / (2 * problem.weights[:, None])
    return np.sum(dual * problem.offset) - np.sum(conjugate) - of_penalty


def near(problem, X, y, rng):
    """Return coefficients and intercepts near the least-squares ones."""
    norms = np.linalg.norm(X, axis=0)
    ones = np.full((len(X), 1), float(problem.fit_intercept))
    found, *_ = np.linalg.lstsq(np.hstack([ones, X / norms]), y - problem.offset, rcond=None)
    coef = found[1:] / norms[:, None]
    return coef * (1 + 0.02 * rng.random(coef.shape)), found[0]


@pytest.mark.parametrize("outputs", [1, 2])
@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("scale", [1e-20, 1.0, 1e6])
@pytest.mark.parametrize("free", [[1], [0, 1]])
def test_the_gradient_is_projected_where_features_have_no_penalty(
    outputs, fit_intercept, scale, free
):
    rng = np.random.default_rng(0)
    X, l2, kept = rng.normal(size=(40, 4)) + 0.5, 0.05, [j for j in range(4) if j not in free]
    X[:, 1] *= scale
    y = X[:, :1] + X[:, 2:3] + rng.normal(size=(40, outputs))
    penalty = ElasticNetPenalty(0.0, l2, factors=np.isin(np.arange(4), kept).astype(float))
    problem = squared(X, y, penalty, fit_intercept=fit_intercept)
    coef, intercept = near(problem, X, y, rng)
    if fit_intercept:  # which alone is at its optimum
        intercept = problem.weights @ (y - problem.offset - X @ coef)
    eta = problem.linear_predictor(coef, intercept)
    gradient = problem.weights[:, None] * (eta - y)
    wanted = np.repeat([[j in free] for j in range(4)], outputs, axis=1)
    expected = projected(X, problem, gradient, wanted)
    bound, dual, product = look(problem, coef, intercept)
    np.testing.assert_allclose(dual, expected, atol=1e-12 * np.abs(expected).max())
    assert (product[free] == 0).all()
    np.testing.assert_allclose(product[kept], -X[:, kept].T @ dual, rtol=1e-12)
    of_penalty = np.sum((X[:, kept].T @ expected) ** 2) / (2 * l2)
    reference = bound_of(problem, expected, of_penalty)
    assert reference > 0
    assert bound == pytest.approx(reference, rel=1e-9)


def test_an_output_at_its_bound_asks_for_no_equality():
    """Of an unpenalised feature with one bound, only coefficients off the bound are free."""
    rng = np.random.default_rng(1)
    X = rng.normal(size=(40, 3)) + 0.5
    y = np.stack([-3 * X[:, 0] + 2 * X[:, 1], X[:, 0] + 3 * X[:, 1]], axis=1)
    y += rng.normal(size=y.shape)
    penalty = ElasticNetPenalty(
        0.0,
        0.05,
        factors=np.array([0.0, 0.0, 1.0]),
        lower=np.array([0.0, -np.inf, -np.inf]),
        upper=np.array([np.inf, 1.0, np.inf]),
    )
    problem = squared(X, y, penalty)
    coef = np.array([[0.0, 0.9], [0.8, 1.0], [0.1, 0.2]])  # at the lower bound, at the upper
    intercept = (y - problem.offset - X @ coef).mean(axis=0)
    gradient = problem.weights[:, None] * (problem.linear_predictor(coef, intercept) - y)
    wanted = np.array([[False, True], [True, False], [False, False]])
    expected = projected(X, problem, gradient, wanted)
    bound, dual, product = look(problem, coef, intercept)
    np.testing.assert_allclose(dual, expected, atol=1e-12)
    pulls = -X.T @ expected
    assert pulls[0, 0] < 0 < pulls[1, 1]
    np.testing.assert_allclose(product, np.where(wanted, 0.0, pulls), atol=1e-12)
    # A coefficient at its upper bound of 1 gains its pull; one at its lower bound of 0 nothing.
    reference = bound_of(problem, expected, pulls[1, 1] + np.sum(pulls[2] ** 2) / (2 * 0.05))
    assert reference > 0
    assert bound == pytest.approx(reference, rel=1e-9)


def test_equalities_of_nearly_equal_features_are_met_to_rounding():
    rng = np.random.default_rng(2)
    X = rng.normal(size=(60, 3))
    X[:, 1] = X[:, 0] + 1e-6 * X[:, 1]
    y = X[:, :1] + rng.normal(size=(60, 1))
    problem = squared(X, y, ElasticNetPenalty(0.0, 1.0, factors=np.array([0.0, 0.0, 1.0])))
    _, dual, _ = look(problem, np.zeros((3, 1)), np.array([5.0]))
    size = np.sqrt(np.sum(dual[:, 0] ** 2 / problem.weights))
    for column in (np.ones(60), X[:, 0], X[:, 1]):
        norm = np.sqrt(problem.weights @ column**2)
        assert abs(column @ dual[:, 0]) <= 1e-15 * norm * size


def test_a_column_of_zeros_changes_no_bound():
    rng = np.random.default_rng(3)
    X = rng.normal(size=(30, 3))
    y = X[:, :1] + rng.normal(size=(30, 1))
    bounds = []
    for columns in (X[:, [0, 2]], np.insert(X[:, [0, 2]], 1, 0.0, axis=1)):
        factors = np.zeros(columns.shape[1])
        factors[-1] = 1.0
        problem = squared(columns, y, ElasticNetPenalty(0.0, 0.1, factors=factors))
        coef = np.zeros((columns.shape[1], 1))
        coef[0] = 0.5
        bounds.append(look(problem, coef, np.array([0.1]))[0])
    assert bounds[0] > 0
    assert bounds[1] == pytest.approx(bounds[0], rel=1e-12)


@pytest.mark.parametrize("free", [False, True])
@pytest.mark.parametrize("exact", [False, True])
def test_a_gradient_that_meets_the_equalities_is_used_as_it_is(free, exact, monkeypatch):
    def unneeded(*_):
        raise AssertionError("nothing needs to be removed")

    monkeypatch.setattr(dual_problem, "curved_step", unneeded)
    rng = np.random.default_rng(4)
    X = rng.integers(-4, 5, size=(16, 2)).astype(float)
    y = X[:, :1] + (0.0 if exact else rng.normal(size=(16, 1)))
    factors = np.array([0.0 if free else 1.0, 1.0])
    penalty = ElasticNetPenalty(0.0, 0.1, factors=factors)
    problem = Problem.build(DenseDesign(X), y, Squared(), penalty)
    coef, intercept = np.array([[1.0], [0.0]]), np.zeros(1)
    if not exact:
        columns = np.hstack([np.ones((16, 1)), X[:, :1] if free else X[:, :0]])
        left = y if free else y - X @ coef
        found, *_ = np.linalg.lstsq(columns, left, rcond=None)
        intercept = found[0]
        coef[:1] = found[1:] if free else coef[:1]
    gradient = (problem.linear_predictor(coef, intercept) - y) / 16
    _, dual, _ = look(problem, coef, intercept)
    assert np.array_equal(dual, gradient)
    assert np.array_equal(gradient, np.zeros((16, 1))) == exact


@pytest.mark.parametrize("power", [-40, 40])
@pytest.mark.parametrize("free", [False, True])
def test_units_of_y_do_not_matter(power, free):
    """Times two to a power, u is that many times as large, exactly, and the bound its square."""
    rng = np.random.default_rng(5)
    X = rng.normal(size=(30, 2))
    y = X[:, :1] + rng.normal(size=(30, 1))
    unit = 2.0**power
    found = []
    for times in (1.0, unit):
        penalty = ElasticNetPenalty(
            0.01 * times, 0.1, factors=np.array([0.0 if free else 1.0, 1.0])
        )
        problem = Problem.build(DenseDesign(X), times * y, Squared(), penalty)
        # The intercept is beside its optimum by 1e-12.
        coef = np.array([[0.9], [0.0]])
        intercept = np.array([np.mean(y - X @ coef) * (1 + 1e-11)])
        found.append(look(problem, times * coef, times * intercept))
    (bound, dual, _), (other, scaled, _) = found
    size = np.sqrt(30 * np.sum(dual**2))
    assert bound > 0
    assert abs(dual.sum()) <= 1e-15 * size
    np.testing.assert_array_equal(scaled, unit * dual)
    assert other == unit**2 * bound


def nearly_orthogonal(pulls, penalty):
    """Return a problem and the point 0, with pulls in units of the residual's and columns' norm."""
    rng = np.random.default_rng(6)
    n, p = 30, len(pulls)
    basis, _ = np.linalg.qr(np.hstack([np.ones((n, 1)), rng.normal(size=(n, p + 1))]))
    X, rest = np.sqrt(n) * basis[:, 1 : p + 1], np.sqrt(n) * basis[:, p + 1 :]
    y = rest + X @ np.reshape(pulls, (p, 1))
    return Problem.build(DenseDesign(X), y, Squared(), penalty), np.zeros((p, 1))


ROUNDED, SEEN = 0.8e-9, 2e-9
"""Pulls below and above what counts as rounding, 1e-9."""


def test_a_strength_below_rounding_is_an_equality():
    penalty = ElasticNetPenalty(
        1.0,
        0.0,
        factors=np.array([0.5e-9, 0.5e-9, 1.0, 0.0]),
        lower=np.array([-np.inf, -1.0, -np.inf, -np.inf]),
        upper=np.array([np.inf, 1.0, np.inf, 1.0]),
    )
    problem, zero = nearly_orthogonal([ROUNDED, ROUNDED, 0.1, 0.0], penalty)
    bound, dual, product = look(problem, zero, np.zeros(1))
    pulls = -problem.design.rmatvec(dual)[:, 0]
    assert pulls[:3] == pytest.approx([ROUNDED, ROUNDED, 0.1], rel=1e-6)
    # One is cut to what its strength allows; one with two bounds, and one above rounding, are not.
    assert product[:3, 0].tolist() == [0.5e-9, pulls[1], pulls[2]]
    objective = 0.5 * np.mean(problem.y**2)
    assert bound == pytest.approx(objective, rel=1e-8)


def test_a_pull_above_rounding_and_strength_scales_the_point():
    penalty = ElasticNetPenalty(1.0, 0.0, factors=np.array([0.5e-9, 1.0]))
    problem, zero = nearly_orthogonal([SEEN, 0.1], penalty)
    bound, dual, product = look(problem, zero, np.zeros(1))
    assert product[0, 0] == -problem.design.rmatvec(dual)[0, 0]
    # s = 1/4 of it is feasible: s - s^2 / 2 of the objective.
    assert bound == pytest.approx((2 * 0.25 - 0.25**2) * 0.5 * np.mean(problem.y**2), rel=1e-5)


def test_pulls_under_a_ridge_alone_are_no_rounding():
    problem, zero = nearly_orthogonal([ROUNDED, SEEN], ElasticNetPenalty(0.0, 1e-3))
    _, dual, product = look(problem, zero, np.zeros(1))
    assert np.array_equal(product, -problem.design.rmatvec(dual))
    assert (product != 0).all()


def survival(factors):
    rng = np.random.default_rng(7)
    X = rng.normal(size=(60, 3))
    stop = rng.exponential(np.exp(-X[:, 0] + 0.5 * X[:, 1])) + 0.01
    loss = Cox(stop, rng.random(60) < 0.7)
    penalty = ElasticNetPenalty(0.02, 0.01, factors=np.array(factors))
    problem = Problem.build(DenseDesign(X), np.zeros((60, 1)), loss, penalty, fit_intercept=False)
    return problem, CoordinateDescent(tol=1e-10).solve(problem)


@pytest.mark.parametrize("factors", [(0.0, 1.0, 1.0), (1.0, 1.0, 1.0), (0.0, 0.0, 1.0)])
@pytest.mark.parametrize("away", [1e-1, 1e-2, 1e-4])
def test_a_joined_loss_is_bounded_where_its_gradient_meets_the_equalities(factors, away):
    problem, solution = survival(factors)
    best = solution.certificate.objective
    coef = solution.coef + away * np.array([[1.0], [-0.5], [0.0]])
    objective = problem.objective(coef, problem.linear_predictor(coef, np.zeros(1)))
    bound, _, product = look(problem, coef, np.zeros(1))
    assert bound <= best + 1e-12
    # The bound is as far from the best as the point is, up to what scaling costs.
    assert objective - bound <= 40 * away * (best - problem.null.saturated)
    assert bound > problem.null.saturated + 0.5 * (best - problem.null.saturated) or away > 0.05
    assert (product[np.array(factors) == 0] == 0).all()


def test_a_joined_loss_without_equalities_is_taken_where_it_is(monkeypatch):
    def unneeded(*_):
        raise AssertionError("there are no equalities")

    problem, solution = survival((1.0, 1.0, 1.0))
    monkeypatch.setattr(dual_problem, "orthogonal_gradient", unneeded)
    _, dual, _ = look(problem, solution.coef, np.zeros(1))
    eta = problem.linear_predictor(solution.coef, np.zeros(1))
    assert np.array_equal(dual, problem.loss.gradient(eta, problem.y, problem.weights))
