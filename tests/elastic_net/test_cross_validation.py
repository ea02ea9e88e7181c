from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.linear_model import ElasticNet as SklearnElasticNet
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import (
    accuracy_score,
    get_scorer,
    log_loss,
    make_scorer,
    mean_absolute_error,
    mean_squared_error,
    r2_score,
)
from sklearn.model_selection import (
    KFold,
    LeaveOneGroupOut,
    RepeatedKFold,
    ShuffleSplit,
    StratifiedKFold,
)
from sklearn.preprocessing import StandardScaler

from bridle import ElasticNet, ElasticNetClassifier, ElasticNetPenalty
from bridle.elastic_net import Specification, cross_validate
from bridle.elastic_net.data.inputs import encode_targets
from bridle.elastic_net.design import DenseDesign
from bridle.errors import InputError

STRENGTHS = [0.3, 0.02, 0.1]
LOSSES = ("squared", "logistic", "multinomial")
every_loss = pytest.mark.parametrize("loss", LOSSES)


def data_for(loss, n=45, p=5, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, p)) * np.linspace(0.5, 2, p) + 1
    eta = X[:, 0] - X[:, 1] + 0.9 * rng.normal(size=n)
    if loss == "squared":
        return X, eta + 3
    return X, np.digitize(eta, [0.0] if loss == "logistic" else [-0.7, 0.7])


def specify(X, y, loss="squared", weights=None, **options):
    targets = encode_targets(y, loss, len(y), weights)
    penalty = options.pop("penalty", ElasticNetPenalty(0, 0))
    return Specification(
        DenseDesign(X), targets.values, targets.loss, penalty, weights,
        classes=targets.classes, **options,
    )  # fmt: skip


def splits(loss, X, y, folds=3):
    return list((KFold if loss == "squared" else StratifiedKFold)(folds).split(X, y))


def fit_by_hand(loss, X, y, alpha, l1_ratio, standardize=False, weights=None):
    """Fit standardised copies of the rows, and return a function from rows to predictions."""
    scaler = StandardScaler() if standardize else None
    Z = X if scaler is None else scaler.fit_transform(X, sample_weight=weights)
    kind = ElasticNet if loss == "squared" else ElasticNetClassifier
    model = kind(alpha=alpha, l1_ratio=l1_ratio).fit(Z, y, weights)
    verb = model.predict if loss == "squared" else model.predict_proba
    return lambda rows: verb(rows if scaler is None else scaler.transform(rows))


def deviance(loss, y, prediction, classes, weights=None):
    if loss == "squared":
        return mean_squared_error(y, prediction, sample_weight=weights)
    return 2 * log_loss(y, prediction, labels=classes, sample_weight=weights)


@every_loss
@pytest.mark.parametrize("standardize", [True, False])
@pytest.mark.parametrize("weighted", [True, False])
def test_scores_are_those_of_an_explicit_loop(loss, standardize, weighted):
    X, y = data_for(loss)
    weights = np.random.default_rng(1).random(45) if weighted else None
    folds = splits(loss, X, y)
    result = cross_validate(
        specify(X, y, loss, weights, standardize=standardize),
        folds, l1_ratios=[0.5, 1.0], alphas=STRENGTHS,
    )  # fmt: skip
    part = (lambda rows: None) if weights is None else weights.__getitem__
    expected = np.array(
        [
            [
                [
                    deviance(
                        loss, y[test],
                        fit_by_hand(
                            loss, X[train], y[train], alpha, ratio, standardize, part(train)
                        )(X[test]),
                        np.unique(y), part(test),
                    )
                    for train, test in folds
                ]
                for alpha in STRENGTHS
            ]
            for ratio in (0.5, 1.0)
        ]
    )  # fmt: skip
    np.testing.assert_allclose(result.scores, expected, rtol=1e-6)
    sizes = [15, 15, 15] if weights is None else [weights[test].sum() for _, test in folds]
    np.testing.assert_allclose(result.fold_weights, sizes)
    mean = np.average(expected, axis=2, weights=sizes)
    np.testing.assert_allclose(result.mean_scores, mean, rtol=1e-6)
    variance = np.average((expected - mean[:, :, None]) ** 2, axis=2, weights=sizes)
    np.testing.assert_allclose(result.standard_errors, np.sqrt(variance / 2), rtol=1e-5)
    assert all(one.meets(1e-6) for ratio in result.certificates for f in ratio for one in f)
    assert [len(ratio) for ratio in result.certificates] == [3, 3]


def test_the_oracle_is_that_of_sklearn():
    X, y = data_for("squared")
    theirs = SklearnElasticNet(alpha=0.1, tol=1e-12, max_iter=100_000).fit(X, y)
    np.testing.assert_allclose(
        fit_by_hand("squared", X, y, 0.1, 0.5)(X), theirs.predict(X), atol=1e-6
    )
    X, y = data_for("logistic")
    theirs = LogisticRegression(C=1 / (45 * 0.1), l1_ratio=0, tol=1e-10).fit(X, y)
    ours = fit_by_hand("logistic", X, y, 0.1, 0.0)(X)
    np.testing.assert_allclose(ours, theirs.predict_proba(X), atol=1e-5)


@every_loss
def test_weights_are_repetitions(loss):
    X, y = data_for(loss)
    counts = np.random.default_rng(0).integers(0, 3, 45)
    fold = np.random.default_rng(2).integers(0, 3, 45)
    options = {"l1_ratios": [0.5], "alphas": 3}
    weighted = cross_validate(
        specify(X, y, loss, counts.astype(float), standardize=True),
        [(fold != k, fold == k) for k in range(3)], **options,
    )  # fmt: skip
    X, y, fold = (np.repeat(one, counts, axis=0) for one in (X, y, fold))
    repeated = cross_validate(
        specify(X, y, loss, standardize=True),
        [(np.flatnonzero(fold != k), np.flatnonzero(fold == k)) for k in range(3)], **options,
    )  # fmt: skip
    np.testing.assert_allclose(weighted.paths[0].alphas, repeated.paths[0].alphas, rtol=1e-10)
    np.testing.assert_allclose(weighted.scores, repeated.scores, rtol=1e-6)
    np.testing.assert_allclose(weighted.fold_weights, repeated.fold_weights)
    assert weighted.best.alpha_index == repeated.best.alpha_index


@every_loss
@pytest.mark.parametrize("scoring", [None, "by name"])
def test_a_fold_without_weight_is_a_fold_that_was_not_given(loss, scoring):
    X, y = data_for(loss)
    folds = splits(loss, X, y)
    weights = np.ones(45)
    weights[folds[1][1]] = 0.0
    scoring = scoring and ("r2" if loss == "squared" else "accuracy")
    every, others = (
        cross_validate(specify(X, y, loss, weights), some, alphas=STRENGTHS, scoring=scoring)
        for some in (folds, [folds[0], folds[2]])
    )
    np.testing.assert_array_equal(every.scores, others.scores)
    np.testing.assert_array_equal(every.fold_weights, [15, 15])
    assert every.best == others.best


def test_a_fold_is_called_by_its_place_among_those_that_were_given():
    X, y = data_for("squared")
    weights = np.ones(45)
    weights[:15] = 0.0
    rows = np.arange(45)
    empty, good, lone = (rows[15:], rows[:15]), (rows[20:], rows[:20]), (rows[:44], rows[44:])
    with (
        pytest.warns(UndefinedMetricWarning),
        pytest.raises(InputError, match="on fold 2, with 1 test rows"),
    ):
        cross_validate(
            specify(X, y, "squared", weights), [empty, good, lone], alphas=[0.1], scoring="r2"
        )
    with pytest.raises(InputError, match="none in fold 2"):
        cross_validate(specify(X, y, "squared", weights), [empty, good, empty[::-1]], alphas=[0.1])


def test_a_row_that_is_named_twice_counts_twice():
    X, y = data_for("squared")
    train, test = np.r_[np.arange(30), np.arange(5)], np.r_[30:45, 31]
    result = cross_validate(specify(X, y), [(train, test)], alphas=[0.1])
    predict = fit_by_hand("squared", X[train], y[train], 0.1, 0.5)
    assert result.scores.item() == pytest.approx(mean_squared_error(y[test], predict(X[test])))


def test_folds_share_the_grid_of_the_full_data():
    X, y = data_for("squared")
    result = cross_validate(specify(X, y), splits("squared", X, y), l1_ratios=[0.5, 1.0], alphas=4)
    assert result.scores.shape == (2, 4, 3)
    slope = np.abs((X - X.mean(axis=0)).T @ (y - y.mean())).max() / 45
    np.testing.assert_allclose([one.alphas[0] for one in result.paths], [slope / 0.5, slope])


@pytest.mark.parametrize(
    ("splitter", "folds"),
    [
        (ShuffleSplit(4, random_state=0), 4),
        (RepeatedKFold(n_splits=3, n_repeats=2, random_state=0), 6),
        (LeaveOneGroupOut(), 5),
        (KFold(3), 3),
    ],
)
def test_splitters(splitter, folds):
    X, y = data_for("squared")
    groups = np.arange(45) % 5 if isinstance(splitter, LeaveOneGroupOut) else None
    result = cross_validate(specify(X, y), splitter.split(X, y, groups), alphas=STRENGTHS)
    assert result.scores.shape == (1, 3, folds)
    whole = isinstance(splitter, (KFold, LeaveOneGroupOut))
    assert (result.oof_prediction is not None) == whole


def test_factors_and_bounds_hold_in_every_fold():
    X, y = data_for("squared")
    penalty = ElasticNetPenalty(0, 0, factors=[0, 1, np.inf, 1, 1], lower=-0.3)
    for standardize in (True, False):
        result = cross_validate(
            specify(X, y, penalty=penalty, standardize=standardize),
            splits("squared", X, y), alphas=[10.0, 1e-3], keep_coefs=True,
        )  # fmt: skip
        for models in result.fold_models[0]:
            strong, weak = (one.toarray()[:, 0] for one in models.coefs)
            assert strong[0] != 0
            assert not strong[1:].any()
            assert weak[2] == 0
            assert weak.min() == pytest.approx(-0.3)


def test_offset_is_used_in_training_and_in_testing():
    X, y = data_for("squared")
    shift = np.linspace(-2, 2, 45)
    folds = splits("squared", X, y)
    with_offset = cross_validate(specify(X, y, offset=shift[:, None]), folds, alphas=STRENGTHS)
    moved = cross_validate(specify(X, y - shift), folds, alphas=STRENGTHS)
    np.testing.assert_allclose(with_offset.scores, moved.scores, rtol=1e-9)
    np.testing.assert_allclose(
        with_offset.oof_prediction[:, 0], moved.oof_prediction[:, 0] + shift, rtol=1e-9
    )


# --- What is chosen


def result_with(means, spread, alphas=(0.1, 0.3, 0.01), greater=False):
    """Give a result with two ratios, three strengths and two folds ``mean ± spread``."""
    X, y = data_for("squared")
    base = cross_validate(
        specify(X, y), splits("squared", X, y, 2), l1_ratios=[0.5, 1.0], alphas=list(alphas)
    )
    means = np.array(means, dtype=float)[:, :, None]
    scores = means + np.array([-spread, spread])
    return replace(
        base, scores=scores, fold_weights=np.array([1.0, 1.0]), greater_is_better=greater
    )


@pytest.mark.parametrize("sign", [1, -1])
def test_one_standard_error_is_never_weaker_and_knows_the_sign(sign):
    greater = sign < 0
    means = sign * np.array([[5.0, 5.4, 5.1], [4.0, 3.2, 3.0]])
    wide = result_with(means, 1.0, greater=greater)  # standard error 1 for two folds
    assert wide.best[:2] == (1.0, 0.01)
    assert wide.one_standard_error[:2] == (1.0, 0.3)
    assert wide.chosen == wide.best
    assert replace(wide, rule="1se").chosen == wide.one_standard_error
    narrow = result_with(means, 0.1, greater=greater)
    assert narrow.one_standard_error == narrow.best
    weaker = sign * np.array([[5.0, 3.0, 3.1], [9.0, 9.0, 9.0]])
    held = result_with(weaker, 1.0, greater=greater)
    assert held.best[:2] == held.one_standard_error[:2] == (0.5, 0.3)


def test_one_standard_error_stays_within_the_chosen_ratio():
    result = result_with([[3.2, 3.1, 9.0], [9.0, 9.0, 3.0]], 1.0)
    assert result.best[:2] == result.one_standard_error[:2] == (1.0, 0.01)


def test_equal_scores_take_the_strongest():
    assert result_with([[3.0, 3.0, 3.0], [3.0, 3.0, 3.0]], 0.0).best[:2] == (0.5, 0.3)


def test_a_single_fold_has_no_standard_error():
    X, y = data_for("squared")
    result = cross_validate(specify(X, y), splits("squared", X, y)[:1], alphas=STRENGTHS)
    assert np.isnan(result.standard_errors).all()
    assert result.one_standard_error == result.best


# --- Scores


def half_score(y_true, y_pred):
    return r2_score(y_true, y_pred) / 2


@pytest.mark.parametrize(
    ("scoring", "function", "greater"),
    [
        (None, mean_squared_error, False),
        ("deviance", mean_squared_error, False),
        ("r2", r2_score, True),
        ("neg_mean_absolute_error", lambda a, b: -mean_absolute_error(a, b), True),
        (mean_absolute_error, mean_absolute_error, False),
        (half_score, half_score, True),
        (make_scorer(mean_squared_error, greater_is_better=False),
         lambda a, b: -mean_squared_error(a, b), True),
    ],
)  # fmt: skip
def test_scoring_of_numbers(scoring, function, greater):
    X, y = data_for("squared")
    folds = splits("squared", X, y)
    result = cross_validate(specify(X, y), folds, alphas=STRENGTHS, scoring=scoring)
    expected = [
        [
            function(y[test], fit_by_hand("squared", X[train], y[train], alpha, 0.5)(X[test]))
            for train, test in folds
        ]
        for alpha in STRENGTHS
    ]
    np.testing.assert_allclose(result.scores[0], expected, rtol=1e-6)
    assert result.greater_is_better is greater
    mean = np.mean(expected, axis=1)
    best = np.argmax(mean) if greater else np.argmin(mean)
    assert result.best.alpha == STRENGTHS[best]


@pytest.mark.parametrize("loss", ["logistic", "multinomial"])
@pytest.mark.parametrize("weighted", [True, False])
@pytest.mark.parametrize("scoring", ["accuracy", "neg_log_loss", "roc_auc_ovr", accuracy_score])
def test_scoring_of_labels(loss, weighted, scoring):
    X, y = data_for(loss)
    labels = np.array(["a", "b", "c"])[y]
    if loss == "multinomial" and weighted and scoring == "roc_auc_ovr":
        pytest.skip("needs every class in every test part, which the weights do not change")
    weights = np.random.default_rng(1).random(45) + 0.1 if weighted else None
    folds = splits(loss, X, y)
    result = cross_validate(
        specify(X, labels, loss, weights), folds, alphas=[0.05], scoring=scoring
    )
    scorer = make_scorer(scoring) if callable(scoring) else get_scorer(scoring)
    for number, (train, test) in enumerate(folds):
        part = (lambda rows: None) if weights is None else weights.__getitem__
        model = ElasticNetClassifier(0.05).fit(X[train], labels[train], part(train))
        expected = scorer(model, X[test], labels[test], sample_weight=part(test))
        assert result.scores[0, 0, number] == pytest.approx(expected, abs=1e-6)


def blind_score(y_true, y_pred):
    return 0.0


def nan_score(y_true, y_pred):
    return float("nan")


def test_wrong_scores_are_refused():
    X, y = data_for("squared")
    folds = splits("squared", X, y)
    weighted = specify(X, y, weights=np.arange(45.0))
    with pytest.raises(InputError, match=r"scoring must accept sample_weight.*blind_score"):
        cross_validate(weighted, folds, alphas=[0.1], scoring=blind_score)
    with pytest.raises(
        InputError, match=r"scoring 'nan_score' must return finite.*fold 0.*15 test rows"
    ):
        cross_validate(specify(X, y), folds, alphas=[0.1], scoring=nan_score)
    for scoring in (max, 3, lambda a, b: 0.0):
        with pytest.raises(InputError, match=r"scoring must be None, the name .*make_scorer"):
            cross_validate(specify(X, y), folds, alphas=[0.1], scoring=scoring)
    with pytest.raises(InputError, match=r"no scoring 'r3'.*Did you mean 'r2'"):
        cross_validate(specify(X, y), folds, alphas=[0.1], scoring="r3")
