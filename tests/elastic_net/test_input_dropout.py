"""Dropout on the inputs of a linear model is a ridge: oracles 9 and 10 of dropout, and the engine."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from scipy import sparse
from scipy.special import expit

from bridle import elastic_net_path
from bridle.elastic_net.input_dropout import input_dropout_penalty
from bridle.elastic_net.loss import LOSSES
from bridle.errors import InputError

N, P = 12, 6
MASKS = np.array(list(product([0.0, 1.0], repeat=P)))
"""All 2^6 of them."""

RNG = np.random.default_rng(0)
X = RNG.normal(size=(N, P)) * [1.0, 3.0, 0.2, 1.0, 2.0, 1.0] + [0.0, 0.0, 1.0, -2.0, 0.0, 0.0]
Y = X @ [1.0, -0.5, 2.0, 0.0, 0.3, -1.0] + RNG.normal(size=N)
LABELS = (Y > 0).astype(np.float64)
B = np.array([0.5, -0.25, 1.0, 0.125, -0.5, 0.75])
WEIGHTS = RNG.random(N) + 0.1
WEIGHTS[3] = 0.0

RATES = (0.1, 0.5, 0.9)


def mean_loss(loss, coef, y, weights, features):
    values = LOSSES[loss].values((features @ coef)[:, None], y[:, None], weights)
    return float(np.sum(values)) / weights.sum()


def average_over_masks(loss, rate, coef, y, weights):
    """Return the expectation of the mean loss over the masks, of which every one is visited.

    All rows have the same mask, which the expectation of a sum over rows does not see.
    """
    keep = 1 - rate
    chances = keep ** MASKS.sum(axis=1) * rate ** (P - MASKS.sum(axis=1))
    losses = [mean_loss(loss, coef, y, weights, X * mask / keep) for mask in MASKS]
    return float(chances @ losses)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["equal", "weighted"])
def test_penalty_is_what_the_masks_add_to_the_squared_loss(rate, weights):
    penalty = input_dropout_penalty(rate, X, sample_weight=weights)
    w = np.ones(N) if weights is None else weights
    expected = average_over_masks("squared", rate, B, Y, w)
    assert mean_loss("squared", B, Y, w, X) + penalty.value(B) == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize("rate", RATES)
def test_factors_are_the_mean_squares_and_are_not_rescaled(rate):
    penalty = input_dropout_penalty(rate, X)
    assert (penalty.l1, penalty.l2) == (0.0, pytest.approx(rate / (1 - rate), rel=1e-15))
    np.testing.assert_allclose(penalty.factors, (X**2).mean(axis=0), rtol=1e-14)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("fit_intercept", [False, True])
def test_engine_finds_the_minimiser_of_the_average_over_masks(rate, fit_intercept):
    """The average is a quadratic, whose minimiser stands in its moments over the masks."""
    keep = 1 - rate
    chances = keep ** MASKS.sum(axis=1) * rate ** (P - MASKS.sum(axis=1))
    ones = np.ones((N, int(fit_intercept)))
    dropped = [np.hstack([X * mask / keep, ones]) for mask in MASKS]
    gram = sum(c * D.T @ D for c, D in zip(chances, dropped, strict=True))
    slope = sum(c * D.T @ Y for c, D in zip(chances, dropped, strict=True))
    expected = np.linalg.solve(gram, slope)

    penalty = input_dropout_penalty(rate, X)
    path = elastic_net_path(
        X,
        Y,
        penalty=penalty,
        alphas=[penalty.l2],
        l1_ratio=0,
        fit_intercept=fit_intercept,
        tol=1e-14,
    )
    np.testing.assert_allclose(path.coefs[0].toarray().ravel(), expected[:P], rtol=1e-9)


def test_rate_0_is_no_penalty():
    penalty = input_dropout_penalty(0, X)
    assert (penalty.l1, penalty.l2, penalty.value(B)) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize(
    "form", [sparse.csc_array, sparse.csr_matrix, np.float32, np.asfortranarray]
)
@pytest.mark.parametrize("loss", ["squared", "logistic"])
def test_penalty_is_that_of_the_numbers_wherever_they_lie(form, loss):
    numbers = np.where(np.abs(X) > 1, np.round(8 * X) / 8, 0.0)
    plain = input_dropout_penalty(0.3, numbers, loss, sample_weight=WEIGHTS)
    other = input_dropout_penalty(0.3, form(numbers), loss, sample_weight=WEIGHTS)
    np.testing.assert_allclose(other.factors, plain.factors, rtol=1e-13)


@pytest.mark.parametrize("scale", [1e-300, 3.0, 1e300])
def test_only_the_ratios_of_weights_count(scale):
    one = input_dropout_penalty(0.3, X, sample_weight=WEIGHTS)
    other = input_dropout_penalty(0.3, X, sample_weight=scale * WEIGHTS)
    np.testing.assert_allclose(other.factors, one.factors, rtol=1e-14)


# --- The logistic loss


@pytest.mark.parametrize("rate", [0.05, 0.1, 0.2])
def test_logistic_penalty_is_within_5_percent_of_monte_carlo(rate):
    """Noise of the linear predictor of at most 0.5, its own mean as control variate."""
    rng = np.random.default_rng(1)
    features = rng.normal(size=(40, 20))
    coef = rng.normal(size=20)
    deviation = np.sqrt(rate / (1 - rate) * (features**2 @ coef**2))
    coef *= 0.5 / deviation.max()
    eta = features @ coef
    penalty = input_dropout_penalty(rate, features, "logistic", proba=expit(eta))

    masks = rng.random((20_000, 20)) >= rate
    noisy = (masks * (coef / (1 - rate))) @ features.T
    # What is linear in the noise has mean 0: taken off, it leaves the variance of the rest.
    excess = np.logaddexp(0, noisy) - np.logaddexp(0, eta) - expit(eta) * (noisy - eta)
    assert penalty.value(coef) == pytest.approx(excess.mean(), rel=0.05)


@pytest.mark.parametrize("rate", RATES)
def test_logistic_penalty_at_one_half_is_never_below_the_average_over_masks(rate):
    ones = np.ones(N)
    penalty = input_dropout_penalty(rate, X, "logistic")
    added = average_over_masks("logistic", rate, B, LABELS, ones) - mean_loss(
        "logistic", B, LABELS, ones, X
    )
    assert 0 < added < penalty.value(B)
    np.testing.assert_allclose(penalty.factors, (X**2).mean(axis=0) / 4, rtol=1e-14)


def test_probabilities_of_rows_weigh_their_squares():
    proba = RNG.random(N)
    penalty = input_dropout_penalty(0.5, X, "logistic", proba=proba)
    expected = (proba * (1 - proba)) @ X**2 / N
    np.testing.assert_allclose(penalty.factors, expected, rtol=1e-13)
    number = input_dropout_penalty(0.5, X, "logistic", proba=0.3)
    np.testing.assert_allclose(number.factors, 0.21 * (X**2).mean(axis=0), rtol=1e-13)


def test_rows_that_are_certain_add_nothing():
    penalty = input_dropout_penalty(0.5, X, "logistic", proba=LABELS)
    assert penalty.factors.tolist() == [0.0] * P


# --- What is refused

BAD = X.copy()
BAD[2, 1] = np.nan
LARGE = X.copy()
LARGE[2, 1] = 1e200

REFUSED = {
    "rate 1": ({"rate": 1}, r"rate must be a number in \[0, 1\).*Received: rate=1"),
    "a percentage": ({"rate": 20}, r"rate=20\. If it is a percentage, write 0\.2"),
    "a negative rate": ({"rate": -0.1}, "rate=-0.1"),
    "a rate that is no number": ({"rate": "0.5"}, "rate='0.5'"),
    "a boolean rate": ({"rate": True}, "rate=True"),
    "NaN as a rate": ({"rate": float("nan")}, "rate=nan"),
    "another loss": ({"loss": "multinomial"}, "no loss with a penalty for dropout 'multinomial'"),
    "NaN in X": ({"X": BAD}, "column 1 has 1, the first at row 2"),
    "squares that overflow": ({"X": LARGE}, "column 1, whose mean square overflows"),
    "one axis": ({"X": X[0]}, "X must have two dimensions"),
    "probabilities for squared": ({"proba": 0.5}, "proba must be left out for loss='squared'"),
    "a share above 1": ({"loss": "logistic", "proba": 1.5}, r"proba must be.*proba=1\.5"),
    "NaN in a row": (
        {"loss": "logistic", "proba": [0.5] * 11 + [float("nan")]},
        "proba=nan in row 11",
    ),
    "text": ({"loss": "logistic", "proba": "half"}, "proba must be a number in"),
    "both classes": (
        {"loss": "logistic", "proba": np.full((N, 2), 0.5)},
        r"shape \(12, 2\)\. Take the column of the second class",
    ),
    "a negative weight": (
        {"sample_weight": -WEIGHTS},
        "sample_weight must be finite and at least 0",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_wrong_argument_is_named(case):
    wrong, message = REFUSED[case]
    arguments = {"rate": 0.5, "X": X, **wrong}
    with pytest.raises(InputError, match=message):
        input_dropout_penalty(**arguments)
