from dataclasses import replace

import numpy as np
import pytest
from tests.laws.catalogue import LOSSES, PENALTIES, SHAPES, make_problem

from bridle.elastic_net.design import DenseDesign
from bridle.elastic_net.loss import Logistic, Squared
from bridle.elastic_net.optimality.certificate import Certificate
from bridle.elastic_net.penalty.penalty import ElasticNetPenalty
from bridle.elastic_net.problem import Problem
from bridle.elastic_net.solver import CoordinateDescent, ProximalGradient

every_loss = pytest.mark.parametrize("loss", LOSSES)
every_penalty = pytest.mark.parametrize("penalty", PENALTIES)
EPS = np.finfo(float).eps


def allowed_point(problem, rng, scale):
    """Return a random point within the bounds, with some coefficients at 0 and at their bounds."""
    p = problem.design.shape[1]
    coef = scale * rng.normal(size=(p, problem.n_outputs))
    coef = problem.penalty.prox(coef, 1e-3)
    coef[rng.random(coef.shape) < 0.3] = 0.0
    intercept = scale * rng.normal(size=problem.n_outputs) * problem.fit_intercept
    return coef, intercept


def assert_never_lies(problem, best, points):
    for coef, intercept in points:
        certificate = problem.certify(coef, intercept)
        suboptimality = certificate.objective - best
        # An objective can be far smaller than what it is the sum of, which is what rounding sees.
        addends = abs(certificate.objective) + abs(best) + abs(problem.null.saturated)
        addends += problem.null.half_deviance
        rounding = 8 * EPS * addends
        assert certificate.gap >= suboptimality - rounding
        assert certificate.objective >= best - rounding, "the best point is not the best"


@every_loss
@every_penalty
@pytest.mark.parametrize("fit_intercept", [True, False])
def test_gap_never_lies_and_closes_at_the_optimum(loss, penalty, fit_intercept):
    problem = make_problem(
        loss, penalty, fit_intercept=fit_intercept, weighted=True, with_offset=True
    )
    solution = CoordinateDescent(tol=1e-13).solve(problem)
    assert solution.certificate.relative_gap <= 1e-13
    best = solution.certificate.objective
    rng = np.random.default_rng(1)
    random = [allowed_point(problem, rng, scale) for scale in (0.01, 0.1, 0.5, 2.0) * 2]
    near = [
        (
            problem.penalty.prox(
                solution.coef + 10.0**-k * rng.normal(size=solution.coef.shape), 1e-300
            ),
            solution.intercept,
        )
        for k in range(1, 12, 2)
    ]
    assert_never_lies(problem, best, random + near)


@pytest.mark.parametrize("loss", ["squared", "logistic", "multinomial"])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("penalty", ["lasso", "boxed"])
def test_gap_never_lies_on_any_shape(loss, shape, penalty):
    problem = make_problem(loss, penalty, shape)
    solution = CoordinateDescent(tol=1e-12).solve(problem)
    assert solution.certificate.meets(1e-12)
    rng = np.random.default_rng(2)
    points = [allowed_point(problem, rng, scale) for scale in (0.0, 0.01, 0.1, 1.0)]
    assert_never_lies(problem, solution.certificate.objective, points)


@pytest.mark.parametrize("penalty", ["lasso with factors", "factors", "zero"])
@pytest.mark.parametrize("loss", ["squared", "logistic"])
@pytest.mark.parametrize("spread", [1e-1, 1e-5, 1e-9, 0.0])
def test_gap_never_lies_with_nearly_collinear_unpenalised_columns(penalty, loss, spread):
    rng = np.random.default_rng(3)
    X = rng.normal(size=(60, 10))
    free = np.array([0, 4, 5, 8])  # unpenalised in one catalogue line or another
    X[:, free] = X[:, [0]] + spread * X[:, free]
    X[:, 5] *= 1e6
    case = LOSSES[loss]
    y = case.simulate(rng, X[:, [0, 1, 2, 3]])
    problem = Problem.build(DenseDesign(X), y, case.loss, PENALTIES[penalty](10))
    tight = [
        CoordinateDescent(tol=1e-9, max_iter=50).solve(problem),
        ProximalGradient(max_iter=100).solve(problem),
    ]
    best = min(solution.certificate.objective for solution in tight)
    points = [allowed_point(problem, rng, scale) for scale in (0.01, 0.1, 1.0)]
    points += [(solution.coef, solution.intercept) for solution in tight]
    points += [(np.zeros((10, 1)), np.zeros(1))]
    for coef, intercept in points:
        certificate = problem.certify(coef, intercept)
        suboptimality = certificate.objective - best
        assert certificate.gap >= suboptimality - 1e-9 * problem.null.half_deviance


def test_a_dual_point_that_misses_an_equality_is_not_used():
    # 1e8 above its spread, a column's equality cannot be met to 1e-9 in double precision unless its
    # mean is taken off first; whatever happens, the bound must stay below the best objective.
    rng = np.random.default_rng(4)
    X = rng.normal(size=(50, 3))
    X[:, 0] = 1e9 + X[:, 0]
    y = X @ [[0.5], [1.0], [0.0]] + rng.normal(size=(50, 1))
    penalty = ElasticNetPenalty(0.05, 0.0, factors=np.array([0.0, 1.0, 1.0]))
    problem = Problem.build(DenseDesign(X), y, Squared(), penalty)
    centred = Problem.build(DenseDesign(X - X.mean(axis=0)), y - y.mean(), Squared(), penalty)
    best = CoordinateDescent(tol=1e-12).solve(centred).certificate.objective
    for slope in (0.5, 0.4, 0.0):
        coef = np.array([[slope], [0.9], [0.0]])
        intercept = np.array([np.mean(y - X @ coef)])
        certificate = problem.certify(coef, intercept)
        assert certificate.gap >= certificate.objective - best - 1e-6


@every_penalty
@every_loss
def test_kkt_is_zero_only_at_the_optimum(loss, penalty):
    problem = make_problem(loss, penalty, weighted=True, with_offset=True)
    solution = CoordinateDescent(tol=1e-13).solve(problem)
    assert 0 <= solution.certificate.kkt <= 1e-9
    rng = np.random.default_rng(5)
    coef, intercept = allowed_point(problem, rng, 0.5)
    assert problem.certify(coef, intercept).kkt > 1e-3


def test_kkt_is_in_units_of_the_correlation_with_the_null_residual():
    problem = make_problem("squared", "ridge", "shifted and scaled")
    point = np.zeros((5, 1)), problem.null.intercept
    scales = np.array([1e8, 1e-8, 1.0, 10.0, 3.0])
    lasso = ElasticNetPenalty(0.0, 0.0)
    plain = problem.with_penalty(lasso).certify(*point).kkt
    X = SHAPES["shifted and scaled"](np.random.default_rng(0))
    residual = problem.y - problem.y.mean()
    correlation = [np.corrcoef(column, residual[:, 0])[0, 1] for column in X.T]
    assert plain == pytest.approx(np.max(np.abs(correlation)), rel=1e-12)
    scaled = Problem.build(DenseDesign(X * scales), problem.y, Squared(), lasso)
    assert scaled.certify(*point).kkt == pytest.approx(plain, rel=1e-9)


def test_gap_of_the_lasso_is_the_textbook_formula():
    problem = make_problem("squared", "lasso", fit_intercept=False)
    X = SHAPES["tall"](np.random.default_rng(0))
    coef = 0.1 * np.random.default_rng(6).normal(size=(6, 1))
    residual = problem.y - X @ coef
    n = len(X)
    scale = min(1.0, 0.06 / np.max(np.abs(X.T @ residual / n)))
    primal = np.sum(residual**2) / (2 * n) + 0.06 * np.abs(coef).sum()
    dual = scale * np.sum(problem.y * residual) / n - scale**2 * np.sum(residual**2) / (2 * n)
    certificate = problem.certify(coef, np.zeros(1))
    assert certificate.objective == pytest.approx(primal, rel=1e-14)
    assert 0 < certificate.gap <= primal - dual + 1e-15


def test_a_point_outside_the_bounds_has_an_infinite_gap():
    problem = make_problem("squared", "positive")
    assert problem.certify(np.full((6, 1), -0.1), np.zeros(1)).gap == np.inf


def test_points_that_are_not_finite_are_never_certified():
    problem = make_problem("logistic", "elastic")
    with np.errstate(all="ignore"):
        certificate = problem.certify(np.full((6, 1), np.nan), np.zeros(1))
    assert not certificate.meets(1e300)


def test_meets_asks_for_the_gap_and_for_the_optimality_conditions():
    certificate = Certificate(objective=5.0, gap=2.0, relative_gap=1e-6, kkt=1e-4)
    assert certificate.meets(1e-6)
    assert not replace(certificate, relative_gap=1.001e-6).meets(1e-6)
    assert not replace(certificate, kkt=1.001e-4).meets(1e-6)


@pytest.mark.parametrize("tol", [1e-4, 1e-6, 1e-10])
@pytest.mark.parametrize(
    ("gap", "kkt"), [(3.0, 0.5), (0.25, 7.0), (0.9, 0.2), (1.0, 1.0), (0.0, 2.0)]
)
def test_excess_counts_the_worse_of_both_in_what_is_allowed(gap, kkt, tol):
    certificate = Certificate(5.0, 2.0, gap * tol, kkt * 0.1 * np.sqrt(tol))
    assert certificate.excess(tol) == pytest.approx(max(gap, kkt), rel=1e-12)
    assert certificate.meets(tol) == (max(gap, kkt) <= 1)


def test_gap_closes_for_separable_labels_under_a_penalty():
    X = np.linspace(-1, 1, 20)[:, None]
    y = (X > 0).astype(float)
    for alpha in (1e-1, 1e-3, 1e-6):
        problem = Problem.build(DenseDesign(X), y, Logistic(), ElasticNetPenalty(0.0, alpha))
        assert CoordinateDescent(tol=1e-10).solve(problem).certificate.meets(1e-10)
