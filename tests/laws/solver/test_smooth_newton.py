"""Laws: Newton's method in one kernel ends where the one in NumPy ends."""

from __future__ import annotations

import numpy as np
import pytest
from tests.laws.catalogue import DESIGNS, LAYOUTS, LOSSES

from bridle import _core
from bridle.elastic_net.design import DenseDesign
from bridle.elastic_net.penalty.penalty import ElasticNetPenalty
from bridle.elastic_net.problem import Problem
from bridle.elastic_net.solver import CoordinateDescent, newton
from bridle.elastic_net.solver.base import Iterate
from bridle.elastic_net.solver.smooth_newton import has_smooth_newton, smooth_newton

SINGLE = [name for name, case in LOSSES.items() if case.loss.kernel and case.outputs == 1]
every_loss = pytest.mark.parametrize("loss", SINGLE)
N, P = 60, 7


def make(loss, design, *, n=N, p=P, seed=0, l2=0.02, **options):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, p)) + 0.6 * rng.normal(size=(n, 1)) + np.arange(p)
    y = LOSSES[loss].simulate(rng, X)
    made, _ = DESIGNS[design](X) if isinstance(design, str) else design(X)
    weights = rng.integers(0, 3, n) * 1.0
    offset = 0.3 * rng.normal(size=(n, 1))
    penalty = ElasticNetPenalty(0.0, l2, factors=np.linspace(0.5, 2, p))
    return Problem.build(
        made, y, LOSSES[loss].loss, penalty, weights=weights, offset=offset, **options
    )


def naive(problem, start, monkeypatch):
    monkeypatch.setattr(newton, "has_smooth_newton", lambda problem: False)
    return newton.finish(problem, start)


def assert_same(problem, start, monkeypatch, rtol=1e-9):
    assert has_smooth_newton(problem)
    found, settled = smooth_newton(problem, start)
    assert settled
    other = naive(problem, start, monkeypatch)
    scale = np.abs(other.coef).max()
    np.testing.assert_allclose(found.coef, other.coef, rtol=rtol, atol=rtol * scale)
    np.testing.assert_allclose(found.intercept, other.intercept, rtol=rtol, atol=rtol)
    again = problem.linear_predictor(found.coef, found.intercept)
    np.testing.assert_allclose(found.eta, again, rtol=1e-12, atol=1e-12)
    assert problem.certify(found.coef, found.intercept).meets(1e-12)


@every_loss
@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("design", ["dense", "standardised", "scaled, not centred"])
def test_end_is_that_of_numpy(loss, design, fit_intercept, monkeypatch):
    problem = make(loss, design, fit_intercept=fit_intercept)
    assert_same(problem, Iterate.start(problem, None), monkeypatch)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layout_does_not_matter(layout, tmp_path, monkeypatch):
    problem = make("logistic", lambda X: (DenseDesign(LAYOUTS[layout](X, tmp_path)), X))
    assert_same(problem, Iterate.start(problem, None), monkeypatch)


@every_loss
@pytest.mark.parametrize("size", [(400, 40), (30, 1), (20, 33)])
def test_size_does_not_matter(loss, size, monkeypatch):
    n, p = size
    problem = make(loss, "dense", n=n, p=p, l2=0.5)
    assert_same(problem, Iterate.start(problem, None), monkeypatch, rtol=1e-7)


@every_loss
def test_far_start_ends_at_the_same_place(loss, monkeypatch):
    problem = make(loss, "dense")
    start = (np.random.default_rng(1).normal(size=(P, 1)), np.array([2.0]))
    assert_same(problem, Iterate.start(problem, start), monkeypatch, rtol=1e-7)


def test_start_is_left_as_it_was():
    problem = make("logistic", "dense")
    start = Iterate.start(problem, None)
    eta = start.eta.copy()
    smooth_newton(problem, start)
    assert not start.coef.any()
    assert np.array_equal(start.eta, eta)


def test_dependent_columns_without_a_ridge_are_left_to_numpy():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(30, 4))[:, [0, 1, 0, 2, 3]]
    y = LOSSES["logistic"].simulate(rng, X)
    penalty = ElasticNetPenalty(0.0, 0.0, factors=np.ones(5))
    problem = Problem.build(DenseDesign(X), y, LOSSES["logistic"].loss, penalty)
    _, settled = smooth_newton(problem, Iterate.start(problem, None))
    assert not settled
    # Of many solutions, that of smallest norm.
    found = CoordinateDescent().solve(problem)
    assert found.certificate.meets(1e-6)
    assert found.coef[0] == pytest.approx(found.coef[2], rel=1e-6)


NOT_TAKEN = {
    "l1": {"penalty": ElasticNetPenalty(0.1, 0.1)},
    "a bound": {"penalty": ElasticNetPenalty(0.0, 0.1, upper=1.0)},
    "an excluded feature": {"penalty": ElasticNetPenalty(0.0, 0.1, factors=np.r_[np.inf, 1, 1])},
    "a constant column": {"X": np.c_[np.ones(9), np.arange(9.0), np.arange(9.0) ** 2]},
    "far more columns than rows": {"X": np.random.default_rng(0).normal(size=(4, 9))},
    "a tiny ridge on a wide table": {
        "X": np.random.default_rng(0).normal(size=(4, 6)),
        "penalty": ElasticNetPenalty(0.0, 1e-9),
    },
}


@pytest.mark.parametrize("case", NOT_TAKEN)
def test_other_problems_are_not_taken(case):
    changed = NOT_TAKEN[case]
    X = changed.get("X", np.random.default_rng(0).normal(size=(9, 3)))
    penalty = changed.get("penalty", ElasticNetPenalty(0.0, 0.1))
    y = np.arange(len(X))[:, None] % 2 * 1.0
    assert not has_smooth_newton(Problem.build(DenseDesign(X), y, LOSSES["logistic"].loss, penalty))


def test_kernel_counts_its_steps_and_says_whether_it_is_done():
    rng = np.random.default_rng(0)
    X, n = rng.normal(size=(50, 3)), 50
    y = (X[:, 0] + 0.1 * rng.normal(size=n) > 0) * 1.0
    rows = _core.Rows("logistic", True, np.full(n, 1 / n), y, np.zeros(n), 0.0)
    coef, eta = np.zeros(3), np.zeros(n)
    intercept, steps, settled = _core.smooth_newton(
        X, rows, np.zeros(3), np.ones(3), np.full(3, 0.01), 1e-15, 0.0, coef, eta
    )
    assert settled
    assert 3 < steps < 20
    np.testing.assert_allclose(eta, intercept + X @ coef, rtol=1e-13, atol=1e-13)
    gradient = X.T @ (1 / (1 + np.exp(-eta)) - y) / n + 0.01 * coef
    assert np.abs(gradient).max() < 1e-12
