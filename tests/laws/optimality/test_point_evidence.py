"""Laws: evidence of a point from the kernels is that of NumPy, and so is the null model."""

from __future__ import annotations

import numpy as np
import pytest

from bridle.elastic_net import ElasticNetPenalty
from bridle.elastic_net.design import design_of
from bridle.elastic_net.loss import LOSSES
from bridle.elastic_net.null_model import fit_null_model
from bridle.elastic_net.problem import Problem

KERNELS = [name for name, loss in LOSSES.items() if loss.kernel]


def draw_problem(loss, rng):
    n, p = int(rng.integers(3, 1500)), int(rng.integers(1, 30))
    X = rng.standard_normal((n, p)) + rng.choice([0.0, 3.0], p)
    X[:, rng.random(p) < 0.1] = 2.0
    eta = 0.5 * X[:, :1]
    y = {
        "squared": eta + rng.standard_normal((n, 1)),
        "logistic": (rng.random((n, 1)) < 0.5).astype(float),
        "poisson": rng.poisson(np.exp(np.minimum(eta, 3.0))).astype(float),
        "gamma": rng.gamma(2.0, 1.0, (n, 1)),
        "tweedie": np.maximum(eta + rng.standard_normal((n, 1)), 0.0),
        "huber": eta + rng.standard_t(1.5, (n, 1)),
    }[loss]
    weights = rng.random(n) * rng.choice([0.0, 1e-9, 1.0], n)
    weights[0] = 1.0
    factors = rng.random(p) + 0.1
    factors[rng.random(p) < 0.1] = np.inf
    penalty = ElasticNetPenalty(
        l1=0.1 * rng.random(),
        l2=rng.choice([1e-9, 0.1]),
        factors=factors if rng.random() < 0.5 else 1.0,
        lower=rng.choice([-np.inf, -0.2]),
        upper=rng.choice([np.inf, 0.3]),
    )
    return Problem.build(
        design_of(X),
        y,
        LOSSES[loss],
        penalty,
        weights=weights if rng.random() < 0.5 else None,
        offset=rng.standard_normal((n, 1)) if rng.random() < 0.5 else None,
        fit_intercept=bool(rng.random() < 0.7),
    )


def draw_point(problem, rng):
    p = problem.design.shape[1]
    coef = 0.1 * rng.standard_normal((p, 1)) * (rng.random((p, 1)) < 0.5)
    coef = np.clip(coef, *(one[:, None] for one in problem.penalty.bounds(p)))
    coef[np.isinf(problem.factors)] = 0.0
    away = rng.choice([0.0, 1e-12, 0.3]) if problem.fit_intercept else 0.0
    return coef, problem.linear_predictor(coef, problem.null.intercept + away)


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("loss", KERNELS)
def test_kernels_judge_as_numpy_does(loss, seed):
    rng = np.random.default_rng(seed)
    problem = draw_problem(loss, rng)
    for _ in range(3):
        coef, eta = draw_point(problem, rng)
        fast, fast_violation = problem.judge(problem.evidence_of_kernels(coef, eta))
        slow, slow_violation = problem.judge(problem.evidence_in_numpy(coef, eta))
        for name in ("objective", "gap", "relative_gap", "kkt"):
            assert getattr(fast, name) == pytest.approx(getattr(slow, name), rel=1e-8, abs=1e-12)
        np.testing.assert_allclose(fast_violation, slow_violation, atol=1e-12)


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("loss", KERNELS)
def test_kernels_fit_the_null_model_that_numpy_fits(loss, seed):
    problem = draw_problem(loss, np.random.default_rng(seed))
    slow = fit_null_model(
        problem.loss,
        problem.y,
        problem.weights,
        problem.offset,
        np.empty((problem.y.shape[0], 0)),
        problem.fit_intercept,
    )
    fast = problem.null
    np.testing.assert_allclose(fast.eta, slow.eta, atol=1e-9)
    for name in ("value", "saturated", "half_deviance", "gradient_size"):
        assert getattr(fast, name) == pytest.approx(getattr(slow, name), rel=1e-9, abs=1e-13)


@pytest.mark.parametrize("loss", KERNELS)
def test_what_is_no_number_is_never_optimal(loss):
    rng = np.random.default_rng(3)
    problem = draw_problem(loss, rng)
    coef, eta = draw_point(problem, rng)
    for wrong in (np.nan, np.inf):
        broken = eta.copy()
        broken[0] = wrong
        certificate, violation = problem.judge(problem.evidence_of_kernels(coef, broken))
        assert not certificate.meets(1e100)
        assert np.all(np.isinf(violation))


def test_products_beyond_numbers_are_no_slopes_of_0():
    """X'u of two columns that cancel beyond floating-point numbers is NaN, not 0."""
    X = np.array([[1e308, 1.0], [1e308, 0.0], [-1e308, 0.0], [-1e308, -1.0]])
    y = np.array([[1e3], [1e3], [1e3], [-4e3]])
    problem = Problem.build(
        design_of(X), y, LOSSES["squared"], ElasticNetPenalty(1e-3, 0.0), fit_intercept=False
    )
    with np.errstate(all="ignore"):
        certificate, _ = problem.judge(
            problem.evidence_of_kernels(np.zeros((2, 1)), np.zeros((4, 1)))
        )
    assert not certificate.meets(1e-6)


def test_a_null_model_that_starts_at_its_optimum_is_not_searched_for(monkeypatch):
    """Rounding decides whether a step of 1e-17 is uphill, which cost a hundred shorter ones."""
    rng = np.random.default_rng(0)
    evaluations = []
    loss = LOSSES["poisson"]
    value = type(loss).value
    monkeypatch.setattr(type(loss), "value", lambda *given: evaluations.append(1) or value(*given))
    for _ in range(20):
        y = rng.poisson(2.77, (2000, 1)).astype(float)
        weights, nothing = np.full(2000, 1 / 2000), np.empty((2000, 0))
        null = fit_null_model(loss, y, weights, np.zeros_like(y), nothing, fit_intercept=True)
        assert null.intercept[0] == pytest.approx(np.log(y.mean()), rel=1e-14)
    assert len(evaluations) <= 20 * 6
