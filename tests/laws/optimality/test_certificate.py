from dataclasses import replace

import numpy as np
import pytest
from tests.laws.catalogue import LOSSES, PENALTIES, SHAPES, make_problem

from bridle.elastic_net import problem
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


def alone(loss, y, *, fit_intercept=True, factor=1.0, l1=100.0, scale=1.0):
    """Return a problem whose coefficient is 0 at the optimum, so that the intercept alone matters."""
    X = np.linspace(-1.0, 1.0, y.shape[0])[:, None]
    penalty = ElasticNetPenalty(l1 * scale**2, 0.0, factors=np.array([factor]))
    return Problem.build(
        DenseDesign(scale * X), scale * y, loss, penalty, fit_intercept=fit_intercept
    )


NUMBERS = np.array([[0.3], [1.2], [-0.4], [2.1], [0.9], [1.4]])


@pytest.mark.parametrize("l1", [1e-3, 100.0])
@pytest.mark.parametrize("loss", [Squared(), Logistic()])
def test_an_intercept_beside_its_optimum_violates_a_condition(loss, l1):
    problem = alone(loss, (NUMBERS > 0.5).astype(float), l1=l1)
    shut = problem.with_penalty(replace(problem.penalty, upper=np.zeros(1), lower=np.zeros(1)))
    level, nothing = shut.null.intercept, np.zeros((1, 1))
    assert shut.certify(nothing, level).kkt < 1e-12
    for beside in (-0.1, 1e-3):
        certificate = shut.certify(nothing, level + beside)
        assert certificate.kkt > 1e-6
        # NumPy, which judges problems without a kernel, finds the same.
        eta = shut.linear_predictor(nothing, level + beside)
        assert shut.judge(shut.evidence_in_numpy(nothing, eta))[0].kkt == pytest.approx(
            certificate.kkt, rel=1e-6
        )


def test_without_an_intercept_gradients_need_not_balance():
    problem = alone(Squared(), NUMBERS, fit_intercept=False)
    eta = problem.linear_predictor(np.zeros((1, 1)), np.zeros(1))
    for evidence in (problem.evidence_of_kernels, problem.evidence_in_numpy):
        certificate = problem.judge(evidence(np.zeros((1, 1)), eta))[0]
        assert (certificate.gap, certificate.kkt) == (0, 0)


@pytest.mark.parametrize("scale", [1e-3, 1e3])
def test_units_of_x_and_y_do_not_matter_to_the_intercepts_violation(scale):
    one, other = (alone(Squared(), NUMBERS, l1=0.1, scale=size) for size in (1.0, scale))
    kkts = [
        problem.certify(np.zeros((1, 1)), problem.null.intercept + 0.1 * size).kkt
        for problem, size in ((one, 1.0), (other, scale))
    ]
    assert kkts[1] == pytest.approx(kkts[0], rel=1e-9)


@every_loss
def test_gaps_are_never_negative(loss):
    for penalty in PENALTIES:
        problem = make_problem(loss, penalty, fit_intercept=True, weighted=True)
        solution = CoordinateDescent(tol=1e-14, kkt_tol=1e-14, max_iter=50).solve(problem)
        eta = problem.linear_predictor(solution.coef, solution.intercept)
        assert problem.judge(problem.evidence_in_numpy(solution.coef, eta))[0].gap >= 0
        assert solution.certificate.gap >= 0


@pytest.mark.parametrize("strengths", [(0.1, 0.0), (0.0, 0.1), (2.0, 2.0)])
@pytest.mark.parametrize("free", [False, True])
def test_a_certificate_is_the_same_whoever_computes_it(strengths, free):
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(30, 4)), rng.normal(size=(30, 1))
    factors = np.array([1.0, 1.0, 1.0, 0.0 if free else 1.0])
    penalty = ElasticNetPenalty(*strengths, factors=factors)
    problem = Problem.build(DenseDesign(X), y, Squared(), penalty)
    solution = CoordinateDescent(tol=1e-12).solve(problem)
    coef = solution.coef + 1e-3
    eta = problem.linear_predictor(coef, solution.intercept)
    one, other = (
        problem.certify_at(coef, eta)[0],
        problem.judge(problem.evidence_in_numpy(coef, eta))[0],
    )
    assert one.gap == pytest.approx(other.gap, rel=1e-6)
    assert one.kkt == pytest.approx(other.kkt, rel=1e-6)
    assert np.isfinite(one.gap)


@pytest.mark.parametrize(
    ("strengths", "free", "outputs", "kernels"),
    [
        ((0.5, 0.0), False, 1, True),
        ((0.0, 0.5), False, 1, True),
        ((0.0, 0.0), False, 1, False),
        ((0.5, 0.5), True, 1, False),
        ((0.5, 0.5), False, 2, False),
    ],
)
def test_kernels_judge_and_fit_the_null_model_where_they_can(
    strengths, free, outputs, kernels, monkeypatch
):
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(30, 4)), rng.normal(size=(30, outputs))
    factors = np.array([1.0, 1.0, 1.0, 0.0 if free else 1.0])
    penalty = ElasticNetPenalty(*strengths, factors=factors)
    made = Problem.build(DenseDesign(X), y, Squared(), penalty)
    asked = []
    for name in ("evidence_of_kernels", "evidence_in_numpy"):
        own = getattr(Problem, name)
        monkeypatch.setattr(
            Problem, name, lambda *given, own=own, name=name: asked.append(name) or own(*given)
        )
    for name in ("fit_lone_intercept", "fit_null_model"):
        own = getattr(problem, name)
        monkeypatch.setattr(
            problem,
            name,
            lambda *given, own=own, name=name, **named: asked.append(name) or own(*given, **named),
        )
    made.certify(np.full((4, outputs), 1e-3), np.zeros(outputs))
    null = "fit_lone_intercept" if outputs == 1 and not free else "fit_null_model"
    assert {*asked} == {"evidence_of_kernels" if kernels else "evidence_in_numpy", null}


def test_a_strength_below_rounding_costs_no_finite_gap():
    """A gradient that rounding keeps from 0 would be scaled to it, and the gap would be the loss."""
    rng = np.random.default_rng(3)
    X = rng.normal(size=(30, 3))
    y = X[:, :1] + rng.normal(size=(30, 1))
    penalty = ElasticNetPenalty(1e-17, 0.0)
    problem = Problem.build(DenseDesign(X), y, Squared(), penalty)
    beta, *_ = np.linalg.lstsq(np.hstack([np.ones((30, 1)), X]), y, rcond=None)
    certificate = problem.certify(beta[1:], beta[0])
    assert certificate.relative_gap < 1e-9
    eta = problem.linear_predictor(beta[1:], beta[0])
    assert problem.judge(problem.evidence_in_numpy(beta[1:], eta))[0].relative_gap < 1e-9


def test_ridge_far_from_its_optimum_is_bounded_by_the_scaled_gradient():
    """With l1 and l2, the scaled gradient may give a better bound than the gradient itself."""
    rng = np.random.default_rng(4)
    X, y = rng.normal(size=(20, 3)), rng.normal(size=(20, 1))
    problem = Problem.build(DenseDesign(X), y, Squared(), ElasticNetPenalty(0.05, 0.5))
    coef = np.array([[0.4], [-0.3], [0.2]])
    eta = problem.linear_predictor(coef, np.zeros(1))
    gradient = problem.loss.gradient(eta, y, problem.weights)
    gradient -= gradient.mean()
    slope = -X.T @ gradient
    ridge = 0.5 * coef
    bounds = [
        problem.dual.value(s, gradient, slope, eta)
        for s in (1.0, problem.penalty.feasible_scale(slope - ridge))
    ]
    certificate = problem.certify_at(coef, eta)[0]
    assert certificate.gap <= certificate.objective - max(bounds) + 1e-9
