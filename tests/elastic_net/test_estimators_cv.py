from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.datasets import make_classification, make_regression
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.model_selection import (
    GroupKFold,
    KFold,
    LeaveOneGroupOut,
    PredefinedSplit,
    RepeatedKFold,
    ShuffleSplit,
    StratifiedKFold,
)
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.estimator_checks import parametrize_with_checks

from bridle import (
    ElasticNet,
    ElasticNetClassifier,
    ElasticNetClassifierCV,
    ElasticNetCV,
    MultiTaskElasticNetCV,
    _core,
)
from bridle.errors import DataWarning, InputError

BOTH = (ElasticNetCV, ElasticNetClassifierCV)
SINGLE = {ElasticNetCV: ElasticNet, ElasticNetClassifierCV: ElasticNetClassifier}
both = pytest.mark.parametrize("kind", BOTH)
QUICK = {"alphas": [0.3, 0.1, 0.03, 0.02], "cv": 3}

pytestmark = pytest.mark.filterwarnings("ignore:The best strength:bridle.errors.DataWarning")


def data_for(kind, n=45, p=6, seed=0):
    if kind is ElasticNetCV:
        X, y = make_regression(n, p, n_informative=3, noise=40.0, random_state=seed)
        return X + 0.5, y / 50 + 2
    X, y = make_classification(n, p, n_informative=3, flip_y=0.2, random_state=seed)
    return X + 0.5, y


@parametrize_with_checks([kind(alphas=[0.01], cv=2) for kind in (*BOTH, MultiTaskElasticNetCV)])
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
def test_sklearn_contract(estimator, check):
    check(estimator)


@both
def test_the_chosen_fit_is_a_single_fit(kind):
    X, y = data_for(kind)
    for rule in ("min", "1se"):
        model = kind(l1_ratio=[0.5, 1.0], rule=rule, **QUICK).fit(X, y)
        single = SINGLE[kind](model.alpha_, l1_ratio=model.l1_ratio_).fit(X, y)
        np.testing.assert_allclose(model.coef_, single.coef_, atol=1e-8)
        np.testing.assert_allclose(model.intercept_, single.intercept_, atol=1e-8)
        np.testing.assert_allclose(model.predict(X), single.predict(X))
        assert model.alpha_ == (model.alpha_1se_ if rule == "1se" else model.cv_.best.alpha)
        assert model.certificate_.meets(1e-6)
        assert model.scores_.shape == (2, 4, 3)
        assert model.mean_scores_.shape == (2, 4)
        assert model.path_.l1_ratio == model.l1_ratio_
        assert np.array_equal(model.alphas_, model.path_.alphas)
        assert model.n_iter_ >= 1


@both
def test_folds(kind):
    X, y = data_for(kind)
    model = kind(alphas=[0.05], cv=3).fit(X, y)
    kinds = {ElasticNetCV: KFold, ElasticNetClassifierCV: StratifiedKFold}
    for cv in (kinds[kind](3), list(kinds[kind](3).split(X, y))):
        assert np.array_equal(kind(alphas=[0.05], cv=cv).fit(X, y).scores_, model.scores_)
    assert kind(alphas=[0.05]).fit(X, y).scores_.shape[2] == 5
    dealt = kind(alphas=[0.05], cv=3, random_state=1).fit(X, y)
    by_hand = kind(alphas=[0.05], cv=kinds[kind](3, shuffle=True, random_state=1)).fit(X, y)
    assert np.array_equal(dealt.scores_, by_hand.scores_)
    assert not np.array_equal(dealt.scores_, model.scores_)


@both
def test_groups_stay_together(kind):
    X, y = data_for(kind)
    groups = np.arange(len(y)) % 9
    whole = kind(alphas=[0.05], cv=LeaveOneGroupOut()).fit(X, y, groups=groups)
    assert whole.scores_.shape == (1, 1, 9)
    assert whole.oof_prediction_ is not None
    if kind is ElasticNetCV:
        grouped = kind(alphas=[0.05], cv=3).fit(X, y, groups=groups)
        named = kind(alphas=[0.05], cv=GroupKFold(3)).fit(X, y, groups=groups)
        assert np.array_equal(grouped.scores_, named.scores_)


@both
@pytest.mark.parametrize(
    "cv", [ShuffleSplit(3, random_state=0), RepeatedKFold(n_splits=3, n_repeats=2)]
)
def test_what_is_no_partition_has_no_out_of_fold_prediction(kind, cv):
    X, y = data_for(kind)
    assert kind(alphas=[0.05], cv=cv).fit(X, y).oof_prediction_ is None


@both
def test_out_of_fold_prediction_is_that_of_the_fold(kind):
    X, y = data_for(kind)
    model = kind(keep_coefs=True, **QUICK).fit(X, y)
    chosen = model.cv_.chosen
    splitter = KFold if kind is ElasticNetCV else StratifiedKFold
    for train, test in splitter(3).split(X, y):
        part = SINGLE[kind](chosen.alpha, l1_ratio=0.5).fit(X[train], y[train])
        expected = part.predict(X[test]) if kind is ElasticNetCV else part.predict_proba(X[test])
        np.testing.assert_allclose(model.oof_prediction_[test], expected, atol=1e-7)
    assert len(model.cv_.fold_models[0]) == 3
    assert kind(**QUICK).fit(X, y).cv_.fold_models is None


@both
def test_a_row_of_weight_zero_is_a_deleted_row(kind):
    X, y = data_for(kind)
    weights = np.random.default_rng(0).integers(0, 3, len(y)).astype(float)
    kept = weights > 0
    model = kind(standardize=True, **QUICK).fit(X, y, weights)
    part = kind(standardize=True, **QUICK).fit(X[kept], y[kept], weights[kept])
    np.testing.assert_allclose(model.alphas_, part.alphas_, rtol=1e-10)
    np.testing.assert_allclose(model.scores_, part.scores_, rtol=1e-7)
    np.testing.assert_allclose(model.coef_, part.coef_, atol=1e-8)


def test_class_weight_is_a_sample_weight():
    X, y = data_for(ElasticNetClassifierCV)
    model = ElasticNetClassifierCV(class_weight="balanced", **QUICK).fit(X, y)
    other = ElasticNetClassifierCV(**QUICK).fit(X, y, compute_sample_weight("balanced", y))
    np.testing.assert_allclose(model.scores_, other.scores_)
    np.testing.assert_allclose(model.coef_, other.coef_)


def test_several_classes_and_their_labels():
    X, y = make_classification(60, 5, n_informative=4, n_redundant=0, n_classes=3, random_state=0)
    names = np.array(["low", "mid", "top"])[y]
    model = ElasticNetClassifierCV(scoring="accuracy", **QUICK).fit(X, names)
    assert model.classes_.tolist() == ["low", "mid", "top"]
    assert model.coef_.shape == (3, 5)
    assert model.oof_prediction_.shape == (60, 3)
    np.testing.assert_allclose(model.oof_prediction_.sum(axis=1), 1)
    oof = (model.classes_[model.oof_prediction_.argmax(axis=1)] == names).mean()
    assert oof == pytest.approx(model.mean_scores_.max())
    np.testing.assert_allclose(np.log(model.predict_proba(X)), model.predict_log_proba(X))
    assert set(model.predict(X)) <= set(names)


@both
def test_tidy(kind):
    X, y = data_for(kind)
    model = kind(l1_ratio=[1.0, 0.2], **QUICK).fit(X, y)
    table = model.tidy()
    columns = ["lambda", "estimate", "std.error", "conf.low", "conf.high", "nzero"]
    assert list(table.columns) == columns
    ratio = model.cv_.chosen.ratio_index
    np.testing.assert_array_equal(table["lambda"], model.alphas_)
    np.testing.assert_array_equal(table["estimate"], model.mean_scores_[ratio])
    np.testing.assert_allclose(table["conf.high"] - table["estimate"], table["std.error"])
    np.testing.assert_allclose(table["estimate"] - table["conf.low"], table["std.error"])
    assert len(model.cv_.tidy()) == 8
    with pytest.raises(NotFittedError):
        kind().tidy()


@both
def test_plot_shows_scores_coefficients_and_both_choices(kind):
    X, y = data_for(kind)
    frame = pd.DataFrame(X, columns=[f"$c{j}" for j in range(X.shape[1])])
    model = kind(alphas=6, cv=3).fit(frame, y)
    above, below = model.plot().axes
    *folds, mean = [line for line in above.lines if len(line.get_xdata()) == 6]
    np.testing.assert_array_equal(np.array([one.get_ydata() for one in folds]).T, model.scores_[0])
    np.testing.assert_array_equal(mean.get_ydata(), model.mean_scores_[0])
    assert "less is better" in above.get_ylabel()
    for ax in (above, below):
        marks = [line.get_xdata()[0] for line in ax.lines if len(set(line.get_xdata())) == 1]
        assert marks == [model.alpha_, model.alpha_1se_]
    assert {one.get_text() for one in below.texts} <= set(frame.columns)
    with pytest.raises(NotFittedError):
        kind().plot()


@pytest.mark.fault(84)
@both
def test_pickle_leaves_the_data_at_home(kind):
    X, y = data_for(kind)
    model = kind(**QUICK).fit(X, y)
    copy = pickle.loads(pickle.dumps(model))
    assert copy.path_.specification is None
    assert np.array_equal(copy.predict(X), model.predict(X))
    assert np.array_equal(copy.path_.at(model.alpha_).coef, model.path_.at(model.alpha_).coef)
    with pytest.raises(InputError, match=r"alpha=0\.0123.*nearest is .*unpickled paths"):
        copy.path_.at(0.0123)
    assert clone(model).get_params() == model.get_params()


# --- What is said


@pytest.mark.filterwarnings("default::bridle.errors.DataWarning")
def test_the_edge_of_the_grid_is_reported():
    X, y = data_for(ElasticNetCV)
    with pytest.warns(DataWarning, match=r"alpha=5 .*weakest of the grid.*Pass smaller") as caught:
        ElasticNetCV(alphas=[5.0, 9.0], cv=3).fit(X, 100 * X[:, 0])
    assert caught[0].filename == __file__
    noise = np.random.default_rng(3).normal(size=len(y))
    with pytest.warns(DataWarning, match="strongest of the grid: no model with more features"):
        ElasticNetCV(alphas=5, cv=3).fit(X, noise)


@both
def test_stopping_short_warns_once(kind):
    X, y = data_for(kind, n=40, p=60)
    with pytest.warns(ConvergenceWarning, match=r"\d+ of 12 fits did not.*max_iter=1 ") as caught:
        kind(alphas=[1e-3, 1e-4, 1e-5], cv=3, max_iter=1, tol=1e-15).fit(X, y)
    short = [one for one in caught if one.category is ConvergenceWarning]
    assert [one.filename for one in short] == [__file__]


NAN = float("nan")
WRONG = {
    "l1_ratio above": ({"l1_ratio": 1.5}, r"l1_ratio must be in \[0, 1\].*l1_ratio=1\.5"),
    "l1_ratio in a list": ({"l1_ratio": [0.5, NAN]}, r"l1_ratio must be .*l1_ratio=nan"),
    "l1_ratio empty": ({"l1_ratio": []}, r"l1_ratio must hold at least one.*none"),
    "l1_ratio text": ({"l1_ratio": "half"}, r"l1_ratio must be a number.*'half'"),
    "alphas zero": ({"alphas": 0}, r"alphas must be in \[1, .*of strengths\. Received: alphas=0"),
    "alphas float": ({"alphas": 5.0}, r"alphas must be a number of strengths.*alphas=5\.0"),
    "alphas text": ({"alphas": "many"}, r"alphas must be a number of strengths.*'many'"),
    "alphas empty": ({"alphas": []}, r"alphas must be a number of strengths.*\[\]"),
    "alphas negative": ({"alphas": [1.0, -2.0]}, r"alphas must be finite.*-2\.0 at position 1"),
    "alphas nan": ({"alphas": [NAN]}, r"alphas must be finite and at least 0.*nan"),
    "rule": ({"rule": "max"}, r"rule must be 'min' or '1se'.*'max'"),
    "scoring unknown": ({"scoring": "acuracy"}, r"no scoring 'acuracy'.*mean 'accuracy'"),
    "scoring unnamed": ({"scoring": max}, r"scoring must be None.*make_scorer"),
    "random_state": ({"random_state": -1}, r"random_state must be .* \[0, 2\*\*32\).*=-1\."),
    "random_state text": ({"random_state": "a"}, r"random_state must be .*random_state='a'"),
    "tol": ({"tol": 0}, r"tol must be in \(0, inf\).*tol=0"),
    "max_iter": ({"max_iter": 1.5}, r"max_iter must be an integer.*1\.5"),
    "positive": ({"positive": "yes"}, r"positive must be True or False.*'yes'"),
    "keep_coefs": ({"keep_coefs": 1}, r"keep_coefs must be True or False.*keep_coefs=1"),
    "fit_intercept": ({"fit_intercept": 0}, r"fit_intercept must be True or False"),
    "no folds": ({"cv": []}, r"cv must yield at least one fold"),
    "fold out of range": ({"cv": [([0, 1], [99])]}, r"cv must yield indices.*\[0, 45\).*\[99\]"),
    "fold without training": ({"cv": [([], [0])]}, r"cv must yield training rows.*none in fold 0"),
    "one fold": ({"cv": 1}, r"cv must be .*at least 2.*cv=1"),
    "cv bool": ({"cv": True}, r"cv must be .*cv=True"),
}


@both
@pytest.mark.parametrize("case", WRONG)
def test_wrong_parameters_are_quoted(kind, case):
    parameters, message = WRONG[case]
    X, y = data_for(kind)
    with pytest.raises(ValueError, match=message):
        kind(**{**QUICK, **parameters}).fit(X, y)


@both
@pytest.mark.parametrize(
    "parameters",
    [
        {"l1_ratio": (0, 1)},
        {"l1_ratio": np.array([0.5])},
        {"alphas": np.int64(2)},
        {"alphas": (0.1, 0)},
        {"positive": True},
        {"cv": PredefinedSplit(np.arange(45) % 3)},
        {"cv": [(np.arange(45) > 9, np.arange(45) <= 9)]},
    ],
)
def test_right_parameters_are_taken(kind, parameters):
    X, y = data_for(kind)
    assert kind(**{**QUICK, **parameters}).fit(X, y).certificate_.meets(1e-6)


def test_a_class_that_a_fold_cannot_learn_is_named():
    X, _ = data_for(ElasticNetClassifierCV)
    with pytest.raises(InputError, match=r"fold 1 without class True\. Use fewer folds"):
        ElasticNetClassifierCV(cv=KFold(2)).fit(X, np.arange(45) > 30)


def test_a_failed_fit_leaves_nothing_to_predict_with():
    X, y = data_for(ElasticNetCV)
    model = ElasticNetCV(**QUICK).fit(X, y)
    with pytest.raises(InputError, match="rule"):
        model.set_params(rule="?").fit(X, y)
    with pytest.raises(NotFittedError):
        model.predict(X)


@pytest.mark.parametrize("n", [20, 23])
@pytest.mark.parametrize("cv", [2, 4, 20])
def test_folds_of_a_number_are_those_of_sklearn(n, cv):
    """Rows of weight 0 between them change nothing."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(2 * n, 3))
    y, weights = X[:, 0] + rng.normal(size=2 * n), np.tile([1.0, 0.0], n)
    options = {"alphas": [0.1], "keep_coefs": True}
    ours = ElasticNetCV(cv=cv, **options).fit(X, y, sample_weight=weights)
    theirs = ElasticNetCV(cv=KFold(cv), **options).fit(X[::2], y[::2])
    np.testing.assert_allclose(ours.scores_, theirs.scores_, rtol=1e-7)


@pytest.mark.parametrize("standardize", [False, True])
def test_moments_of_all_rows_are_summed_at_most_once(monkeypatch, standardize):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 200))
    sums = []
    moments = _core.moments
    monkeypatch.setattr(_core, "moments", lambda *given: (sums.append(given), moments(*given))[1])
    ElasticNetCV(standardize=standardize, cv=3, alphas=5).fit(X, X[:, 0] + rng.normal(size=60))
    assert len(sums) == standardize
