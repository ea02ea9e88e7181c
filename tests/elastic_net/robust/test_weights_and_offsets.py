"""Faults of weights, offsets and penalty factors: numbers 27 to 32 of docs/trust.md."""

import pickle

import numpy as np
import pytest
from sklearn.model_selection import PredefinedSplit
from tests.elastic_net.robust.ways_in import ALL, TOL, assert_close, coef_of, data_for, intercept_of

from bridle import ElasticNetClassifierCV, ElasticNetCV, ElasticNetPenalty, elastic_net_path
from bridle.errors import InputError

every_way = pytest.mark.parametrize("way", ALL)


@pytest.mark.fault(27)
@every_way
def test_negative_weights_name_the_row(way):
    X, y = data_for(way)
    weights = np.ones(40)
    weights[[5, 8]] = -0.5
    message = r"sample_weight must be finite and at least 0.*-0\.5 in row 5 \(2 such rows\)"
    with pytest.raises(InputError, match=message):
        ALL[way](X, y, weights)
    with pytest.raises(InputError, match=r"-1\.0 in row 0 \(40 such rows\)"):
        ALL[way](X, y, -np.ones(40))


WRONG = {
    "all zero": (np.zeros(40), r"must not all be 0.*only zeros"),
    "nan": (np.where(np.arange(40) == 3, np.nan, 1.0), r"must be finite.*nan in row 3"),
    "infinite": (np.where(np.arange(40) == 3, np.inf, 1.0), r"must be finite.*inf in row 3"),
    "short": (np.ones(39), r"must have shape \(40,\).*\(39,\)"),
    "two columns": (np.ones((40, 2)), r"must have shape \(40,\).*\(40, 2\)"),
    "text": (["heavy"] * 40, r"must hold numbers.*heavy"),
}


@pytest.mark.fault(28)
@every_way
@pytest.mark.parametrize("case", WRONG)
def test_weights_that_say_nothing_are_refused(way, case):
    weights, message = WRONG[case]
    X, y = data_for(way)
    with pytest.raises(InputError, match="sample_weight " + message):
        ALL[way](X, y, weights)


@pytest.mark.fault(29)
@every_way
@pytest.mark.parametrize("scale", [1e308, 2.0**1000, 1e-320, 5e-324])
@pytest.mark.parametrize("standardize", [True, False])
def test_extreme_weights_count_by_their_ratios(way, scale, standardize):
    X, y = data_for(way)
    # Small integers, of which subnormal numbers hold all digits; their sum overflows.
    counts = np.random.default_rng(0).integers(0, 3, 40).astype(float)
    counts = counts / 2 if scale == 1e308 else counts
    here = ALL[way](X, y, counts, standardize=standardize)
    there = ALL[way](X, y, scale * counts, standardize=standardize)
    assert_close(coef_of(there), coef_of(here), 1e-12)
    assert intercept_of(there) == pytest.approx(intercept_of(here), rel=1e-12)


@pytest.mark.fault(29)
@every_way
def test_weights_may_lie_far_apart(way):
    X, y = data_for(way)
    weights = np.where(np.arange(40) < 30, 1.0, 1e-300)
    few = ALL[way](X, y, np.where(np.arange(40) < 30, 1.0, 0.0))
    assert_close(coef_of(ALL[way](X, y, weights)), coef_of(few), 1e-9)


@pytest.mark.fault(30)
@every_way
@pytest.mark.parametrize("standardize", [True, False])
def test_zero_weight_is_deletion(way, standardize):
    X, y = data_for(way)
    weights = np.random.default_rng(0).random(40)
    weights[3::5] = 0.0
    kept = weights > 0
    X[~kept] *= 50
    if y.dtype == float:
        y[~kept] = 1e250  # whose square overflows
    here = ALL[way](X, y, weights, standardize=standardize)
    there = ALL[way](X[kept], y[kept], weights[kept], standardize=standardize)
    assert_close(coef_of(here), coef_of(there), 1e-9)
    assert intercept_of(here) == pytest.approx(intercept_of(there), rel=1e-9)


@pytest.mark.fault(30)
@pytest.mark.parametrize("kind", [ElasticNetCV, ElasticNetClassifierCV])
@pytest.mark.parametrize("standardize", [True, False])
def test_zero_weight_is_deletion_in_the_grid_and_in_every_fold(kind, standardize):
    X, y = data_for("ElasticNetCV" if kind is ElasticNetCV else "ElasticNetClassifierCV", n=60)
    weights = np.random.default_rng(0).random(60)
    weights[3::5] = 0.0
    kept = weights > 0
    X[~kept] *= 50
    fold = np.random.default_rng(1).integers(0, 3, 60)
    options = {"alphas": 6, "standardize": standardize, "tol": TOL}
    here = kind(cv=PredefinedSplit(fold), **options).fit(X, y, weights)
    there = kind(cv=PredefinedSplit(fold[kept]), **options).fit(X[kept], y[kept], weights[kept])
    np.testing.assert_allclose(here.alphas_, there.alphas_, rtol=1e-12)
    np.testing.assert_allclose(here.scores_, there.scores_, rtol=1e-7)
    np.testing.assert_allclose(here.cv_.fold_weights, there.cv_.fold_weights, rtol=1e-12)
    assert here.alpha_ == pytest.approx(there.alpha_, rel=1e-12)


@pytest.mark.fault(30)
def test_splitters_of_a_number_deal_only_the_rows_that_count():
    X, y = data_for("ElasticNetCV")
    weights = (np.arange(40) % 4 > 0).astype(float)
    here = ElasticNetCV(alphas=4, cv=3, tol=TOL).fit(X, y, weights)
    there = ElasticNetCV(alphas=4, cv=3, tol=TOL).fit(X[weights > 0], y[weights > 0])
    np.testing.assert_allclose(here.scores_, there.scores_, rtol=1e-7)


@pytest.mark.fault(31)
@pytest.mark.parametrize("loss", ["squared", "logistic"])
def test_offset_absent_at_predict(loss):
    X, y = data_for("path" if loss == "squared" else "logistic path")
    offset = np.linspace(-1, 1, 40)
    path = elastic_net_path(X, y, loss=loss, alphas=[0.1], offset=offset)
    for one in (path, pickle.loads(pickle.dumps(path))):
        with pytest.raises(InputError, match=r"offset is required for prediction.*no offset"):
            one.predict(X, alpha=0.1)
        one.predict(X, alpha=0.1, offset=offset)
    without = elastic_net_path(X, y, loss=loss, alphas=[0.1])
    with pytest.raises(InputError, match=r"only if, the path was fitted with one.*an offset"):
        without.predict(X, alpha=0.1, offset=offset)


WRONG_OFFSETS = {
    "short": (np.zeros(3), r"offset must have the shape of y, \(40, 1\).*\(3, 1\)"),
    "nan": (np.where(np.arange(40) == 6, np.nan, 0.0), r"offset must hold finite.*nan in row 6"),
    "text": (["much"] * 40, r"offset must hold numbers.*much"),
}


@pytest.mark.fault(31)
@pytest.mark.parametrize("case", WRONG_OFFSETS)
def test_wrong_offsets_are_located(case):
    wrong, message = WRONG_OFFSETS[case]
    X, y = data_for("path")
    with pytest.raises(InputError, match=message):
        elastic_net_path(X, y, alphas=[0.1], offset=wrong)
    path = elastic_net_path(X, y, alphas=[0.1], offset=np.ones(40))
    with pytest.raises(InputError, match=message):
        path.predict(X, alpha=0.1, offset=wrong)


@pytest.mark.fault(32)
@pytest.mark.parametrize("wrong", [-1.0, np.nan, -np.inf])
def test_wrong_penalty_factors_name_the_feature(wrong):
    message = rf"factors must be in \[0, inf\]\. Received: factors={wrong} for feature 2 \(1 such"
    with pytest.raises(InputError, match=message):
        ElasticNetPenalty(0, 0, factors=[1, 1, wrong, 0, np.inf])
    with pytest.raises(InputError, match=rf"factors={wrong}"):
        ElasticNetPenalty(0, 0, factors=wrong)


@pytest.mark.fault(32)
@pytest.mark.parametrize("loss", ["squared", "logistic"])
@pytest.mark.parametrize("standardize", [True, False])
def test_factor_0_is_unpenalised_and_infinity_is_excluded(loss, standardize):
    X, y = data_for("path" if loss == "squared" else "logistic path")
    penalty = ElasticNetPenalty(0, 0, factors=[1, 0, np.inf, 1, 1])
    options = {"loss": loss, "standardize": standardize, "tol": TOL}
    path = elastic_net_path(X, y, alphas=[1e3, 0.05], penalty=penalty, **options)
    strong, weak = (one.toarray()[:, 0] for one in path.coefs)
    assert np.flatnonzero(strong).tolist() == [1]
    assert weak[2] == 0
    alone = elastic_net_path(X[:, [1]], y, alphas=[0.0], **options)
    assert strong[1] == pytest.approx(alone.coefs[0].toarray()[0, 0], rel=1e-9)
    without = elastic_net_path(
        np.delete(X, 2, axis=1), y, alphas=[0.05],
        penalty=ElasticNetPenalty(0, 0, factors=[1, 0, 1, 1]), **options,
    )  # fmt: skip
    assert_close(np.delete(weak, 2), without.coefs[0].toarray()[:, 0], 1e-9)
