"""Sparse features give what the same dense ones give."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from bridle import (
    ElasticNet,
    ElasticNetClassifier,
    ElasticNetClassifierCV,
    ElasticNetCV,
    ElasticNetPenalty,
    elastic_net_path,
)

N, P = 90, 24
TOL = 1e-14
FORMATS = {
    "csc": sparse.csc_array,
    "csr": sparse.csr_array,
    "csc matrix": sparse.csc_matrix,
    "csr matrix": sparse.csr_matrix,
    "coo": sparse.coo_array,
    "lil": sparse.lil_array,
    "int64 csc": lambda X: with_index(sparse.csc_array(X), np.int64),
    "int64 csr": lambda X: with_index(sparse.csr_array(X), np.int64),
    "bsr": lambda X: sparse.bsr_array(X, blocksize=(3, 2)),
}
every_format = pytest.mark.parametrize("form", FORMATS)
standardize_or_not = pytest.mark.parametrize("standardize", [True, False])


def with_index(X, dtype):
    X.indices, X.indptr = X.indices.astype(dtype), X.indptr.astype(dtype)
    return X


def features(seed=0, n=N, p=P):
    rng = np.random.default_rng(seed)
    return rng.normal(1.0, 1.0, size=(n, p)) * (rng.random((n, p)) < 0.3)


def targets(X, loss="squared"):
    rng = np.random.default_rng(1)
    signal = X[:, :4] @ [1.0, -1.0, 0.5, 2.0] + 1.5 * rng.normal(size=len(X))
    if loss == "squared":
        return signal
    if loss == "logistic":
        return np.where(signal > np.median(signal), "yes", "no")
    return np.digitize(signal, np.quantile(signal, [0.3, 0.6]))


def assert_same(one, other):
    """Compare what does not depend on the order of sums, to rounding of the solution."""
    np.testing.assert_allclose(one, other, rtol=0, atol=1e-10 * max(1, np.abs(other).max()))


@every_format
@standardize_or_not
@pytest.mark.parametrize("loss", ["squared", "logistic", "multinomial"])
def test_path(form, standardize, loss):
    X = features()
    y = targets(X, loss)
    options = {"loss": loss, "alphas": [0.2, 0.05], "standardize": standardize, "tol": TOL}
    dense = elastic_net_path(X, y, **options)
    thin = elastic_net_path(FORMATS[form](X), y, **options)
    for one, other in zip(thin.coefs, dense.coefs, strict=True):
        assert_same(one.toarray(), other.toarray())
    assert_same(thin.intercepts, dense.intercepts)
    new = features(2)
    found = thin.predict(FORMATS[form](new), alpha=0.05)
    assert_same(found, dense.predict(new, alpha=0.05))
    assert_same(thin.at(0.1).coef, dense.at(0.1).coef)


@standardize_or_not
@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("loss", ["squared", "logistic"])
def test_path_with_weights_offset_factors_and_bounds(standardize, fit_intercept, loss):
    X = features()
    rng = np.random.default_rng(3)
    weights = rng.random(N) * (rng.random(N) < 0.8)
    penalty = ElasticNetPenalty(
        0.0,
        0.0,
        factors=np.resize([1.0, 0.5, 0.0, np.inf, 2.0], P),
        lower=np.resize([-np.inf, 0.0, -0.3], P),
        upper=0.7,
    )
    options = {
        "loss": loss,
        "alphas": [0.1, 0.02],
        "penalty": penalty,
        "sample_weight": weights,
        "offset": 0.2 * rng.normal(size=N),
        "fit_intercept": fit_intercept,
        "standardize": standardize,
        "tol": TOL,
    }
    y = targets(X, loss)
    dense = elastic_net_path(X, y, **options)
    thin = elastic_net_path(sparse.csr_array(X), y, **options)
    for one, other in zip(thin.coefs, dense.coefs, strict=True):
        assert_same(one.toarray(), other.toarray())
    assert_same(thin.intercepts, dense.intercepts)


@every_format
@standardize_or_not
def test_regressor(form, standardize):
    X = features()
    y = targets(X)
    settings = {"alpha": 0.05, "standardize": standardize, "tol": TOL}
    dense = ElasticNet(**settings).fit(X, y)
    thin = ElasticNet(**settings).fit(FORMATS[form](X), y)
    assert_same(thin.coef_, dense.coef_)
    new = features(2)
    assert_same(thin.predict(FORMATS[form](new)), dense.predict(new))
    assert_same(thin.score(FORMATS[form](new), y), dense.score(new, y))


@every_format
@pytest.mark.parametrize("loss", ["logistic", "multinomial"])
def test_classifier(form, loss):
    X = features()
    y = targets(X, loss)
    dense = ElasticNetClassifier(0.02, tol=TOL).fit(X, y)
    thin = ElasticNetClassifier(0.02, tol=TOL).fit(FORMATS[form](X), y)
    assert_same(thin.coef_, dense.coef_)
    new = features(2)
    for name in ("decision_function", "predict_proba", "predict_log_proba"):
        assert_same(getattr(thin, name)(FORMATS[form](new)), getattr(dense, name)(new))
    assert np.array_equal(thin.predict(FORMATS[form](new)), dense.predict(new))


@pytest.mark.filterwarnings("ignore:The best strength:bridle.errors.DataWarning")
@pytest.mark.parametrize("form", ["csc", "csr", "int64 csr"])
@standardize_or_not
@pytest.mark.parametrize("kind", [ElasticNetCV, ElasticNetClassifierCV])
def test_cross_validation(form, standardize, kind):
    X = features()
    y = targets(X, "squared" if kind is ElasticNetCV else "logistic")
    settings = {
        "l1_ratio": [0.3, 1.0],
        "alphas": [0.3, 0.1, 0.03],
        "cv": 3,
        "standardize": standardize,
        "tol": TOL,
    }
    dense = kind(**settings).fit(X, y)
    thin = kind(**settings).fit(FORMATS[form](X), y)
    assert (thin.alpha_, thin.l1_ratio_) == (dense.alpha_, dense.l1_ratio_)
    assert_same(thin.cv_.scores, dense.cv_.scores)
    assert_same(thin.cv_.oof_prediction, dense.cv_.oof_prediction)
    assert_same(thin.coef_, dense.coef_)
    new = features(2)
    if kind is ElasticNetCV:
        assert_same(thin.predict(FORMATS[form](new)), dense.predict(new))
    else:
        assert_same(thin.predict_proba(FORMATS[form](new)), dense.predict_proba(new))


@pytest.mark.parametrize("form", [sparse.csc_array, sparse.csr_array])
def test_float32_is_read_as_it_is(form):
    X = features().astype(np.float32)
    y = targets(X)
    exact = elastic_net_path(X.astype(float), y, alphas=[0.1, 0.02], tol=TOL)
    thin = elastic_net_path(form(X), y, alphas=[0.1, 0.02], tol=TOL)
    for one, other in zip(thin.coefs, exact.coefs, strict=True):
        assert_same(one.toarray(), other.toarray())


@pytest.mark.parametrize("dtype", [np.int8, np.int64, bool])
def test_other_numbers_become_float64(dtype):
    X = np.round(features()).astype(dtype)
    y = targets(X.astype(float))
    dense = ElasticNet(0.05, tol=TOL).fit(X.astype(float), y)
    assert_same(ElasticNet(0.05, tol=TOL).fit(sparse.csr_array(X), y).coef_, dense.coef_)


def test_a_frame_of_sparse_columns_keeps_its_names():
    X = features()
    names = [f"c{j}" for j in range(P)]
    frame = pd.DataFrame.sparse.from_spmatrix(sparse.csc_matrix(X), columns=names)
    y = targets(X)
    model = ElasticNet(0.05, tol=TOL).fit(frame, y)
    assert model.feature_names_in_.tolist() == names
    assert_same(model.coef_, ElasticNet(0.05, tol=TOL).fit(X, y).coef_)


@pytest.mark.parametrize("kind", [ElasticNetCV, ElasticNetClassifierCV])
def test_a_fitted_estimator_can_be_pickled(kind):
    X = sparse.csr_array(features())
    y = targets(X.toarray(), "squared" if kind is ElasticNetCV else "logistic")
    model = kind(alphas=[0.1], cv=2).fit(X, y)
    again = pickle.loads(pickle.dumps(model))
    assert np.array_equal(again.predict(X), model.predict(X))


def test_a_dense_copy_is_never_made():
    # 20,000 x 1,000,000 numbers would be 160 GB.
    rng = np.random.default_rng(0)
    n, p, entries = 20_000, 1_000_000, 200_000
    filled = rng.choice(p, 200, replace=False)
    rows, columns = rng.integers(0, n, entries), filled[rng.integers(0, 200, entries)]
    X = sparse.coo_array((rng.random(entries), (rows, columns)), shape=(n, p)).tocsr()
    y = X[:, filled[:20]].sum(axis=1) + 0.1 * rng.normal(size=n)
    with pytest.warns(match="columns of X are constant"):
        path = elastic_net_path(X, y, alphas=5, standardize=True)
    assert all(one.meets(1e-6) for one in path.certificates)
    assert path.n_nonzero[-1] >= 20
