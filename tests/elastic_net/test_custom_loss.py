"""A user's own loss: the same as the built-in one that it states, on every path, and checked."""

import numpy as np
import pytest
from scipy import sparse
from scipy.optimize import minimize
from scipy.special import expit

from bridle import ElasticNet, ElasticNetCV, ElasticNetPenalty, elastic_net_path
from bridle.elastic_net.loss import CustomLoss, Logistic, Poisson, Squared
from bridle.errors import InputError


def huber_value(eta, y):
    size = np.abs(eta - y)
    return np.where(size <= 1, size**2 / 2, size - 0.5)


OWN = {
    "squared": (
        CustomLoss(
            lambda eta, y: (eta - y) ** 2 / 2,
            lambda eta, y: eta - y,
            lambda eta, y: np.ones_like(eta),
            smoothness=1.0,
        ),
        Squared(),
        lambda rng, eta: eta + rng.normal(size=eta.shape),
    ),
    "logistic": (
        CustomLoss(
            lambda eta, y: np.logaddexp(0, eta) - y * eta,
            lambda eta, y: expit(eta) - y,
            lambda eta, y: expit(eta) * expit(-eta),
            smoothness=0.25,
            target_range=(0.0, 1.0),
        ),
        Logistic(),
        lambda rng, eta: rng.random(eta.shape),
    ),
    "poisson": (
        CustomLoss(
            lambda eta, y: np.exp(eta) - y * eta,
            lambda eta, y: np.exp(eta) - y,
            lambda eta, y: np.exp(eta) + 0 * y,
            inverse_link=np.exp,
            link=np.log,
            target_range=(0.0, np.inf),
            name="counts",
        ),
        Poisson(),
        lambda rng, eta: rng.poisson(np.exp(0.5 * eta)).astype(float),
    ),
}
HUBER = CustomLoss(
    huber_value,
    lambda eta, y: np.clip(eta - y, -1, 1),
    lambda eta, y: (np.abs(eta - y) <= 1).astype(float),
    smoothness=1.0,
    name="huber",
)
every_loss = pytest.mark.parametrize("name", OWN)


def data(name, n=60, p=5, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, p))
    own, built_in, targets = OWN[name]
    return X, targets(rng, X[:, 0] - 0.5 * X[:, 1]), own, built_in


@every_loss
def test_conjugate_and_majorant_are_those_of_the_built_in_loss(name):
    rng = np.random.default_rng(0)
    own, built_in, targets = OWN[name]
    eta = rng.normal(size=(12, 1))
    y, weights = targets(rng, eta), rng.random(12)
    weights[3] = 0.0
    dual = built_in.gradient(eta, y, weights)
    for scale in (0.0, 0.5, 1.0):
        expected = built_in.conjugate(scale * dual, y, weights)
        assert own.conjugate(scale * dual, y, weights) == pytest.approx(expected, abs=1e-9)
    if np.isfinite(built_in.target_range[0]):
        assert own.conjugate(dual - 100 * weights[:, None], y, weights) == np.inf
    majorant, curvature = own.majorant(eta, y, weights), own.diagonal_curvature(eta, y, weights)
    assert np.all(majorant >= curvature - 1e-12)


@every_loss
@pytest.mark.parametrize("kind", [np.asarray, sparse.csr_array])
def test_path_is_that_of_the_built_in_loss(name, kind):
    X, y, own, built_in = data(name)
    rng = np.random.default_rng(1)
    options = {
        "alphas": [0.1, 0.01],
        "sample_weight": rng.random(len(y)),
        "offset": 0.1 * rng.normal(size=len(y)),
        "penalty": ElasticNetPenalty(0, 0, factors=[0.0, 1, 1, 2, 1], lower=[-9, -0.2, 0, -9, -9]),
        "standardize": True,
        "tol": 1e-10,
    }
    if name == "logistic":  # shares, which the path of labels does not take
        built_in = CustomLoss(built_in_value, built_in_gradient, built_in_curvature)
    ours = elastic_net_path(kind(X), y, loss=own, **options)
    theirs = elastic_net_path(X, y, loss=built_in, **options)
    assert all(one.meets(1e-8) for one in ours.certificates)
    for one, other in zip(ours.coefs, theirs.coefs, strict=True):
        assert one.toarray() == pytest.approx(other.toarray(), abs=1e-4)


def built_in_value(eta, y):
    return np.log1p(np.exp(-np.abs(eta))) + np.maximum(eta, 0) - y * eta


def built_in_gradient(eta, y):
    return expit(eta) - y


def built_in_curvature(eta, y):
    return expit(eta) * (1 - expit(eta))


def test_cross_validation_predictions_and_scores_are_those_of_the_built_in_loss():
    X, y, own, _ = data("poisson", 90)
    options = {"alphas": [0.3, 0.05, 0.01], "cv": 3, "tol": 1e-9}
    ours = ElasticNetCV(loss=own, **options).fit(X, y)
    theirs = ElasticNetCV(loss="poisson", **options).fit(X, y)
    assert ours.alpha_ == theirs.alpha_
    assert ours.scores_ == pytest.approx(theirs.scores_, rel=1e-4)
    assert ours.predict(X) == pytest.approx(theirs.predict(X), rel=1e-3)
    assert ours.score(X, y) == pytest.approx(theirs.score(X, y), rel=1e-3)
    assert "Counts regression" in str(ours.summary())


def test_a_loss_with_flat_ends_is_minimised_beside_scipy():
    X, y, _, _ = data("squared")
    y[:6] += 15
    model = ElasticNet(0.05, l1_ratio=0.0, loss=HUBER, tol=1e-10).fit(X, y)

    def objective(b):
        eta = b[0] + X @ b[1:]
        return huber_value(eta, y).mean() + 0.025 * b[1:] @ b[1:]

    best = minimize(objective, np.zeros(6), method="BFGS", options={"gtol": 1e-9})
    assert model.coef_ == pytest.approx(best.x[1:], abs=1e-4)
    assert model.certificate_.objective <= best.fun + 1e-9


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"gradient": lambda eta, y: y - eta}, "gradient must be the derivative of value in eta"),
        ({"curvature": lambda eta, y: 2 + 0 * eta}, "curvature must be the derivative of gradient"),
        ({"value": lambda eta, y: np.sum((eta - y) ** 2 / 2)}, "must return the shape of eta"),
        ({"value": None}, "value must be a function of eta and y"),
        ({"smoothness": 0.0}, "smoothness must be above 0"),
        ({"link": np.log}, "inverse_link and link must be given together"),
    ],
)
def test_functions_that_do_not_fit_together_are_refused(changed, message):
    given = {
        "value": lambda eta, y: (eta - y) ** 2 / 2,
        "gradient": lambda eta, y: eta - y,
        "curvature": lambda eta, y: np.ones_like(eta),
    }
    X, y, _, _ = data("squared")
    with pytest.raises(InputError, match=message):
        elastic_net_path(X, y, loss=CustomLoss(**{**given, **changed}), alphas=[0.1])


def test_targets_outside_the_range_are_refused():
    X, y, own, _ = data("poisson")
    y[4] = -1.0
    with pytest.raises(InputError, match=r"at least 0 for loss=.counts.*row 4"):
        elastic_net_path(X, y, loss=own, alphas=[0.1])
