"""Features without a penalty that explain everything are named, and end the fit at once."""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from bridle import ElasticNetClassifier, ElasticNetClassifierCV, elastic_net_path
from bridle.elastic_net.penalty.penalty import ElasticNetPenalty
from bridle.errors import DataWarning

FREE = ElasticNetPenalty(0.0, 0.0, factors=np.array([0.0, 0.0, 1.0, 1.0]))


def table(n, nearly_collinear=False):
    X = np.random.default_rng(0).normal(size=(n, 4))
    if nearly_collinear:
        X[:, 1] = X[:, 0] + 1e-9 * X[:, 1]
    return pd.DataFrame(X, columns=["age", "dose", "left", "right"])


@pytest.mark.parametrize("nearly_collinear", [False, True])
def test_features_that_interpolate_are_named(nearly_collinear):
    X = table(30, nearly_collinear)
    with pytest.warns(DataWarning, match=r"explain y without an error: 'age', 'dose'\. Nothing"):
        path = elastic_net_path(X, 2 * X["age"] - X["dose"], alphas=[0.1, 0.01], penalty=FREE)
    assert path.iterations.max() == 1
    assert all(one.meets(1e-6) for one in path.certificates)
    assert not any(one[2:].nnz for one in path.coefs)


def test_features_that_separate_are_named():
    X = table(30)
    with pytest.warns(DataWarning, match=r"separate the classes: 'age', 'dose'\. Nothing"):
        path = elastic_net_path(
            X, (X["age"] > X["dose"]).astype(int), loss="logistic", alphas=[0.1], penalty=FREE
        )
    assert path.iterations.max() == 1
    assert path.certificates[0].meets(1e-6)


@pytest.mark.parametrize("only_free", [False, True])
@pytest.mark.parametrize("form", [np.asarray, sparse.csr_array, pd.DataFrame])
def test_a_single_fit_names_the_features_that_separate_and_ends_at_once(form, only_free):
    """It once certified the fit without a word."""
    whole = table(200)
    y = (whole["age"] > whole["dose"]).astype(int)
    X = whole[["age", "dose"]] if only_free else whole
    free = replace(FREE, factors=FREE.factors[: X.shape[1]])
    named = "'age', 'dose'" if form is pd.DataFrame else "0, 1"
    with pytest.warns(DataWarning, match=rf"separate the classes: {named}\. Nothing"):
        fit = ElasticNetClassifier(alpha=0.1, penalty=free).fit(form(X), y)
    assert fit.n_iter_ == 1
    assert fit.certificate_.meets(1e-6)
    assert not fit.coef_[0, 2:].any()


def test_a_cross_validation_names_the_features_that_separate():
    X = table(200)
    y = (X["age"] > X["dose"]).astype(int)
    with pytest.warns(DataWarning, match=r"separate the classes: 'age', 'dose'\. Nothing"):
        fit = ElasticNetClassifierCV(alphas=[0.1, 0.01], penalty=FREE, cv=3).fit(X, y)
    assert fit.certificate_.meets(1e-6)


@pytest.mark.parametrize("form", [np.asarray, sparse.csr_array])
@pytest.mark.parametrize("classes", [2, 3])
def test_a_grid_beside_features_that_separate_is_certified(form, classes):
    """Its strengths were rounding of a gradient, and most fits were said not to have converged."""
    X = np.random.default_rng(0).normal(size=(40, 4))
    y = np.digitize(X[:, 0] - X[:, 1], np.linspace(-0.5, 0.5, classes - 1))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        fit = ElasticNetClassifierCV(alphas=4, penalty=FREE, cv=3).fit(form(X), y)
    assert [one.category for one in caught] == [DataWarning]
    assert fit.path_.alphas[0] == 1
    assert all(one.meets(1e-6) for one in fit.path_.certificates)


@pytest.mark.parametrize("classes", [2, 3])
def test_a_tiny_strength_beside_features_that_separate_is_certified(classes):
    X = np.random.default_rng(0).normal(size=(40, 4))
    y = np.digitize(X[:, 0] - X[:, 1], np.linspace(-0.5, 0.5, classes - 1))
    with pytest.warns(DataWarning, match="separate the classes: 0, 1"):
        fit = ElasticNetClassifier(alpha=1e-19, penalty=FREE).fit(X, y)
    assert fit.certificate_.meets(1e-6)


def test_features_that_leave_something_are_not_named():
    X = table(30)
    y = X["age"] + X["left"]
    path = elastic_net_path(X, y, alphas=[0.1, 0.01], penalty=FREE)
    assert all(one.meets(1e-6) for one in path.certificates)


@pytest.mark.parametrize("unit", [1e-290, 1e-9, 1.0, 1e12, 1e150])
@pytest.mark.parametrize("shift", [0.0, 30.0])
def test_y_that_is_its_offset_up_to_rounding_is_said_to_be(unit, shift):
    """Once certified in silence: a spread of some units in the last place is no signal to fit."""
    rng = np.random.default_rng(0)
    X, base = rng.normal(size=(24, 2)), rng.normal(size=24) + 30
    rest = X @ [1.0, -2.0]
    for size, said in ((1e-15, True), (1e-9, False)):
        y = unit * (base + shift + 30 * size * rest)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            path = elastic_net_path(
                X, y, offset=unit * base, alphas=[0.1 * unit * size], l1_ratio=1.0
            )
        words = [str(one.message) for one in caught]
        assert any("equals its offset up to rounding" in one for one in words) == said, words
        assert path.certificates[0].meets(1e-6)
        coef = path.coefs[0].toarray()[:, 0]
        if not said:
            np.testing.assert_allclose(coef / (30 * unit * size), [1.0, -2.0], atol=0.1)
