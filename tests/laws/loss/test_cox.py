"""Laws of Cox loss: risk sets written out, derivatives by differences, the bound on its conjugate."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from scipy.optimize import minimize

from bridle.elastic_net.loss import Cox
from bridle.elastic_net.loss import risk_sets as module

N = 40
CASES = [
    pytest.param(efron, start, strata, id=f"{efron}-{start}-{strata}")
    for efron in ("efron", "breslow")
    for start in ("from 0", "from a start")
    for strata in ("one stratum", "three strata")
]


@cache
def case(efron, start, strata):
    """Return a loss, its linear predictor and weights, and the function with its sums written out."""
    rng = np.random.default_rng([len(efron), len(start), len(strata)])
    stop = rng.integers(3, 15, N).astype(float)  # with ties
    begin = rng.integers(0, 3, N).astype(float) if start == "from a start" else None
    event = rng.random(N) < 0.6
    group = rng.integers(0, 3, N) if strata == "three strata" else None
    weights = rng.random(N) * (rng.random(N) < 0.8)
    loss = Cox(stop, event, begin, group, efron=efron == "efron")
    starts = np.full(N, -np.inf) if begin is None else begin
    groups = np.zeros(N) if group is None else group

    def written_out(eta):
        return naive(starts, stop, event, groups, efron, eta, weights)

    return loss, rng.normal(size=N), weights, written_out


def naive(start, stop, event, groups, efron, eta, weights):
    total, risks = 0.0, weights * np.exp(eta)
    for group in np.unique(groups):
        for t in np.unique(stop):
            tied = event & (stop == t) & (groups == group) & (weights > 0)
            at_risk = (start < t) & (t <= stop) & (groups == group)
            total -= (weights * eta)[tied].sum()
            count, mass = tied.sum(), weights[tied].sum()
            if efron == "breslow" and count:
                total += mass * np.log(risks[at_risk].sum())
            for k in range(count if efron == "efron" else 0):
                left = risks[at_risk].sum() - k / count * risks[tied].sum()
                total += mass / count * np.log(left)
    return total


def differences(function, eta, step=1e-5):
    return np.array(
        [(function(eta + step * e) - function(eta - step * e)) / (2 * step) for e in np.eye(N)]
    )


@pytest.mark.parametrize(("efron", "start", "strata"), CASES)
def test_value_and_derivatives_are_those_of_the_sums_written_out(efron, start, strata):
    loss, eta, weights, written_out = case(efron, start, strata)
    y = loss.event[:, None].astype(float)
    assert loss.value(eta[:, None], y, weights) == pytest.approx(written_out(eta), rel=1e-12)
    gradient = loss.gradient(eta[:, None], y, weights)[:, 0]
    np.testing.assert_allclose(gradient, differences(written_out, eta), atol=1e-8)
    hessian = differences(lambda one: loss.gradient(one[:, None], y, weights)[:, 0], eta)
    found = loss.hessian(eta[:, None], weights, np.eye(N))
    np.testing.assert_allclose(found, hessian, atol=1e-9)
    diagonal = loss.diagonal_curvature(eta[:, None], y, weights)[:, 0]
    np.testing.assert_allclose(diagonal, np.diag(found), atol=1e-13)
    larger = np.diag(loss.majorant(eta[:, None], y, weights)[:, 0]) - found
    assert np.linalg.eigvalsh(larger).min() >= -1e-12


@pytest.mark.parametrize(("efron", "start", "strata"), CASES)
def test_conjugate_is_bounded_at_scaled_gradients_and_exact_at_the_gradient(efron, start, strata):
    loss, eta, weights, written_out = case(efron, start, strata)
    y = loss.event[:, None].astype(float)
    gradient = loss.gradient(eta[:, None], y, weights)[:, 0]
    exact = gradient @ eta - written_out(eta)
    assert loss.scaled_conjugate(1.0, eta[:, None], weights) == pytest.approx(exact, abs=1e-10)
    for scale in (0.99, 0.6, 0.0):
        dual = scale * gradient
        best = minimize(
            lambda one, dual=dual: (
                loss.value(one[:, None], y, weights) - dual @ one,
                loss.gradient(one[:, None], y, weights)[:, 0] - dual,
            ),
            eta,
            jac=True,
            options={"maxiter": 200},
        )
        assert loss.scaled_conjugate(scale, eta[:, None], weights) >= -best.fun - 1e-9
    near = [loss.scaled_conjugate(1 - h, eta[:, None], weights) for h in (1e-5, 2e-5)]
    slopes = [(exact - one) / h for one, h in zip(near, (1e-5, 2e-5), strict=True)]
    # To first order the bound is the conjugate itself, whose slope is <gradient, eta>.
    assert 2 * slopes[0] - slopes[1] == pytest.approx(gradient @ eta, abs=1e-3)


@pytest.mark.parametrize("efron", ["efron", "breslow"])
def test_nothing_is_below_the_saturated_model(efron):
    loss, _, weights, _ = case(efron, "from 0", "one stratum")
    y = loss.event[:, None].astype(float)
    saturated = -loss.conjugate(np.zeros((N, 1)), y, weights)
    order = -np.argsort(np.argsort(loss.stop * 2 + ~loss.event)).astype(float)
    for steepness in (0.0, 1.0, 5.0):
        assert loss.value(steepness * order[:, None], y, weights) >= saturated
    assert np.isinf(loss.conjugate(np.ones((N, 1)), y, weights))


def test_many_ties_are_summed_in_parts(monkeypatch):
    loss, eta, weights, _ = case("efron", "from 0", "one stratum")
    whole = loss.scaled_conjugate(0.7, eta[:, None], weights)
    monkeypatch.setattr(module, "_PAIRS_AT_ONCE", 3)
    assert loss.scaled_conjugate(0.7, eta[:, None], weights) == pytest.approx(whole, rel=1e-13)


def test_a_common_shift_changes_nothing():
    loss, eta, weights, _ = case("efron", "from a start", "three strata")
    y = loss.event[:, None].astype(float)
    for shift in (-300.0, 1e3):
        moved = eta[:, None] + shift
        np.testing.assert_allclose(
            loss.gradient(moved, y, weights), loss.gradient(eta[:, None], y, weights), atol=1e-12
        )
        assert loss.value(moved, y, weights) == pytest.approx(
            loss.value(eta[:, None], y, weights), rel=1e-9
        )
