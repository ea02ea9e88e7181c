"""Cox's model with an elastic net: optimality by hand, forms of data, folds, predictions, errors."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, StratifiedKFold

from bridle import CoxElasticNet, CoxElasticNetCV, ElasticNetPenalty
from bridle.errors import DataWarning, InputError
from bridle.survival import brier_score, harrell_c

N, P = 80, 6
RNG = np.random.default_rng(0)
X = RNG.standard_normal((N, P)) * [1, 3, 0.5, 1, 1, 2] + 1
LIFE = RNG.exponential(np.exp(-0.8 * X[:, 0] + 0.3 * X[:, 1]))
END = RNG.exponential(2 * np.median(LIFE), N)
STOP = np.ceil(10 * np.minimum(LIFE, END))
EVENT = LIFE <= END
START = np.floor(STOP * RNG.uniform(0, 0.9, N))
Y = np.column_stack([STOP, EVENT])
STRATA = np.arange(N) % 3
WEIGHTS = RNG.uniform(0.2, 2, N)
OFFSET = RNG.standard_normal(N) / 3


def gradient(model, y, weights, offset, strata):
    """Return the gradient of the negative log partial likelihood by Breslow, row by row."""
    eta = X @ model.coef_ + offset
    risk = weights * np.exp(eta)
    start = y[:, 0] if y.shape[1] == 3 else np.full(N, -np.inf)
    stop, event = y[:, -2], y[:, -1] == 1
    total = np.zeros(P)
    for i in np.flatnonzero(event):
        at_risk = (start < stop[i]) & (stop[i] <= stop) & (strata == strata[i])
        mean = risk[at_risk] @ X[at_risk] / risk[at_risk].sum()
        total += weights[i] * (mean - X[i])
    return total / weights.sum()


CASES = {
    "plain": {},
    "from a start": {"y": np.column_stack([START, Y])},
    "all": {
        "y": np.column_stack([START, Y]),
        "sample_weight": WEIGHTS,
        "offset": OFFSET,
        "strata": STRATA,
    },
}


@pytest.mark.parametrize("l1_ratio", [1.0, 0.5, 0.0])
@pytest.mark.parametrize("case", CASES)
def test_solution_is_optimal_by_sums_over_risk_sets(case, l1_ratio):
    options = dict(CASES[case])
    y = options.pop("y", Y)
    alpha = 0.05
    model = CoxElasticNet(alpha, l1_ratio=l1_ratio, ties="breslow", tol=1e-10)
    model.fit(X, y, **options)
    slope = -gradient(
        model,
        y,
        options.get("sample_weight", np.ones(N)),
        options.get("offset", np.zeros(N)),
        options.get("strata", np.zeros(N)),
    )
    l1, l2 = alpha * l1_ratio, alpha * (1 - l1_ratio)
    kept = model.coef_ != 0
    slope -= l2 * model.coef_
    np.testing.assert_allclose(slope[kept], l1 * np.sign(model.coef_[kept]), atol=1e-7)
    assert np.all(np.abs(slope[~kept]) <= l1 + 1e-7)
    assert model.certificate_.meets(1e-10)
    assert kept.any()


def test_weight_0_is_no_row_and_a_row_outside_every_stratum_changes_nothing():
    kept = np.arange(N) < 60
    weights = np.where(kept, WEIGHTS, 0.0)
    whole = CoxElasticNet(0.05, tol=1e-12).fit(X, Y, weights)
    part = CoxElasticNet(0.05, tol=1e-12).fit(X[kept], Y[kept], WEIGHTS[kept])
    np.testing.assert_allclose(whole.coef_, part.coef_, atol=1e-7)
    hazard = part.predict_cumulative_hazard_function(X[:3], [5.0, 20.0])
    np.testing.assert_allclose(
        whole.predict_cumulative_hazard_function(X[:3], [5.0, 20.0]), hazard, rtol=1e-6
    )


@pytest.mark.parametrize("form", ["csr", "float32", "Fortran", "frame"])
def test_every_form_of_x_gives_the_same(form):
    from pandas import DataFrame

    given = {
        "csr": sparse.csr_array(X),
        "float32": X.astype(np.float32),
        "Fortran": np.asfortranarray(X),
        "frame": DataFrame(X, columns=list("abcdef")),
    }[form]
    model = CoxElasticNet(0.05, standardize=True).fit(given, Y)
    expected = CoxElasticNet(0.05, standardize=True).fit(X, Y)
    np.testing.assert_allclose(
        model.coef_, expected.coef_, atol=2e-4 if form == "float32" else 1e-9
    )
    assert model.certificate_.meets(1e-6)
    if form == "frame":
        assert model.coef_table()["feature"].tolist()[0] == "a"


def test_factors_and_bounds_are_kept_and_certified():
    penalty = ElasticNetPenalty(
        0.0,
        0.0,
        factors=np.array([0.0, 1, 1, np.inf, 2, 0]),
        lower=np.array([-np.inf, -0.1, 0, -1, -1, -np.inf]),
        upper=np.array([np.inf, 0.02, 1, 1, 0, np.inf]),
    )
    model = CoxElasticNet(0.02, penalty=penalty).fit(X, Y)
    assert model.coef_[3] == 0
    assert -0.1 <= model.coef_[1] <= 0.02
    assert model.coef_[2] >= 0
    assert model.coef_[4] <= 0
    assert model.certificate_.meets(1e-6)
    slope = gradient(
        CoxElasticNet(0.02, penalty=penalty, ties="breslow", tol=1e-12).fit(X, Y),
        Y,
        np.ones(N),
        np.zeros(N),
        np.zeros(N),
    )
    np.testing.assert_allclose(slope[[0, 5]], 0, atol=1e-8)


def test_standardised_fit_is_that_of_scaled_columns():
    scale = X.std(axis=0)
    model = CoxElasticNet(0.05, standardize=True, tol=1e-12).fit(X, Y)
    other = CoxElasticNet(0.05, tol=1e-12).fit(X / scale, Y)
    np.testing.assert_allclose(model.coef_, other.coef_ / scale, atol=1e-8)


def test_wide_path_is_certified_at_every_strength_and_fold():
    wide = np.random.default_rng(1).standard_normal((40, 300))
    life = np.random.default_rng(2).exponential(np.exp(-wide[:, 0]))
    y = np.column_stack([life, np.arange(40) % 4 > 0])
    model = CoxElasticNetCV(alphas=12, eps=0.05, cv=4, l1_ratio=[0.5, 1.0], random_state=0)
    with np.errstate(all="raise", under="ignore"):
        model.fit(wide, y)
    assert all(one.meets(1e-6) for one in model.path_.certificates)
    assert all(one.meets(1e-6) for ratio in model.cv_.certificates for f in ratio for one in f)
    assert model.oof_prediction_.shape == (40,)
    df = model.path_.df
    assert np.all((df >= 0) & (df <= model.path_.n_nonzero + 1e-9))


def test_cross_validated_deviance_is_whole_minus_training():
    folds = list(StratifiedKFold(4).split(X, EVENT))
    model = CoxElasticNetCV(alphas=[0.2, 0.05, 0.01], cv=folds, ties="breslow", tol=1e-10).fit(X, Y)

    def log_likelihood(coef, rows):
        eta, total = X @ coef, 0.0
        for i in rows[EVENT[rows]]:
            total += eta[i] - np.log(np.exp(eta[rows][STOP[rows] >= STOP[i]]).sum())
        return total

    def saturated(rows):
        counts = np.unique(STOP[rows][EVENT[rows]], return_counts=True)[1]
        return -(counts * np.log(counts)).sum()

    for f, (train, test) in enumerate(folds):
        one = CoxElasticNet(0.05, ties="breslow", tol=1e-10).fit(X[train], Y[train])
        both = np.arange(N)
        gained = log_likelihood(one.coef_, both) - log_likelihood(one.coef_, train)
        expected = 2 * (saturated(both) - saturated(train) - gained) / EVENT[test].sum()
        assert model.scores_[0, 1, f] == pytest.approx(expected, rel=1e-6)


def test_concordance_can_choose():
    folds = list(StratifiedKFold(4).split(X, EVENT))
    model = CoxElasticNetCV(alphas=[0.3, 0.05, 0.01], cv=folds, scoring="concordance").fit(X, Y)
    train, test = folds[2]
    one = CoxElasticNet(0.05).fit(X[train], Y[train])
    expected = harrell_c(Y[test], one.predict(X[test]))
    assert model.scores_[0, 1, 2] == pytest.approx(expected, abs=1e-9)
    assert model.cv_.greater_is_better


def test_folds_have_the_same_share_of_events_and_no_group_in_two():
    model = CoxElasticNetCV(alphas=[0.1, 0.01], cv=5)
    with pytest.warns(DataWarning, match="best strength"):
        model.fit(X, Y)
    assert np.ptp(model.cv_.fold_weights) <= 1
    grouped = CoxElasticNetCV(alphas=[0.3, 0.1, 0.01], cv=4, random_state=0)
    grouped.fit(X, Y, groups=np.arange(N) // 2)
    assert grouped.oof_prediction_ is not None


def test_survival_is_monotone_starts_at_1_and_predicts():
    model = CoxElasticNet(0.02).fit(X, Y)
    alive = model.predict_survival_function(X)
    assert alive.shape == (N, model.event_times_.size)
    assert np.all(np.diff(alive, axis=1) <= 0)
    assert np.all((alive > 0) & (alive <= 1))
    np.testing.assert_array_equal(model.predict_survival_function(X[:2], [0.0]), 1.0)
    np.testing.assert_allclose(
        -np.log(alive), model.predict_cumulative_hazard_function(X), rtol=1e-10, atol=1e-15
    )
    times = [5.0, 15.0]
    better = brier_score(Y, Y, model.predict_survival_function(X, times), times)
    null = CoxElasticNet(10.0).fit(X, Y)
    assert not null.coef_.any()
    assert np.all(better < brier_score(Y, Y, null.predict_survival_function(X, times), times))


def test_strata_have_hazards_of_their_own():
    model = CoxElasticNet(0.02).fit(X, Y, strata=np.array(["u", "v", "w"])[STRATA])
    at = model.predict_cumulative_hazard_function(
        X[:1].repeat(3, axis=0), [20.0], strata=list("uvw")
    )
    assert len(set(at[:, 0].tolist())) == 3
    with pytest.raises(InputError, match="strata are required"):
        model.predict_survival_function(X)
    with pytest.raises(InputError, match="stratum 'z'"):
        model.predict_survival_function(X[:1], strata=["z"])


def test_estimators_are_cloned_pickled_and_searched():
    model = CoxElasticNetCV(alphas=[0.3, 0.1, 0.01], cv=3, random_state=0).fit(X, Y)
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(again.predict(X), model.predict(X))
    np.testing.assert_array_equal(
        again.predict_survival_function(X), model.predict_survival_function(X)
    )
    assert again.path_.loss.stop.size == 0  # no data in a pickle
    assert copy.deepcopy(model).score(X, Y) == model.score(X, Y)
    assert clone(model).get_params() == model.get_params()
    search = GridSearchCV(CoxElasticNet(), {"alpha": [0.3, 0.03]}, cv=3).fit(X, Y)
    assert search.best_params_["alpha"] == 0.03
    with pytest.raises(NotFittedError):
        CoxElasticNet().predict(X)


def test_a_fit_that_separates_is_limited_by_its_penalty_alone():
    y = np.column_stack([np.arange(1.0, N + 1), np.ones(N)])
    order = -np.arange(N)[:, None] / N
    model = CoxElasticNet(0.001).fit(np.hstack([order, X]), y)
    assert model.certificate_.meets(1e-6)
    assert model.score(np.hstack([order, X]), y) > 0.99


BAD = {
    "lengths": (lambda: CoxElasticNet().fit(X, Y[:-1]), "79"),
    "one column": (lambda: CoxElasticNet().fit(X, STOP), "structured array"),
    "no event": (lambda: CoxElasticNet().fit(X, Y * [1, 0]), "at least one event"),
    "below 0": (lambda: CoxElasticNet().fit(X, Y - [20, 0]), "finite times from 0 up"),
    "NaN": (lambda: CoxElasticNet().fit(X, np.where(Y > 10, np.nan, Y)), "nan in row"),
    "ties": (lambda: CoxElasticNet(ties="exact").fit(X, Y), "'efron', 'breslow'|efron"),
    "strata": (lambda: CoxElasticNet().fit(X, Y, strata=[1, 2]), "strata must hold a label"),
    "weights": (
        lambda: CoxElasticNet().fit(X, Y, sample_weight=1.0 - EVENT),
        "above 0 for at least one row with an event",
    ),
    "alpha": (lambda: CoxElasticNet(-1).fit(X, Y), "alpha"),
    "scoring": (lambda: CoxElasticNetCV(scoring="r2").fit(X, Y), "scoring"),
    "folds": (
        lambda: CoxElasticNetCV(
            cv=[(~EVENT | (STOP < 9), EVENT & (STOP > 99)), (EVENT, ~EVENT)]
        ).fit(X, Y),
        "folds with an event",
    ),
    "times": (lambda: CoxElasticNet(0.1).fit(X, Y).predict_survival_function(X, [-1.0]), "times"),
    "offset": (
        lambda: CoxElasticNet(0.1).fit(X, Y, offset=OFFSET).predict(X),
        "offset is required",
    ),
    "new strata": (
        lambda: CoxElasticNet(0.1).fit(X, Y).score(X, Y, strata=STRATA),
        "strata are required if, and only if",
    ),
    "score": (lambda: CoxElasticNet(0.1).fit(X, Y).score(X, Y[:-1]), "one time for each of the 80"),
}


@pytest.mark.parametrize("case", BAD)
def test_arguments_are_refused(case):
    call, message = BAD[case]
    with pytest.raises(InputError, match=message):
        call()
