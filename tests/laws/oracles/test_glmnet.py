"""Oracle 11: what R's glmnet answers, stored by tests/fixtures/glmnet/make_fixtures.R."""

import json
from pathlib import Path

import numpy as np
import pytest

from bridle import ElasticNetPenalty, elastic_net_path

FOLDER = Path(__file__).parents[2] / "fixtures" / "glmnet"
LOSSES = {
    "gaussian": "squared",
    "binomial": "logistic",
    "multinomial": "multinomial",
    "poisson": "poisson",
    "gamma": "gamma",
    "tweedie": "tweedie",
}
# Families that glmnet fits by R's own iterations, which stop earlier.
TOLERANCES = {"gamma": 2e-5, "tweedie": 1e-5}
STORED = {family: json.loads((FOLDER / f"{family}.json").read_text()) for family in LOSSES}

CASES = [
    pytest.param(
        family, case, id=f"{family}, {case['data']}, {case['name']}, {case['alpha']}, "
        f"{'' if case['standardize'] else 'not '}standardized",
    )
    for family, stored in STORED.items()
    for case in stored["cases"]
]  # fmt: skip


def numbers(stored):
    return None if stored is None else np.array([float(one) for one in stored])


def data_of(family, name):
    table = STORED[family]["data"][name]
    return np.array(table["X"]), np.array(table["y"])


def spread(y, offset, weights):
    """Return the standard deviation (1/n) that gaussian glmnet divides y, less its offset, by."""
    y = y if offset is None else y - offset
    mean = np.average(y, weights=weights)
    return float(np.sqrt(np.average((y - mean) ** 2, weights=weights)))


def penalty_of(case, p):
    """Translate factors: glmnet counts an excluded feature's as 1 and rescales them to sum to p."""
    given = np.ones(p) if case["factors"] is None else numbers(case["factors"])
    excluded = np.isinf(given)
    finite = np.where(excluded, 1.0, given)
    options = {name: numbers(case[name]) for name in ("lower", "upper") if case[name]}
    factors = np.where(excluded, np.inf, finite * p / finite.sum())
    return ElasticNetPenalty(0.0, 0.0, factors=factors, **options)


def our_path(family, case):
    X, y = data_of(family, case["data"])
    weights, offset = numbers(case["weights"]), numbers(case["offset"])
    y_sd = 1.0
    if family == "gaussian":
        y_sd = spread(y, offset, weights) if case["intercept"] else np.sqrt(np.mean(y**2))
    strengths = [
        ElasticNetPenalty.from_glmnet(one, case["alpha"], y_sd).to_sklearn()
        for one in case["lambda"]
    ]
    return elastic_net_path(
        X,
        y,
        loss=LOSSES[family],
        alphas=[alpha for alpha, _ in strengths],
        l1_ratio=strengths[0][1],
        penalty=penalty_of(case, X.shape[1]),
        sample_weight=weights,
        offset=offset,
        fit_intercept=case["intercept"],
        standardize=case["standardize"],
        tol=1e-13,
    )


@pytest.mark.parametrize("family", LOSSES)
def test_oracle_11_says_what_made_it(family):
    """The stored answers carry the versions, the tolerance and the convention of deviations."""
    stored = STORED[family]
    assert stored["r_version"].startswith("R version ")
    assert stored["glmnet_version"]
    assert stored["sd_convention"] == "1/n"
    assert stored["thresh"] <= 1e-14


@pytest.mark.parametrize(("family", "case"), CASES)
def test_oracle_11_glmnet(family, case):
    """Coefficients, intercepts and deviance explained within 1e-6 of glmnet's, or what it allows."""
    tol = TOLERANCES.get(family, 1e-6)
    path = our_path(family, case)
    ours = np.vstack([one.toarray().T for one in path.coefs])
    theirs = np.array(case["coef"])
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=tol * max(1.0, np.abs(theirs).max()))
    intercepts = np.reshape(case["fitted_intercept"], path.intercepts.shape)
    size = max(1.0, np.abs(intercepts).max())
    np.testing.assert_allclose(path.intercepts, intercepts, rtol=0, atol=tol * size)
    if case["factors"] is None:
        # Our null model has the unpenalised features, glmnet's has not.
        np.testing.assert_allclose(path.deviance_explained, case["dev_ratio"], atol=tol)


@pytest.mark.parametrize(
    ("family", "grid"),
    [pytest.param(f, one, id=f"{f}, {one['data']}") for f in STORED for one in STORED[f]["grids"]],
)
def test_oracle_11_grid(family, grid):
    """The default grid is glmnet's, translated: the largest strength and the smallest share of it."""
    X, y = data_of(family, grid["data"])
    y_sd = spread(y, None, None) if family == "gaussian" else 1.0
    expected = [ElasticNetPenalty.from_glmnet(one, 0.5, y_sd) for one in grid["lambda"]]
    ratio = expected[0].to_sklearn()[1]
    options = {"loss": LOSSES[family], "alphas": 5, "standardize": True}
    path = elastic_net_path(X, y, l1_ratio=ratio, **options)
    l1 = path.alphas * ratio
    np.testing.assert_allclose(l1, [one.l1 for one in expected], rtol=1e-9)
