"""A certificate on a working set is that of the whole solution."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.laws.methods.test_lockstep import PENALTIES

from bridle import _core
from bridle.elastic_net.design import DenseDesign
from bridle.elastic_net.loss import Gamma, Huber, Logistic, Poisson, Squared, Tweedie
from bridle.elastic_net.methods.certificates.duality_gaps import WorkingPoint, certify_working_set
from bridle.elastic_net.methods.certificates.loss_bounds import MomentLoss, RowLoss, RowTotals
from bridle.elastic_net.problem import Problem
from bridle.elastic_net.solver import CoordinateDescent

SIZE, COUNT = 17, 5


@pytest.mark.parametrize("penalty", PENALTIES)
@pytest.mark.parametrize("seed", range(3))
def test_dual_bounds_match_the_penalty(penalty, seed):
    rng = np.random.default_rng(seed)
    chosen, l1_ratio = PENALTIES[penalty]
    factors, floor = rng.random(SIZE), rng.random(SIZE)
    floor[2] = 0.0
    lower, upper = replace(chosen, factors=factors).bounds(SIZE)
    coef = np.clip(rng.normal(size=(COUNT, SIZE)) * (rng.random((COUNT, SIZE)) > 0.5), lower, upper)
    slopes, within = rng.normal(size=(SIZE, COUNT)), rng.uniform(0.2, 1, COUNT)
    strengths, out = rng.random(COUNT), np.empty((6, COUNT))
    _core.dual_bounds(
        coef, slopes, _core.Features(factors, lower, upper), floor,
        _core.Grid(l1_ratio * strengths, (1 - l1_ratio) * strengths), within, out,
    )  # fmt: skip
    for k, (value, fitted, scale, conjugate, conjugate_within, violation) in enumerate(out.T):
        one = replace(chosen, factors=factors).with_strength(strengths[k], l1_ratio)
        corner = slopes[:, k] - one.strengths(SIZE)[1] * coef[k]
        assert value == pytest.approx(one.value(coef[k]), rel=1e-12)
        assert fitted == pytest.approx(coef[k] @ slopes[:, k], rel=1e-12, abs=1e-14)
        assert scale == pytest.approx(min(within[k], one.feasible_scale(corner)), rel=1e-12)
        for found, share in ((conjugate, scale), (conjugate_within, within[k])):
            assert found == pytest.approx(one.conjugate(share * slopes[:, k]).sum(), rel=1e-10)
        units = np.maximum(one.strengths(SIZE)[0], floor)
        shares = (one.violation(coef[k], corner) / units)[floor > 0]
        assert violation == pytest.approx(shares.max(initial=0.0), rel=1e-12)


N, P = 40, 8
STRENGTHS = np.array([0.7, 0.2, 0.05])


def problem_of(chosen, fit_intercept):
    """Columns of mean 0 and norm 1, so that what is outside is as large as it is said to be."""
    rng = np.random.default_rng(3)
    X = rng.normal(size=(N, P))
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    y = (X[:, :3] @ [1.0, -0.8, 0.5] + rng.normal(size=N))[:, None]
    return Problem.build(DenseDesign(X), y, Squared(), chosen, fit_intercept=fit_intercept)


def point_on(problem, features, coef, l1_ratio, away=0.0):
    """Return the working point of coefficients (m, size), with intercepts so far from the best."""
    X, y = problem.design.columns(np.arange(P)), problem.y[:, 0]
    eta = coef @ X[:, features].T
    intercepts = (y - eta).mean(axis=1) + away if problem.fit_intercept else np.zeros(len(coef))
    loss = RowLoss.at(problem, eta + intercepts[:, None], np.empty((N, len(coef))), 0)
    slopes = X.T @ loss.dual
    lower, upper = problem.penalty.bounds(P)
    outside = np.setdiff1d(np.arange(P), features)
    size = np.maximum(
        np.where(upper[outside, None] > 0, slopes[outside], 0.0),
        np.where(lower[outside, None] < 0, -slopes[outside], 0.0),
    )
    worst = size.max(axis=0, initial=0.0) / (l1_ratio * STRENGTHS)
    return WorkingPoint(features, coef, slopes[features], worst, loss), intercepts


@pytest.mark.parametrize("penalty", PENALTIES)
@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("features", [[0, 1, 2, 3], [2, 5], list(range(P))], ids=str)
def test_working_set_hides_nothing(penalty, fit_intercept, features):
    """Neither objective nor kkt are less than those of the whole, nor is the bound above the best."""
    chosen, l1_ratio = PENALTIES[penalty]
    problem, features = problem_of(chosen, fit_intercept), np.array(features)
    coef = np.random.default_rng(4).normal(size=(STRENGTHS.size, features.size)) / 5
    coef = np.clip(coef, *problem.penalty.restricted(features).bounds(features.size))
    coef[:, 0] = 0.0
    point, intercepts = point_on(problem, features, coef, l1_ratio)
    found = certify_working_set(problem, STRENGTHS, l1_ratio, point)
    for k, certificate in enumerate(found):
        one = problem.with_penalty(problem.penalty.with_strength(STRENGTHS[k], l1_ratio))
        whole = np.zeros((P, 1))
        whole[features, 0] = coef[k]
        other = one.certify(whole, intercepts[k : k + 1])
        assert certificate.objective == pytest.approx(other.objective, rel=1e-12)
        assert certificate.kkt == pytest.approx(other.kkt, rel=1e-10)
        assert certificate.gap >= 0
        best = CoordinateDescent(tol=1e-12).solve(one).certificate
        assert certificate.objective - certificate.gap <= best.objective + 1e-10


def test_whole_working_set_at_the_best_point_is_certified():
    chosen, l1_ratio = PENALTIES["elastic"]
    problem = problem_of(chosen, True)
    solved = [
        CoordinateDescent(tol=1e-14).solve(
            problem.with_penalty(problem.penalty.with_strength(one, l1_ratio))
        )
        for one in STRENGTHS
    ]
    coef = np.array([one.coef[:, 0] for one in solved])
    point, _ = point_on(problem, np.arange(P), coef, l1_ratio)
    for certificate in certify_working_set(problem, STRENGTHS, l1_ratio, point):
        assert 0 <= certificate.relative_gap <= 1e-9
        assert certificate.kkt <= 1e-6


def test_a_bound_above_the_objective_by_rounding_is_a_gap_of_0():
    problem = problem_of(PENALTIES["lasso"][0], False)
    coef = np.zeros((STRENGTHS.size, P))
    squares = np.full(STRENGTHS.size, np.mean(problem.y**2))
    point = WorkingPoint(
        np.arange(P),
        coef,
        np.zeros((P, STRENGTHS.size)),
        np.zeros(STRENGTHS.size),
        MomentLoss(squares, np.full(STRENGTHS.size, -1e-9)),
    )
    for certificate in certify_working_set(problem, STRENGTHS, 1.0, point):
        assert certificate.gap == certificate.relative_gap == 0.0


@pytest.mark.parametrize("away", [0.5, -3.0, 1e-4])
@pytest.mark.parametrize("l1_ratio", [1.0, 0.3])
def test_an_intercept_away_from_its_best_violates_as_much_as_the_whole_says(away, l1_ratio):
    problem = problem_of(PENALTIES["elastic"][0], True)
    coefs = []
    for strength in STRENGTHS:
        one = problem.with_penalty(problem.penalty.with_strength(strength, l1_ratio))
        coefs.append(CoordinateDescent(tol=1e-14).solve(one).coef[:, 0])
    point, intercepts = point_on(problem, np.arange(P), np.array(coefs), l1_ratio, away)
    found = certify_working_set(problem, STRENGTHS, l1_ratio, point)
    for k, certificate in enumerate(found):
        one = problem.with_penalty(problem.penalty.with_strength(STRENGTHS[k], l1_ratio))
        whole = one.certify(coefs[k][:, None], intercepts[k : k + 1])
        assert certificate.kkt == pytest.approx(whole.kkt, rel=1e-6)
        assert certificate.kkt > 0.1 * abs(away)


def test_loss_from_moments_is_that_of_the_rows():
    """Its lower bounds are the exact ones of squared loss, less what rounding may have done."""
    problem = problem_of(PENALTIES["lasso"][0], False)
    coef = np.random.default_rng(5).normal(size=(3, P)) / 5
    point, _ = point_on(problem, np.arange(P), coef, 1.0)
    residuals = point.loss.dual * N
    squares = np.mean(residuals**2, axis=0)
    fitted = np.sum(coef * point.negative_gradients.T, axis=1)
    for rounding in (0.0, 0.01):
        moments = MomentLoss(squares, np.full(3, rounding))
        np.testing.assert_allclose(moments.values, point.loss.values, rtol=1e-12)
        for scale in (0.0, 0.3, 1.0):
            share = np.full(3, scale)
            dual = -scale * point.loss.dual
            exact = [
                -problem.loss.conjugate(dual[:, k : k + 1], problem.y, problem.weights)
                for k in range(3)
            ]
            np.testing.assert_allclose(
                moments.lower_bounds(share, fitted), np.array(exact) - rounding, atol=1e-14
            )
            np.testing.assert_allclose(point.loss.lower_bounds(share, fitted), exact, atol=1e-14)


LOSSES_OF_BOUNDS = {
    "squared": (Squared(), lambda rng: rng.normal(size=(N, 1))),
    "logistic": (Logistic(), lambda rng: (rng.random((N, 1)) < 0.4).astype(float)),
    "poisson": (Poisson(), lambda rng: rng.poisson(1.5, (N, 1)).astype(float)),
    "gamma": (Gamma(), lambda rng: rng.gamma(2.0, 1.0, (N, 1))),
    "tweedie": (Tweedie(1.3), lambda rng: np.maximum(rng.normal(1.0, 2.0, (N, 1)), 0.0)),
    "huber": (Huber(scale=0.5), lambda rng: rng.normal(1.0, 1.0, (N, 1))),
}
every_bound = pytest.mark.parametrize("name", LOSSES_OF_BOUNDS)
# Linear predictors whose intercept is close to its best, and far from it on either side.
SHIFTS = np.array([0.0, -0.01, 0.05, 3.0, -4.0])
SHARES = (0.0, 0.25, 0.9, 1.0)


def looked_at(name, fit_intercept, shifts=SHIFTS, first=0):
    """Return a problem and the loss at random predictors, whose duals stand amid other columns."""
    rng = np.random.default_rng(8)
    loss, targets = LOSSES_OF_BOUNDS[name]
    design, weights = DenseDesign(np.zeros((N, 1))), rng.random(N)
    penalty = PENALTIES["lasso"][0]
    problem = Problem.build(
        design, targets(rng), loss, penalty, weights=weights, fit_intercept=fit_intercept
    )
    level = problem.null.intercept if fit_intercept else 0.0
    eta = level + 0.1 * rng.normal(size=(shifts.size, N)) + shifts[:, None]
    right = np.full((N, first + shifts.size + 2), np.nan)
    return problem, eta, RowLoss.at(problem, eta, right, first)


def gradient_and_curvature(problem, one):
    given = one[:, None], problem.y, problem.weights
    return problem.loss.gradient(*given)[:, 0], problem.loss.diagonal_curvature(*given)[:, 0]


@every_bound
@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("first", [0, 3])
def test_look_is_gradient_and_value_of_each_predictor(name, fit_intercept, first):
    problem, eta, loss = looked_at(name, fit_intercept, first=first)
    assert loss.dual.shape == (N, SHIFTS.size)
    for k, one in enumerate(eta):
        gradient, curvature = gradient_and_curvature(problem, one)
        value = problem.loss.value(one[:, None], problem.y, problem.weights)
        assert loss.values[k] == pytest.approx(value, rel=1e-12)
        assert loss.residual_sums[k] == pytest.approx(-gradient.sum(), rel=1e-10, abs=1e-15)
        assert loss.intercept_gradients[k] == pytest.approx(
            abs(gradient.sum()), rel=1e-10, abs=1e-15
        )
        movable = fit_intercept and curvature.sum() > 0
        share = gradient.sum() / curvature.sum() if movable else 0.0
        np.testing.assert_allclose(loss.dual[:, k], share * curvature - gradient, atol=1e-14)


@every_bound
@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("scale", SHARES)
def test_lower_bounds_of_the_loss_hold_and_are_those_of_the_two_norms(name, fit_intercept, scale):
    problem, eta, loss = looked_at(name, fit_intercept)
    fitted = np.sum(eta.T * loss.dual, axis=0)
    found = loss.lower_bounds(np.full(SHIFTS.size, scale), fitted)
    for k, one in enumerate(eta):
        gradient, curvature = gradient_and_curvature(problem, one)
        if fit_intercept and scale > 0 and curvature.sum() == 0:
            assert found[k] == -np.inf, "every row is on a tail, and they do not balance"
            continue
        unit, share, excess = curvature, scale, 0.0
        if problem.loss.has_linear_tails:
            unit = problem.weights
            excess = loss.values[k] - 0.5 * np.sum(gradient**2 / unit)
            if fit_intercept and scale > 0:
                limit = problem.loss.parameter
                share *= limit / (limit + abs(gradient.sum()) / curvature.sum())
        sizes = [(1 - share) * np.sqrt(np.sum(gradient**2 / unit)), 0.0]
        if fit_intercept and scale > 0:
            if abs(gradient.sum()) > problem.loss.largest_shift * curvature.sum():
                assert found[k] == -np.inf
                continue
            sizes[1] = share * abs(gradient.sum()) / np.sqrt(curvature.sum())
        bound = loss.values[k] + share * fitted[k] - problem.loss.divergence(np.sum(sizes))
        bound -= (1 - share) * excess
        assert found[k] == pytest.approx(bound, rel=1e-12, abs=1e-14)
        dual = -share * loss.dual[:, k : k + 1]
        exact = -problem.loss.conjugate(dual, problem.y, problem.weights)
        assert found[k] <= exact + 1e-14 * max(1.0, abs(exact))


@pytest.mark.parametrize(
    ("name", "far"), [("logistic", 800.0), ("logistic", -800.0), ("poisson", -800.0)]
)
@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("scale", SHARES)
def test_predictors_without_a_curvature_have_no_bound_that_lies(name, far, fit_intercept, scale):
    problem, eta, loss = looked_at(name, fit_intercept, np.array([far]))
    fitted = np.sum(eta.T * loss.dual, axis=0)
    (found,) = loss.lower_bounds(np.array([scale]), fitted)
    assert not np.isnan(found)
    dual = -scale * loss.dual
    if fit_intercept and scale > 0:
        assert found == -np.inf
    elif scale < 1:
        assert found <= -problem.loss.conjugate(dual, problem.y, problem.weights) + 1e-12
    else:
        exact = -problem.loss.conjugate(dual, problem.y, problem.weights)
        assert found == pytest.approx(exact, abs=1e-9)


def test_totals_beyond_floating_point_leave_the_whole_dual_point_its_bound():
    """Only a share of it is judged by the gradient's own size, which may be infinite."""
    problem, *_ = looked_at("logistic", False)
    totals = np.array([[2.0], [0.5], [0.25], [np.inf]])
    whole, part = (
        RowTotals(problem, totals).lower_bounds(np.array([scale]), np.array([-0.5]))
        for scale in (1.0, 0.9)
    )
    assert whole == 1.5
    assert part == -np.inf


@pytest.mark.parametrize(("way", "bounded"), [(0.99, True), (1.0, True), (1.01, False)])
def test_an_intercept_whose_way_is_at_most_the_largest_shift_has_a_bound(way, bounded):
    problem, *_ = looked_at("logistic", True)
    totals = np.array([[2.0], [-way * 0.25], [0.25], [1.0]])
    found = RowTotals(problem, totals).lower_bounds(np.ones(1), np.zeros(1))
    assert np.isfinite(found) == bounded
    if bounded:
        assert found == pytest.approx(2.0 - (0.25 * way) ** 2 / 0.25, rel=1e-12)
