"""Options of the estimators: offset, penalty, eps, single precision and warm starts do as the path."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse
from sklearn.base import clone

from bridle import (
    CoxElasticNetCV,
    ElasticNet,
    ElasticNetClassifier,
    ElasticNetClassifierCV,
    ElasticNetCV,
    ElasticNetPenalty,
    MultiTaskElasticNetCV,
    elastic_net_path,
)
from bridle.elastic_net.optimality.certificate import Certificate
from bridle.errors import InputError

pytestmark = pytest.mark.filterwarnings("ignore:The best strength:bridle.errors.DataWarning")

CLASSES = {"ElasticNet": 0, "two classes": 2, "three classes": 3}
LOSSES = {0: "squared", 2: "logistic", 3: "multinomial"}
each = pytest.mark.parametrize("classes", CLASSES.values(), ids=CLASSES)
P = 6
SHAPE = ElasticNetPenalty(
    0.0, 0.0, factors=np.array([1.0, 0, 2, np.inf, 1, 1]), lower=-0.3, upper=np.full(P, 0.4)
)


def data(classes, n=80):
    rng = np.random.default_rng(classes)
    X = rng.normal(size=(n, P))
    score = X @ [1.0, -0.5, 0.4, 0.6, 0, 0] + 0.5 * rng.normal(size=n)
    if not classes:
        return X, score
    return X, np.digitize(score, [0.0] if classes == 2 else [-0.5, 0.5])


def single(classes, **parameters):
    kind = ElasticNetClassifier if classes else ElasticNet
    return kind(**{"alpha": 0.05, "tol": 1e-9, **parameters})


def crossed(classes, **parameters):
    kind = ElasticNetClassifierCV if classes else ElasticNetCV
    return kind(**{"alphas": 8, "cv": 3, "n_jobs": 1, **parameters})


def offset_for(classes, n=80):
    rng = np.random.default_rng(7)
    return rng.normal(size=(n, 3) if classes == 3 else n)


def coefs(path, k):
    return path.coefs[k].toarray().T


@each
def test_penalty_and_offset_are_those_of_the_path(classes):
    X, y = data(classes)
    offset = offset_for(classes)
    model = single(classes, penalty=SHAPE).fit(X, y, offset=offset)
    path = elastic_net_path(
        X, y, loss=LOSSES[classes], alphas=[0.05], penalty=SHAPE, offset=offset, tol=1e-9
    )
    np.testing.assert_allclose(np.atleast_2d(model.coef_), coefs(path, 0), atol=1e-6)
    assert np.all(np.atleast_2d(model.coef_)[:, 3] == 0)
    assert model.coef_.min() >= -0.3
    assert model.coef_.max() <= 0.4
    expected = path.predict(X, alpha=0.05, offset=offset)
    if not classes:
        np.testing.assert_allclose(model.predict(X, offset=offset), expected, atol=1e-5)
        return
    found = model.predict_proba(X, offset=offset)
    np.testing.assert_allclose(found[:, 1] if classes == 2 else found, expected, atol=1e-5)
    logs = model.predict_log_proba(X, offset=offset)
    np.testing.assert_allclose(np.exp(logs), found, atol=1e-12)
    best = model.classes_[np.argmax(found, axis=1)]
    assert np.array_equal(model.predict(X, offset=offset), best)


@each
def test_cross_validation_takes_penalty_offset_and_eps(classes):
    X, y = data(classes)
    offset = offset_for(classes)
    model = crossed(classes, penalty=SHAPE, eps=0.1).fit(X, y, offset=offset)
    path = elastic_net_path(
        X, y, loss=LOSSES[classes], alphas=8, eps=0.1, penalty=SHAPE, offset=offset, tol=1e-8
    )
    np.testing.assert_allclose(model.alphas_, path.alphas, rtol=1e-9)
    assert model.alphas_[-1] == pytest.approx(0.1 * model.alphas_[0])
    k = int(np.argmin(np.abs(model.alphas_ - model.alpha_)))
    np.testing.assert_allclose(np.atleast_2d(model.coef_), coefs(path, k), atol=1e-4)
    # The scores are those of fits to the training rows, with the offsets of both parts.
    train, test = np.arange(27, 80), np.arange(27)
    if not classes:
        one = single(0, penalty=SHAPE, alpha=model.alpha_).fit(
            X[train], y[train], offset=offset[train]
        )
        error = np.mean((one.predict(X[test], offset=offset[test]) - y[test]) ** 2)
        assert model.scores_[0, k, 0] == pytest.approx(error, rel=1e-4)


OTHERS = {
    MultiTaskElasticNetCV: lambda y: np.c_[y, -y],
    CoxElasticNetCV: lambda y: np.c_[np.exp(-y), np.ones_like(y)],
}


@pytest.mark.parametrize("kind", OTHERS)
def test_eps_is_the_end_of_the_grid_of_several_responses_and_of_times_too(kind):
    X, y = data(0)
    model = kind(alphas=4, cv=3, n_jobs=1, eps=0.2)
    model.fit(X, OTHERS[kind](y))
    assert model.alphas_[-1] == pytest.approx(0.2 * model.alphas_[0])
    with pytest.raises(InputError, match=r"eps must be in \(0, 1\)"):
        kind(eps=1.0).fit(X, OTHERS[kind](y))


@each
@pytest.mark.parametrize("make", [single, crossed])
def test_offset_that_is_missing_or_does_not_fit_is_refused(make, classes):
    X, y = data(classes)
    offset = offset_for(classes)
    with pytest.raises(InputError, match="offset must"):
        make(classes).fit(X, y, offset=offset[:5])
    with pytest.raises(InputError, match="offset must hold finite"):
        make(classes).fit(X, y, offset=offset * np.nan)
    fitted, plain = make(classes).fit(X, y, offset=offset), make(classes).fit(X, y)
    with pytest.raises(InputError, match="Received: no offset"):
        fitted.predict(X)
    with pytest.raises(InputError, match="Received: an offset"):
        plain.predict(X, offset=offset)


WRONG = {
    "a number": ({"penalty": 0.1}, r"penalty must be a bridle\.ElasticNetPenalty"),
    "other features": (
        {"penalty": ElasticNetPenalty(0.0, 0.0, factors=np.ones(3))},
        "factors must be a number or an array of shape",
    ),
}
WRONG_EPS = {
    "above": ({"eps": 1.5}, r"eps must be in \(0, 1\)"),
    "zero": ({"eps": 0.0}, r"eps must be in \(0, 1\)"),
    "text": ({"eps": "small"}, r"eps must be in \(0, 1\)"),
    "beside strengths": ({"eps": 0.1, "alphas": [1.0]}, "eps sets the range of a grid"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_wrong_penalties_are_refused(wrong):
    options, message = WRONG[wrong]
    for classes in (0, 2):
        X, y = data(classes)
        for make in (single, crossed):
            with pytest.raises(InputError, match=message):
                make(classes, **options).fit(X, y)
        with pytest.raises(InputError, match=message):
            elastic_net_path(X, y, **options)


@pytest.mark.parametrize("wrong", WRONG_EPS)
def test_wrong_eps_are_refused(wrong):
    options, message = WRONG_EPS[wrong]
    X, y = data(0)
    with pytest.raises(InputError, match=message):
        crossed(0, **options).fit(X, y)
    with pytest.raises(InputError, match=message):
        elastic_net_path(X, y, **options)


@each
@pytest.mark.parametrize("layout", [np.asarray, sparse.csc_array], ids=["dense", "sparse"])
@pytest.mark.parametrize("make", [single, crossed])
def test_single_precision_in_gives_single_precision_out_and_a_certificate_of_it(
    make, layout, classes
):
    X, y = data(classes)
    X = X.astype(np.float32)
    # A weak penalty would want more digits.
    options = {"alphas": [0.5, 0.2]}
    if make is single:
        options = {"standardize": True, "positive": True}
    model = make(classes, **{"tol": 1e-6, **options}).fit(layout(X), y)
    double = make(classes, **{"tol": 1e-6, **options}).fit(layout(X.astype(float)), y)
    assert (model.coef_.dtype, double.coef_.dtype) == (np.float32, np.float64)
    np.testing.assert_allclose(model.coef_, double.coef_, rtol=1e-4, atol=1e-5)
    assert isinstance(model.certificate_, Certificate)
    assert model.certificate_.meets(1e-5)
    assert model.certificate_ != double.certificate_
    np.testing.assert_allclose(model.predict(X), double.predict(X), rtol=1e-4, atol=1e-5)


def test_bounds_hold_in_single_precision_and_what_it_cannot_hold_stays_in_double():
    X, y = data(0)
    tight = ElasticNetPenalty(0.0, 0.0, lower=-0.1, upper=0.1)
    model = single(0, penalty=tight).fit(X.astype(np.float32), y)
    assert np.abs(model.coef_.astype(float)).max() <= 0.1
    model = single(0, alpha=0.0).fit((X * 1e-20).astype(np.float32), y * 1e30)
    assert model.coef_.dtype == np.float64
    assert np.abs(model.coef_).max() > np.finfo(np.float32).max
    assert model.certificate_.meets(model.tol)


def test_rounding_to_single_precision_leaves_the_mean_alone():
    X, y = data(0)
    X = (X + 7).astype(np.float32)
    model = single(0, alpha=0.01, tol=1e-6).fit(X, y)
    assert model.coef_.dtype == np.float32
    assert model.certificate_.meets(1e-6)
    assert abs(np.mean(y - model.predict(X))) < 1e-12


@each
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("l1_ratio", [0.0, 0.5, 1.0])
def test_warm_start_at_a_solution_makes_no_iteration(classes, l1_ratio, dtype):
    """In float32 too, though its rounded coefficients are off the solution."""
    X, y = data(classes)
    X = X.astype(dtype)
    tol = 1e-6 if dtype == np.float32 else 1e-9
    model = single(classes, warm_start=True, l1_ratio=l1_ratio, tol=tol).fit(X, y)
    assert model.n_iter_ >= 1
    coef = model.coef_.copy()
    model.fit(X, y)
    assert model.n_iter_ == 0
    np.testing.assert_allclose(model.coef_, coef, rtol=1e-12, atol=1e-15)
    assert model.coef_.dtype == dtype
    model.coef_ = model.coef_ / 2  # as a user may, to begin elsewhere
    model.fit(X, y)
    assert model.n_iter_ >= 1
    model.set_params(alpha=0.01).fit(X, y)
    assert model.n_iter_ >= 1
    cold = clone(model).set_params(warm_start=False).fit(X, y)
    np.testing.assert_allclose(model.coef_, cold.coef_, rtol=1e-4, atol=1e-6)


@each
def test_plain_arrays_are_read_as_scikit_learn_reads_what_is_none(classes):
    X, y = data(classes)
    plain = single(classes).fit(X, y)
    read = single(classes).fit(X.tolist(), y.tolist())
    assert plain.n_features_in_ == read.n_features_in_ == P
    np.testing.assert_array_equal(plain.coef_, read.coef_)
    for wrong, said in (
        ((X[:0], y[:0]), r"0 sample\(s\)"),
        ((X[:, :0], y), r"0 feature\(s\)"),
        ((X, y[:-1]), "inconsistent numbers of samples"),
        ((X[0], y), "two dimensions"),
    ):
        with pytest.raises(ValueError, match=said):
            single(classes).fit(*wrong)
