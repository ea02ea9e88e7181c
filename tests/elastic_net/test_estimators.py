import inspect
import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.datasets import make_classification, make_regression
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.linear_model import ElasticNet as SklearnElasticNet
from sklearn.linear_model import Lasso, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import estimator_checks
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.estimator_checks import parametrize_with_checks

from bridle import ElasticNet, ElasticNetClassifier, MultiTaskElasticNet
from bridle.errors import DataWarning, InputError

BOTH = (ElasticNet, ElasticNetClassifier)
both = pytest.mark.parametrize("kind", BOTH)
TIGHT = {"tol": 1e-13}


def regression(n=60, p=8, seed=0):
    X, y = make_regression(n, p, n_informative=4, noise=5.0, random_state=seed)
    return X + np.arange(p), y / 50 + 2


def labelled(n=120, p=6, classes=2, seed=0):
    X, y = make_classification(
        n, p, n_informative=4, n_classes=classes, flip_y=0.2, class_sep=0.7, random_state=seed
    )
    return X + 0.3, y


def data_for(kind, **options):
    return regression(**options) if kind is ElasticNet else labelled(**options)


# --- scikit-learn's contract


@parametrize_with_checks([kind() for kind in (*BOTH, MultiTaskElasticNet)])
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
def test_sklearn_contract(estimator, check):
    check(estimator)


NOT_YIELDED = (
    "check_dataframe_column_names_consistency",
    "check_inplace_ensure_writeable",
    "check_set_output_transform",
)


@both
@pytest.mark.parametrize("name", NOT_YIELDED)
@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_sklearn_contract_that_is_not_yielded(kind, name):
    getattr(estimator_checks, name)(kind.__name__, kind())


def test_arguments_are_those_of_sklearn():
    ours, theirs = (inspect.signature(one).parameters for one in (ElasticNet, SklearnElasticNet))
    assert set(theirs) <= set(ours)
    assert ours["alpha"].default == theirs["alpha"].default
    assert ours["l1_ratio"].default == theirs["l1_ratio"].default


# --- The same answers as scikit-learn's


@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("alpha", [0.5, 0.05])
@pytest.mark.parametrize("positive", [True, False])
def test_full_l1_is_the_lasso(fit_intercept, alpha, positive):
    X, y = regression()
    options = {"alpha": alpha, "fit_intercept": fit_intercept, "positive": positive}
    ours = ElasticNet(l1_ratio=1.0, **TIGHT, **options).fit(X, y)
    theirs = Lasso(tol=1e-14, max_iter=100_000, **options).fit(X, y)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, atol=1e-6)
    assert np.array_equal(ours.coef_ == 0, theirs.coef_ == 0)
    assert ours.intercept_ == pytest.approx(theirs.intercept_, abs=1e-6)


@pytest.mark.parametrize("weighted", [True, False])
@pytest.mark.parametrize("l1_ratio", [0.1, 0.5, 0.9])
def test_equals_sklearn_elastic_net(weighted, l1_ratio):
    X, y = regression()
    weight = np.random.default_rng(0).random(60) if weighted else None
    ours = ElasticNet(alpha=0.1, l1_ratio=l1_ratio).fit(X, y, weight)
    theirs = SklearnElasticNet(alpha=0.1, l1_ratio=l1_ratio, tol=1e-12, max_iter=100_000)
    theirs.fit(X, y, weight)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, atol=1e-6)
    np.testing.assert_allclose(ours.predict(X), theirs.predict(X), atol=1e-6)


def test_no_l1_is_the_closed_form_of_ridge():
    for n, p in ((60, 8), (20, 50)):
        X, y = regression(n, p)
        Z, t = X - X.mean(axis=0), y - y.mean()
        expected = np.linalg.solve(Z.T @ Z / n + 0.2 * np.eye(p), Z.T @ t / n)
        ours = ElasticNet(alpha=0.2, l1_ratio=0.0).fit(X, y)
        np.testing.assert_allclose(ours.coef_, expected, rtol=1e-8, atol=1e-11)


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize(
    ("l1_ratio", "solver"),
    [(0.0, "lbfgs"), (0.0, "newton-cholesky"), (1.0, "saga"), (0.5, "saga")],
)
def test_equals_sklearn_logistic_regression(classes, l1_ratio, solver):
    X, y = labelled(classes=classes)
    alpha = 0.02
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        theirs = LogisticRegression(
            C=1 / (len(y) * alpha), l1_ratio=l1_ratio, solver=solver, tol=1e-12, max_iter=20_000
        ).fit(X, y)
    ours = ElasticNetClassifier(alpha, l1_ratio=l1_ratio).fit(X, y)
    assert ours.coef_.shape == theirs.coef_.shape == ((1, 6) if classes == 2 else (classes, 6))
    atol = 1e-5 if solver == "lbfgs" else 1e-6  # as far as its line search comes
    np.testing.assert_allclose(ours.coef_, theirs.coef_, atol=atol)
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), atol=atol)
    np.testing.assert_allclose(ours.decision_function(X), theirs.decision_function(X), atol=1e-4)
    assert np.array_equal(ours.predict(X), theirs.predict(X))
    if classes > 2:
        assert ours.intercept_.sum() == pytest.approx(0, abs=1e-12)


@both
@pytest.mark.parametrize("classes", [2, 3])
def test_standardize_is_a_scaler_in_front(kind, classes):
    X, y = regression() if kind is ElasticNet else labelled(classes=classes)
    X = X * np.logspace(-2, 2, X.shape[1])
    before = X.copy()
    direct = kind(alpha=0.05, standardize=True).fit(X, y)
    piped = make_pipeline(StandardScaler(), kind(alpha=0.05)).fit(X, y)
    np.testing.assert_allclose(direct.coef_ * X.std(axis=0), piped[-1].coef_, atol=1e-8)
    verb = "predict" if kind is ElasticNet else "predict_proba"
    np.testing.assert_allclose(getattr(direct, verb)(X), getattr(piped, verb)(X), atol=1e-8)
    assert np.array_equal(X, before)


@both
def test_standardize_takes_the_weights_into_account(kind):
    X, y = data_for(kind)
    counts = np.random.default_rng(1).integers(0, 3, len(y))
    weighted = kind(alpha=0.05, standardize=True).fit(X, y, counts)
    repeated = kind(alpha=0.05, standardize=True).fit(np.repeat(X, counts, 0), np.repeat(y, counts))
    np.testing.assert_allclose(weighted.coef_, repeated.coef_, atol=1e-8)


@both
def test_positive_coefficients(kind):
    X, y = data_for(kind)
    X[:, ::2] *= -1
    free, held = kind(alpha=0.01).fit(X, y), kind(alpha=0.01, positive=True).fit(X, y)
    assert free.coef_.min() < 0 <= held.coef_.min()
    assert held.coef_.max() > 0
    assert held.certificate_.meets(1e-6)


@pytest.mark.parametrize("classes", [2, 3])
def test_class_weight_is_a_sample_weight(classes):
    X, y = labelled(classes=classes)
    for given in ("balanced", {0: 3.0, 1: 0.5}):
        by_class = ElasticNetClassifier(class_weight=given).fit(X, y)
        by_row = ElasticNetClassifier().fit(X, y, compute_sample_weight(given, y))
        np.testing.assert_allclose(by_class.coef_, by_row.coef_, atol=1e-9)
        both_weights = np.random.default_rng(2).random(len(y))
        once = ElasticNetClassifier(class_weight=given).fit(X, y, both_weights)
        product = ElasticNetClassifier().fit(X, y, both_weights * compute_sample_weight(given, y))
        np.testing.assert_allclose(once.coef_, product.coef_, atol=1e-9)
        assert not np.allclose(once.coef_, by_class.coef_, atol=1e-3)


def test_probabilities_keep_their_digits_in_the_tails():
    model = ElasticNetClassifier(alpha=1e-4).fit([[0.0], [1.0], [2.0], [3.0]], [0, 1, 0, 1])
    far = np.array([[-300.0], [300.0], [1e6]])
    proba, log = model.predict_proba(far), model.predict_log_proba(far)
    assert np.all(np.isfinite(log))
    assert 0 < proba[0, 1] < 1e-30
    np.testing.assert_allclose(np.log(proba[:2]), log[:2], rtol=1e-12, atol=1e-100)
    three = ElasticNetClassifier().fit(*labelled(classes=3))
    X = labelled(classes=3)[0]
    np.testing.assert_allclose(three.predict_log_proba(X), np.log(three.predict_proba(X)))
    assert np.all(np.isfinite(three.predict_log_proba(1e6 * X)))


@both
def test_labels_and_names_come_back(kind):
    X, y = data_for(kind)
    if kind is ElasticNetClassifier:
        y = np.array(["no", "yes"])[y]
        assert set(kind().fit(X, y).predict(X)) <= {"no", "yes"}
    frame = pd.DataFrame(X, columns=[f"c{j}" for j in range(X.shape[1])])
    model = kind().fit(frame, y)
    assert list(model.feature_names_in_) == list(frame.columns)
    with pytest.raises(ValueError, match="feature names should match"):
        model.predict(frame.rename(columns={"c0": "other"}))
    with pytest.raises(ValueError, match="same order"):
        model.predict(frame[frame.columns[::-1]])


@both
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_matrix_is_read_where_it_lies(kind, order, dtype):
    X, y = data_for(kind)
    X = np.asarray(X, dtype=dtype, order=order)
    X.setflags(write=False)
    before = X.tobytes()
    model = kind(alpha=0.05).fit(X, y)
    assert X.tobytes() == before
    assert model.coef_.dtype == dtype
    reference = kind(alpha=0.05).fit(X.astype(np.float64), y)
    np.testing.assert_allclose(model.coef_, reference.coef_, atol=1e-6)


@both
def test_sparse_coef_is_coef(kind):
    X, y = data_for(kind)
    model = kind(alpha=0.1).fit(X, y)
    assert sparse.issparse(model.sparse_coef_)
    assert np.array_equal(model.sparse_coef_.toarray(), np.atleast_2d(model.coef_))
    with pytest.raises(NotFittedError):
        _ = kind().sparse_coef_


# --- Evidence


@both
def test_the_certificate_is_carried(kind):
    X, y = data_for(kind)
    model = kind(alpha=0.05).fit(X, y)
    assert model.certificate_.meets(1e-6)
    assert model.dual_gap_ == model.certificate_.gap
    assert model.n_iter_ >= 1


@both
def test_stopping_short_warns_with_the_remedy(kind):
    X, y = data_for(kind, n=60, p=300)
    message = (
        r"did not converge.*alpha=0\.0005, has the relative duality gap .* max_iter=1 .*tol=1e-15"
        r".*Raise max_iter"
    )
    with pytest.warns(ConvergenceWarning, match=message) as caught:
        model = kind(alpha=0.0005, max_iter=1, tol=1e-15).fit(X, y)
    assert caught[0].filename == __file__
    assert not model.certificate_.meets(1e-15)


@both
def test_a_warm_start_saves_iterations(kind):
    X, y = data_for(kind, n=80, p=60)
    model = kind(alpha=0.003, l1_ratio=0.9, warm_start=True).fit(X, y)
    coef, iterations = model.coef_.copy(), model.n_iter_
    model.fit(X, y)
    np.testing.assert_allclose(model.coef_, coef, atol=1e-8)
    assert model.n_iter_ == 0 < iterations
    model.set_params(alpha=0.002).fit(X, y)
    cold = kind(alpha=0.002, l1_ratio=0.9).fit(X, y)
    np.testing.assert_allclose(model.coef_, cold.coef_, atol=1e-7)
    assert model.n_iter_ <= cold.n_iter_


def test_a_warm_start_with_standardize_translates_the_start():
    X, y = regression()
    model = ElasticNet(alpha=0.05, standardize=True, warm_start=True).fit(X, y)
    coef = model.coef_.copy()
    assert model.fit(X, y).n_iter_ == 0
    np.testing.assert_allclose(model.coef_, coef, atol=1e-10)


def test_a_warm_start_of_other_classes_starts_anew():
    X, y = labelled(classes=3)
    model = ElasticNetClassifier(warm_start=True).fit(X, y)
    assert model.fit(X, y % 2).coef_.shape == (1, 6)
    assert model.fit(X, y).coef_.shape == (3, 6)


# --- What is refused, and how

NAN = float("nan")
WRONG = {
    "alpha negative": ({"alpha": -1.0}, r"alpha must be .*at least 0.*Received: alpha=-1\.0"),
    "alpha nan": ({"alpha": NAN}, r"alpha must be a finite number.*Received: alpha=nan"),
    "alpha infinite": ({"alpha": np.inf}, r"alpha must be a finite.*alpha=inf"),
    "alpha text": ({"alpha": "1"}, r"alpha must be .*alpha='1'"),
    "alpha None": ({"alpha": None}, r"alpha must be .*alpha=None"),
    "alpha bool": ({"alpha": True}, r"alpha must be .*alpha=True"),
    "l1_ratio above": ({"l1_ratio": 1.5}, r"l1_ratio must be in \[0, 1\].*l1_ratio=1\.5"),
    "l1_ratio below": ({"l1_ratio": -0.1}, r"l1_ratio must be in \[0, 1\].*l1_ratio=-0\.1"),
    "l1_ratio nan": ({"l1_ratio": NAN}, r"l1_ratio must be in \[0, 1\].*l1_ratio=nan"),
    "tol zero": ({"tol": 0.0}, r"tol must be in \(0, inf\).*tol=0\.0"),
    "tol nan": ({"tol": NAN}, r"tol must be in \(0, inf\).*tol=nan"),
    "tol text": ({"tol": "small"}, r"tol must be in \(0, inf\).*tol='small'"),
    "max_iter zero": ({"max_iter": 0}, r"max_iter must be an integer in \[1, .*max_iter=0"),
    "max_iter float": ({"max_iter": 10.0}, r"max_iter must be an integer.*max_iter=10\.0"),
    "fit_intercept": ({"fit_intercept": "no"}, r"fit_intercept must be True or False.*'no'"),
    "standardize": ({"standardize": 1}, r"standardize must be True or False.*standardize=1"),
    "positive": ({"positive": None}, r"positive must be True or False.*positive=None"),
}


@both
@pytest.mark.parametrize("case", WRONG)
def test_wrong_parameters_are_quoted(kind, case):
    parameters, message = WRONG[case]
    X, y = data_for(kind)
    with pytest.raises(InputError, match=message):
        kind(**parameters).fit(X, y)


@both
@pytest.mark.parametrize(
    "parameters",
    [
        {"alpha": 0},
        {"alpha": np.float32(0.5), "l1_ratio": np.int64(1)},
        {"alpha": 1e308},
        {"max_iter": np.int64(50), "tol": 1},
        {"fit_intercept": np.bool_(False)},
    ],
)
def test_right_parameters_are_taken(kind, parameters):
    X, y = data_for(kind)
    assert kind(**parameters).fit(X, y).certificate_.gap >= 0


@both
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_values_that_are_not_finite_are_located(kind, bad):
    X, y = data_for(kind)
    X[[3, 7], 2] = bad
    message = r"NaN or infinity: column {} has 2, the first at row 3\. .*impute"
    with pytest.raises(InputError, match=message.format("2")):
        kind().fit(X, y)
    frame = pd.DataFrame(X, columns=[f"c{j}" for j in range(X.shape[1])])
    with pytest.raises(InputError, match=message.format("'c2'")):
        kind().fit(frame, y)
    good = frame.fillna(0).replace([np.inf, -np.inf], 0)
    with pytest.raises(InputError, match=message.format("'c2'")):
        kind().fit(good, y).predict(frame)


@both
@pytest.mark.filterwarnings("ignore:1 column of X is constant:bridle.errors.DataWarning")
def test_huge_finite_values_are_not_taken_for_infinite(kind):
    X, y = data_for(kind)
    X = X.astype(np.float32)
    for column in (np.full(len(y), 3e38), np.linspace(1e38, 3e38, len(y))):
        X[:, 2] = column  # whose sum overflows in float32
        assert np.all(np.isfinite(kind(standardize=True).fit(X, y).coef_))


@both
def test_wrong_weights_are_refused(kind):
    X, y = data_for(kind)
    for weights, message in (
        (np.full(len(y), -1.0), r"sample_weight must be .*at least 0.*-1\.0 in row 0"),
        (np.zeros(len(y)), "sample_weight must not all be 0"),
        (np.ones(3), "sample_weight must have shape"),
        (np.full(len(y), np.nan), "sample_weight must be finite.*nan in row 0"),
    ):
        with pytest.raises(ValueError, match=message):
            kind().fit(X, y, weights)


def test_one_class_is_named():
    X, y = labelled()
    with pytest.raises(InputError, match=r"at least two classes.*1 class: \[1\]"):
        ElasticNetClassifier().fit(X, np.ones(len(y), dtype=int))
    with pytest.raises(InputError, match=r"at least two classes.*1 class: \[0\]"):
        ElasticNetClassifier().fit(X, y, sample_weight=(y == 0).astype(float))


def test_a_class_without_weight_is_a_class_that_is_not_there():
    X, y = labelled(classes=3)
    weights = (y != 1).astype(float)
    model = ElasticNetClassifier().fit(X, y, weights)
    part = ElasticNetClassifier().fit(X[y != 1], y[y != 1])
    assert np.array_equal(model.classes_, [0, 2])
    np.testing.assert_allclose(model.coef_, part.coef_, atol=1e-9)


# --- State


@both
def test_a_failed_fit_leaves_nothing_to_predict_with(kind):
    X, y = data_for(kind)
    bad = X.copy()
    bad[0, 0] = np.nan
    for attempt in (
        lambda model: model.fit(bad, y),
        lambda model: model.set_params(alpha=-1.0).fit(X, y),
        lambda model: model.fit(X[:, :2], y[:-1]),
    ):
        never, again = kind(), kind().fit(X, y)
        for model in (never, again):
            with pytest.raises(ValueError, match=r"NaN|alpha|inconsistent"):
                attempt(model)
            with pytest.raises(NotFittedError):
                model.predict(X)
        assert not hasattr(again, "coef_")
        assert not hasattr(again, "certificate_")


@pytest.mark.fault(52)
@both
def test_pickle_and_clone(kind):
    X, y = data_for(kind)
    model = kind(alpha=0.1, standardize=True).fit(X, y)
    copy = pickle.loads(pickle.dumps(model))
    assert np.array_equal(copy.predict(X), model.predict(X))
    assert copy.certificate_ == model.certificate_
    fresh = clone(model)
    assert fresh.get_params() == model.get_params()
    assert not hasattr(fresh, "coef_")


@both
def test_two_fits_give_the_same_bits(kind):
    X, y = data_for(kind)
    one, other = (kind(alpha=0.01).fit(X, y) for _ in range(2))
    assert np.array_equal(one.coef_, other.coef_)


# --- Edges


def test_no_penalty_on_separable_classes_stays_finite():
    X = np.linspace(-1, 1, 30)[:, None]
    for y in ((X[:, 0] > 0).astype(int), np.digitize(X[:, 0], [-0.3, 0.4])):
        with pytest.warns(DataWarning, match="The features separate the classes: at alpha=0 less"):
            model = ElasticNetClassifier(alpha=0.0).fit(X, y)
        assert np.all(np.isfinite(model.coef_))
        assert model.certificate_.meets(1e-6)
        assert model.score(X, y) == 1.0


def test_no_penalty_and_more_features_than_rows_is_the_smallest_norm():
    X, y = regression(15, 40)
    model = ElasticNet(alpha=0.0).fit(X, y)
    expected = np.linalg.pinv(X - X.mean(axis=0), rcond=1e-10) @ (y - y.mean())
    np.testing.assert_allclose(model.coef_, expected, rtol=1e-7, atol=1e-10)
    np.testing.assert_allclose(model.predict(X), y, atol=1e-9)


def test_no_penalty_of_one_sign_converges():
    X, y = regression()
    assert ElasticNet(alpha=0.0, positive=True).fit(X, y).certificate_.meets(1e-6)


@both
def test_zero_strength_max_is_the_null_model(kind):
    X, y = data_for(kind)
    model = kind(alpha=1e6).fit(X, y)
    assert not model.coef_.any()
    if kind is ElasticNet:
        assert model.intercept_ == pytest.approx(y.mean(), rel=1e-14)
    else:
        assert model.intercept_[0] == pytest.approx(np.log(y.mean() / (1 - y.mean())), abs=1e-10)


@pytest.mark.parametrize("n", [1, 2, 3])
@pytest.mark.filterwarnings("ignore:Only one row:bridle.errors.DataWarning")
def test_few_rows(n):
    X, y = regression()
    model = ElasticNet(alpha=0.1).fit(X[:n], y[:n])
    assert model.certificate_.meets(1e-6)
    if n == 1:
        assert not model.coef_.any()
        assert model.intercept_ == y[0]


@pytest.mark.parametrize("scale", [1e-150, 1e-30, 1e30, 1e150])
@pytest.mark.filterwarnings("ignore:The squares of y are outside:bridle.errors.DataWarning")
def test_scales_far_from_one(scale):
    X, y = regression()
    here = ElasticNet(alpha=0.1, l1_ratio=1.0).fit(X, y)
    there = ElasticNet(alpha=0.1 * scale, l1_ratio=1.0).fit(X, y * scale)
    np.testing.assert_allclose(there.coef_ / scale, here.coef_, rtol=1e-6, atol=1e-9)


@both
def test_a_warm_start_from_a_fit_of_other_features_is_refused(kind):
    X, y = data_for(kind)
    model = kind(alpha=0.01, warm_start=True).fit(X, y)
    with pytest.raises(InputError, match=r"X must have the .* features .* warm_start=True"):
        model.fit(X[:, 1:], y)


@both
def test_a_warm_start_from_coefficients_alone_is_a_cold_one(kind):
    X, y = data_for(kind)
    model = kind(alpha=0.01, warm_start=True)
    model.coef_ = np.zeros(1)
    np.testing.assert_allclose(model.fit(X, y).coef_, kind(alpha=0.01).fit(X, y).coef_)
