"""Faults of penalties and paths: numbers 33 to 38 of docs/trust.md."""

import pickle

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from tests.elastic_net.robust.ways_in import (
    ALL,
    TOL,
    assert_close,
    coef_of,
    data_for,
)

from bridle import (
    ElasticNet,
    ElasticNetClassifierCV,
    ElasticNetCV,
    ElasticNetPenalty,
    elastic_net_path,
)
from bridle.errors import InputError

every_way = pytest.mark.parametrize("way", ALL)
SINGLE = ("ElasticNet", "ElasticNetClassifier")


def strength(way, alpha):
    return {"alpha": alpha} if way in SINGLE else {"alphas": [alpha]}


@pytest.mark.fault(33)
@every_way
@pytest.mark.parametrize("wrong", [np.nan, -1.0, np.inf])
def test_wrong_strengths_are_refused(way, wrong):
    X, y = data_for(way)
    with pytest.raises(InputError, match=rf"alphas? must be .*{wrong}"):
        ALL[way](X, y, **strength(way, wrong))


@pytest.mark.fault(33)
@every_way
def test_a_wrong_strength_among_others_is_located(way):
    if way in SINGLE:
        pytest.skip("has one strength")
    X, y = data_for(way)
    with pytest.raises(InputError, match=r"nan at position 1 \(2 such strengths\)"):
        ALL[way](X, y, alphas=[0.1, np.nan, -2.0])


@pytest.mark.fault(33)
@every_way
@pytest.mark.parametrize("alpha", [1e308, 1e100])
@pytest.mark.parametrize("l1_ratio", [1.0, 0.5, 0.0])
@pytest.mark.parametrize("standardize", [True, False])
def test_a_huge_strength_gives_zeros_quietly(way, alpha, l1_ratio, standardize):
    X, y = data_for(way)
    options = {"l1_ratio": l1_ratio, "standardize": standardize, **strength(way, alpha)}
    coef = coef_of(ALL[way](X, y, **options))
    assert np.all(np.abs(coef) <= 1e3 / alpha)
    if l1_ratio > 0:
        assert not coef.any()


@pytest.mark.fault(34)
@every_way
@pytest.mark.parametrize("wrong", [-0.1, 1.0001, np.nan, np.inf, "half", None, True])
def test_l1_ratio_outside_0_and_1_is_refused(way, wrong):
    X, y = data_for(way)
    with pytest.raises(InputError, match=rf"l1_ratio must be .*{wrong}"):
        ALL[way](X, y, l1_ratio=wrong)


@pytest.mark.fault(34)
@pytest.mark.parametrize("kind", [ElasticNetCV, ElasticNetClassifierCV])
@pytest.mark.filterwarnings("ignore:The best strength:bridle.errors.DataWarning")
def test_ridge_has_a_grid_of_its_own(kind):
    X, y = data_for("ElasticNetCV" if kind is ElasticNetCV else "ElasticNetClassifierCV")
    model = kind(l1_ratio=0.0, alphas=5, cv=3).fit(X, y)
    slope = np.abs((X - X.mean(axis=0)).T @ (y - y.mean())).max() / 40
    np.testing.assert_allclose(model.alphas_, 1e3 * slope * np.geomspace(1, 1e-4, 5), rtol=1e-9)
    assert np.all(model.coef_ != 0)


@pytest.mark.fault(35)
@pytest.mark.parametrize("strengths", [[0.0], [0.1, 0.0], [0.0, 0.1]])
@pytest.mark.parametrize("l1_ratio", [1.0, 0.5, 0.0])
@pytest.mark.parametrize("standardize", [True, False])
def test_strength_0_with_more_features_than_rows_is_the_smallest_norm(
    strengths, l1_ratio, standardize
):
    X, y = data_for("path", n=15, p=40)
    path = elastic_net_path(X, y, alphas=strengths, l1_ratio=l1_ratio, standardize=standardize)
    coef = path.coefs[strengths.index(0.0)].toarray()[:, 0]
    Z = X - X.mean(axis=0)
    unit = Z.std(axis=0) if standardize else 1.0
    expected = np.linalg.pinv(Z / unit, rcond=1e-10) @ (y - y.mean()) / unit
    assert_close(coef, expected, 1e-8)


@pytest.mark.fault(35)
def test_an_estimator_gives_the_smallest_norm_too():
    X, y = data_for("ElasticNet", n=15, p=40)
    expected = np.linalg.pinv(X - X.mean(axis=0), rcond=1e-10) @ (y - y.mean())
    assert_close(ElasticNet(alpha=0.0).fit(X, y).coef_, expected, 1e-8)


@pytest.mark.fault(36)
@pytest.mark.parametrize("way", ["path", "logistic path", "ElasticNetCV", "ElasticNetClassifierCV"])
@pytest.mark.filterwarnings("ignore:The best strength:bridle.errors.DataWarning")
def test_unsorted_strengths_stay_in_the_callers_order(way):
    X, y = data_for(way)
    given = [0.02, 0.3, 0.1, 0.3, 0.05]
    options = {"cv": 3} if "CV" in way else {}
    here = ALL[way](X, y, alphas=given, **options)
    there = ALL[way](X, y, alphas=sorted(given, reverse=True), **options)
    path, straight = (one if "path" in way else one.path_ for one in (here, there))
    assert path.alphas.tolist() == given
    for alpha, coef in zip(given, path.coefs, strict=True):
        match = straight.coefs[straight.alphas.tolist().index(alpha)]
        np.testing.assert_allclose(coef.toarray(), match.toarray(), atol=1e-9)
    if "CV" in way:
        order = np.argsort(-np.array(given), kind="stable")
        np.testing.assert_allclose(here.scores_[:, order], there.scores_, rtol=1e-7)
        assert here.alpha_ == there.alpha_


@pytest.mark.fault(37)
def test_a_path_that_stops_short_is_flagged_and_complete():
    X, y = data_for("path", n=30, p=60)
    with pytest.warns(ConvergenceWarning, match=r"\d of 3 fits did not converge"):
        path = elastic_net_path(X, y, alphas=[1e-3, 1e-4, 1e-5], max_iter=1, tol=1e-16)
    assert len(path.coefs) == len(path.certificates) == 3
    assert not all(one.meets(1e-16) for one in path.certificates)


@pytest.mark.fault(37)
@pytest.mark.parametrize("loss", ["squared", "logistic"])
def test_beyond_the_path_is_solved_for_and_never_extrapolated(loss):
    way = "path" if loss == "squared" else "logistic path"
    X, y = data_for(way)
    path = ALL[way](X, y, alphas=[0.3, 0.1])
    for alpha in (1.0, 0.2, 0.01):
        expected = coef_of(ALL[way](X, y, alphas=[alpha]))
        np.testing.assert_allclose(path.at(alpha).coef, expected, atol=1e-9)
        assert path.at(alpha).certificate.meets(TOL)
    copy = pickle.loads(pickle.dumps(path))
    with pytest.raises(InputError, match=r"alpha=0\.01, which is not on the path .*needs the data"):
        copy.predict(X, alpha=0.01)
    for wrong in (-1.0, np.nan, np.inf):
        with pytest.raises(InputError, match=rf"{wrong}"):
            path.at(wrong)


INFEASIBLE = {
    "lower above 0": (
        {"lower": [0, 0.1, -1]},
        r"lower must be at most 0.*lower=0\.1 for feature 1",
    ),
    "upper below 0": (
        {"upper": [-2.0, 1, 1]},
        r"upper must be at least 0.*upper=-2\.0 for feature 0",
    ),
    "nan": ({"upper": [1, 1, np.nan]}, r"upper must be .*upper=nan for feature 2"),
    "all": ({"lower": 1.0}, r"lower must be at most 0.*lower=1\.0"),
}


@pytest.mark.fault(38)
@pytest.mark.parametrize("case", INFEASIBLE)
def test_infeasible_bounds_name_the_feature(case):
    bounds, message = INFEASIBLE[case]
    with pytest.raises(InputError, match=message):
        ElasticNetPenalty(0, 0, **bounds)


@pytest.mark.fault(38)
@pytest.mark.parametrize("way", ["path", "logistic path"])
def test_bounds_of_another_number_of_features_are_refused(way):
    X, y = data_for(way)
    with pytest.raises(InputError, match=r"upper must be a number or an array of shape \(5,\)"):
        ALL[way](X, y, penalty=ElasticNetPenalty(0, 0, upper=[1.0, 1.0]))


@pytest.mark.fault(38)
@pytest.mark.parametrize("way", ["path", "logistic path"])
@pytest.mark.parametrize("standardize", [True, False])
def test_bounds_that_leave_only_0_give_0(way, standardize):
    X, y = data_for(way)
    penalty = ElasticNetPenalty(0, 0, lower=[0, -1, -1, -1, -1], upper=[0, 1, 1, 1, 1])
    coef = coef_of(ALL[way](X, y, alphas=[1e-4], penalty=penalty, standardize=standardize))
    assert coef[0] == 0
    assert coef[1:].any()
