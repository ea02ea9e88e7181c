"""DropoutClassifier and DropoutRegressor: scikit-learn's contract, files, and networks of one's own."""

from __future__ import annotations

import copy
import json
import pickle
import zipfile

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.datasets import make_classification, make_regression
from sklearn.exceptions import NotFittedError
from sklearn.utils.estimator_checks import parametrize_with_checks

from bridle import DropoutClassifier, DropoutRegressor
from bridle.backend import load_keras
from bridle.errors import ConcurrentFitError, DivergedError, InputError
from bridle.networks.estimators.sample import Sample
from bridle.networks.estimators.settings import Settings
from bridle.networks.output_kind import mean_loss

keras = load_keras()
L = keras.layers

BOTH = (DropoutClassifier, DropoutRegressor)
both = pytest.mark.parametrize("kind", BOTH)
SMALL = {"hidden": (6,), "epochs": 2, "batch_size": 32, "random_state": 0}


def data_for(kind, n=60, classes=2):
    if kind is DropoutRegressor:
        X, y = make_regression(n, 5, noise=1.0, random_state=0)
        return X, y + 1000
    X, y = make_classification(
        n, 5, n_informative=4, n_redundant=0, n_classes=classes, random_state=0
    )
    return X, np.array(["no", "so", "yes"])[y]


@pytest.fixture(scope="module", params=BOTH, ids=lambda kind: kind.__name__)
def fitted(request):
    X, y = data_for(request.param)
    frame = pd.DataFrame(X, columns=list("abcde"))
    return request.param(**SMALL).fit(frame, y), frame, y


def outputs(model, X):
    return model.predict_proba(X) if isinstance(model, DropoutClassifier) else model.predict(X)


# --- scikit-learn's contract


@pytest.mark.slow
@parametrize_with_checks([kind() for kind in BOTH])
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
def test_sklearn_contract(estimator, check):
    check(estimator)


def test_predictions_have_the_right_form(fitted):
    model, X, y = fitted
    assert model.predict(X).shape == y.shape
    assert list(model.feature_names_in_) == list("abcde")
    if isinstance(model, DropoutClassifier):
        assert list(model.classes_) == ["no", "so"]
        np.testing.assert_allclose(model.predict_proba(X).sum(axis=1), 1)
        assert set(model.predict(X)) <= {"no", "so"}


def test_summary_is_that_of_the_last_epoch(fitted):
    model, _, _ = fitted
    facts = {name: value for name, value, _ in model.summary().facts}
    assert facts["features"] == 5
    assert facts["epochs"] == model.n_iter_
    assert facts["weights"] == sum(one.size for one in model.network_.get_weights())
    assert facts["training loss"] == model.history_.train_eval_loss[-1]
    assert facts["validation loss"] == model.history_.val_loss[-1]
    what = "Classification of 2 classes" if isinstance(model, DropoutClassifier) else "Regression"
    assert str(model.summary()).startswith(f"{what} by a network\n")


def test_prediction_of_a_row_depends_on_no_other(fitted):
    model, X, _ = fitted
    np.testing.assert_array_equal(outputs(model, X[3:4]), outputs(model, X)[3:4])
    many = pd.concat([X] * 6)  # more than one batch
    np.testing.assert_array_equal(outputs(model, many)[-60:], outputs(model, X))


def test_weights_are_copies_and_order_says_nothing(fitted):
    model, X, y = fitted
    copies = np.arange(60) % 3
    X, rng = X.to_numpy(), np.random.default_rng(0)
    weighted = clone(model).fit(X, y, copies)
    order = rng.permutation(np.repeat(np.arange(60), copies))
    repeated = clone(model).fit(X[order], y[order])
    np.testing.assert_array_equal(outputs(weighted, X), outputs(repeated, X))
    equal = clone(model).fit(X, y)
    assert not np.array_equal(outputs(weighted, X), outputs(equal, X))


def test_wrong_names_are_refused(fitted):
    model, X, _ = fitted
    with pytest.raises(ValueError, match="feature names"):
        model.predict(X.rename(columns={"a": "z"}))


@both
@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"hidden": 5}, "hidden must be a tuple"),
        ({"rate": 50}, r"Received: rate=50\. If it is a percentage, write 0\.5"),
        ({"rate": True}, "rate must be a number"),
        ({"learning_rate": 0}, "learning_rate must be a finite number above 0"),
        ({"epochs": 0}, "epochs must be an integer from 1 upwards"),
        ({"batch_size": 1.5}, "batch_size must be an integer"),
        ({"validation_fraction": 0}, r"validation_fraction must be a number in \(0, 1\)"),
        ({"random_state": 1.5}, r"random_state must be None.*Received: random_state=1\.5"),
        ({"random_state": True}, "random_state must be None"),
        ({"random_state": "a"}, "random_state must be None"),
        ({"early_stopping": 1}, "early_stopping must be True or False"),
        ({"warm_start": None}, "warm_start must be True or False"),
        ({"n_iter_no_change": 0}, "n_iter_no_change must be an integer from 1 upwards"),
        ({"network": L.Dense(1)}, "Received: a layer, Dense"),
        ({"network": L.Dense}, "Received: a layer, Dense"),
        ({"network": lambda p: p}, r"Received: a function of \(p\): too many"),
        ({"network": lambda p, q: q + "a"}, "one that fails with TypeError: unsupported operand"),
        ({"network": 3}, "network must be None, a Keras model, a PyTorch module or a function"),
        ({"network": lambda p, q: 3}, "network must build a Keras model"),
    ],
)
def test_parameter_outside_its_range_is_named(kind, parameters, said):
    with pytest.raises(InputError, match=said):
        kind(**parameters).fit(*data_for(kind))


@pytest.mark.fault(58)
@pytest.mark.parametrize("seed", [np.int64(7), -3, 2**40, 2**80])
def test_any_integer_is_a_random_state(seed):
    one, again, other = (
        Settings.of(DropoutRegressor(random_state=value)).seed
        for value in (seed, int(seed), int(seed) + 1)
    )
    assert one == again != other
    assert one != Settings.of(DropoutRegressor(random_state=abs(int(seed)) + 1)).seed


@both
@pytest.mark.parametrize(
    ("weights", "said"),
    [
        ("abc", "sample_weight must hold numbers"),
        ([1.0], r"sample_weight must have shape \(60,\)"),
        ([-1.0] * 60, r"sample_weight must be finite and at least 0\. Received: -1\.0 in row 0"),
        ([0.0] * 60, "sample_weight must not all be 0"),
    ],
)
def test_weights_outside_their_range_are_named(kind, weights, said):
    with pytest.raises(InputError, match=said):
        kind().fit(*data_for(kind), weights)


@both
def test_numbers_beyond_float32_are_named(kind):
    X, y = data_for(kind)
    X[2, 1] = 1e200
    with pytest.raises(InputError, match=r"Received: 1e\+200 in row 2, column 1"):
        kind().fit(X, y)


# --- Curves


def test_curves_are_those_of_the_network(fitted):
    model, X, y = fitted
    history = model.history_
    assert {len(one) for one in vars(history).values()} == {2}
    assert history.penalty == (0.0, 0.0)
    # Over all rows, the loss at the end lies between those of the two parts.
    raw = np.asarray(model.network_.predict(X.to_numpy("float32"), verbose=0))
    if isinstance(model, DropoutClassifier):
        target = (y == "so").astype(float)
    else:
        target = (y - model.target_mean_) / model.target_scale_
    parts = history.train_eval_loss[-1], history.val_loss[-1]
    assert mean_loss(model.kind_, raw, target) == pytest.approx(np.average(parts, weights=[54, 6]))


def test_sample_is_split_by_class():
    codes = np.repeat([0.0, 1.0], [80, 20])
    rows = np.arange(100.0)[:, None]
    sample = Sample.of(rows, codes, np.ones(100))
    training, validation = sample.split(0.1, 0, stratify=True)
    assert (len(training.y), len(validation.y), validation.y.sum()) == (90, 10, 2)
    assert {*training.X[:, 0]} | {*validation.X[:, 0]} == {*range(100)}


# --- Networks of one's own


def builder(activation, compiled=None):
    def build(n_features, n_outputs):
        model = keras.Sequential(
            [keras.Input((n_features,)), L.Dropout(0.2), L.Dense(n_outputs, activation=activation)]
        )
        if compiled is not None:
            model.compile("sgd", compiled)
        return model

    return build


@pytest.mark.parametrize(
    ("network", "classes", "link"),
    [
        (builder("softmax"), 3, "softmax"),
        (builder(None), 3, "linear"),
        (builder("sigmoid", "binary_crossentropy"), 2, "sigmoid"),
    ],
)
def test_probabilities_are_the_networks(network, classes, link):
    X, y = data_for(DropoutClassifier, classes=classes)
    model = DropoutClassifier(network, epochs=1, random_state=0).fit(X, y)
    assert model.link_ == link
    raw = np.asarray(model.network_.predict(X, verbose=0), dtype=float)
    if link == "linear":
        raw = np.exp(raw) / np.exp(raw).sum(axis=1, keepdims=True)
    expected = np.column_stack([1 - raw, raw]) if classes == 2 else raw
    np.testing.assert_allclose(model.predict_proba(X), expected, atol=1e-6)


def test_model_is_copied_with_its_weights_and_its_compilation():
    X, y = data_for(DropoutRegressor)
    given = builder(None, "mae")(5, 1)
    before = [keras.ops.convert_to_numpy(one) for one in given.weights]
    model = DropoutRegressor(given, epochs=1, random_state=0).fit(X, y)
    after = [keras.ops.convert_to_numpy(one) for one in given.weights]
    assert all(map(np.array_equal, before, after))
    assert type(model.network_.optimizer).__name__ == "SGD"
    assert not np.array_equal(before[0], keras.ops.convert_to_numpy(model.network_.weights[0]))
    assert clone(model).network is not given


@pytest.mark.parametrize(
    ("network", "said"),
    [
        (lambda p, q: builder(None)(p, q + 1), "network must have 3 outputs for each row"),
        (lambda p, q: builder(None)(p + 1, q), "network must take rows of 5 features"),
        (builder("relu"), "network must end in a layer that is linear or applies softmax"),
        (builder("softmax", "categorical_crossentropy"), "a loss that takes codes of classes"),
    ],
)
def test_network_that_does_not_fit_is_refused(network, said):
    X, y = data_for(DropoutClassifier, classes=3)
    with pytest.raises(InputError, match=said):
        DropoutClassifier(network).fit(X, y)


def test_builder_leaves_pythons_generator_alone():
    import random

    random.seed(3)
    expected = random.getstate()
    X, y = data_for(DropoutRegressor)
    with pytest.raises(InputError, match="must build a Keras model"):
        DropoutRegressor(lambda p, q: random.random(), random_state=0).fit(X, y)
    assert random.getstate() == expected


def with_column(name, values):
    X, _ = data_for(DropoutRegressor)
    return pd.DataFrame(X, columns=list("abcde")).assign(**{name: values})


def one_of(values, row, value):
    changed = np.array(values, dtype=object)
    changed[row] = value
    return changed


WRONG_FEATURES = {
    "nan": (with_column("c", one_of(np.ones(60), 7, np.nan)), "NaN .* column 'c' has 1, .* row 7"),
    "text": (with_column("b", one_of(np.ones(60), 5, "red")), "'red' in column 'b', row 5"),
    "dates": (with_column("d", pd.date_range("2020", periods=60)), "Dates .* column 'd'"),
    "complex": (with_column("d", 1j), "Complex data not supported.*column 'd'"),
    "masked": (np.ma.masked_array(np.ones((60, 5)), np.eye(60, 5) > 0), "no masked values"),
    "one dimension": (np.ones(60), r"two dimensions.*shape \(60,\)"),
}


@pytest.mark.fault(1)
@pytest.mark.fault(2)
@pytest.mark.fault(3)
@pytest.mark.fault(5)
@pytest.mark.parametrize("case", WRONG_FEATURES)
@pytest.mark.filterwarnings("ignore:X does not have valid feature names")
def test_wrong_features_are_located(case, fitted):
    X, message = WRONG_FEATURES[case]
    model, _, y = fitted
    for call in (lambda: clone(model).fit(X, y), lambda: model.predict(X)):
        with pytest.raises(InputError, match=message):
            call()


@pytest.mark.fault(22)
def test_target_that_is_not_finite_names_the_row():
    X, y = data_for(DropoutRegressor)
    y[4] = np.nan
    with pytest.raises(InputError, match=r"y must hold finite numbers\. Received: nan in row 4"):
        DropoutRegressor(**SMALL).fit(X, y)


@pytest.mark.fault(43)
@pytest.mark.parametrize("wrong", ["parameter", "features", "weights"])
def test_failed_refit_leaves_no_stale_attribute(wrong, fitted):
    held, X, y = fitted
    model = copy.copy(held)
    weights = -np.ones(60) if wrong == "weights" else None
    model.set_params(epochs=0 if wrong == "parameter" else 1)
    with pytest.raises(InputError):
        model.fit(X * np.nan if wrong == "features" else X, y, weights)
    left = {one for one in vars(model) if one.endswith("_")}
    assert left <= {"n_features_in_", "feature_names_in_"}
    with pytest.raises(NotFittedError):
        model.predict(X)


@pytest.mark.fault(50)
@both
def test_estimator_that_is_being_fitted_refuses_another_fit(kind, monkeypatch):
    X, y = data_for(kind)
    monkeypatch.setattr(kind, "_fit_network", lambda self, *_: self.fit(X, y))
    with pytest.raises(ConcurrentFitError, match=f"second fit of a {kind.__name__}"):
        kind(**SMALL).fit(X, y)


# --- What steers a fit


def test_early_stopping_keeps_the_best_epoch():
    X, y = data_for(DropoutClassifier)
    whole = DropoutClassifier(**{**SMALL, "epochs": 60, "learning_rate": 0.1}).fit(X, y)
    best = int(np.argmin(whole.history_.val_loss))
    early = clone(whole).set_params(early_stopping=True, n_iter_no_change=5).fit(X, y)
    assert early.n_iter_ < whole.n_iter_ == 60
    assert early.history_.val_loss == whole.history_.val_loss[: early.n_iter_]
    first = int(np.argmin(early.history_.val_loss))
    assert early.n_iter_ == first + 6
    until = clone(whole).set_params(epochs=first + 1).fit(X, y)
    np.testing.assert_array_equal(outputs(early, X), outputs(until, X))
    assert best >= first


@pytest.mark.parametrize(
    "kind", [DropoutRegressor, pytest.param(DropoutClassifier, marks=pytest.mark.slow)]
)
def test_warm_start_goes_on_from_the_weights_and_every_parameter_acts(kind):
    X, y = data_for(kind)
    model = kind(**{**SMALL, "rate": 0.0}, warm_start=True).fit(X, y)
    before = outputs(model, X)
    model.set_params(learning_rate=1e-12).fit(X, y)
    np.testing.assert_allclose(outputs(model, X), before, rtol=1e-5)
    steady, noisy = (
        clone(model).fit(X, y).set_params(rate=rate).fit(X, y).history_ for rate in (0.0, 0.9)
    )
    assert noisy.train_loss != steady.train_loss
    cold = clone(model).set_params(warm_start=False, learning_rate=1e-3)
    np.testing.assert_array_equal(outputs(cold.fit(X, y), X), before)
    model = cold.set_params(warm_start=True)
    with pytest.raises(InputError, match=r"weight shapes of the fit that it continues"):
        model.set_params(hidden=(3,)).fit(X, y)
    model.set_params(hidden=(6,)).fit(X, y)
    with pytest.raises(InputError, match="5 features of the fit that it continues"):
        model.fit(X[:, :3], y)


@pytest.mark.slow
def test_warm_start_keeps_scale_and_classes():
    X, y = data_for(DropoutRegressor)
    model = DropoutRegressor(**SMALL, warm_start=True).fit(X, y)
    mean = model.target_mean_
    model.fit(X[:30], y[:30])
    assert model.target_mean_ == mean
    X, y = data_for(DropoutClassifier)
    model = DropoutClassifier(**SMALL, warm_start=True).fit(X, y)
    with pytest.raises(
        InputError, match=r"the classes of the fit that it continues, \['no', 'so'\]"
    ):
        model.fit(X, np.where(y == "so", "other", y))


@pytest.mark.slow
def test_class_weights_are_weights_of_rows(tmp_path):
    X, y = data_for(DropoutClassifier)
    model = DropoutClassifier(**SMALL, class_weight={"no": 3.0}).fit(X, y)
    rows = DropoutClassifier(**SMALL).fit(X, y, np.where(y == "no", 3.0, 1.0))
    np.testing.assert_array_equal(outputs(model, X), outputs(rows, X))
    model.save(tmp_path / "model.bridle")
    assert DropoutClassifier.load(tmp_path / "model.bridle").class_weight == {"no": 3.0}
    balanced = clone(rows).set_params(class_weight="balanced").fit(X[5:], y[5:])
    shares = {label: len(y[5:]) / 2 / np.sum(y[5:] == label) for label in ("no", "so")}
    by_hand = clone(rows).set_params(class_weight=shares).fit(X[5:], y[5:])
    np.testing.assert_array_equal(outputs(balanced, X), outputs(by_hand, X))


def test_diverging_fit_keeps_the_last_good_epoch():
    X, y = data_for(DropoutRegressor)

    def build(p, q):
        model = keras.Sequential([keras.Input((p,)), L.Dense(4, "relu"), L.Dense(q)])
        schedule = keras.optimizers.schedules.PiecewiseConstantDecay([4], [1e-3, 1e30])
        model.compile(keras.optimizers.SGD(schedule), "mse")
        return model

    model = DropoutRegressor(build, **{**SMALL, "epochs": 6})
    with pytest.raises(FloatingPointError, match="diverged in epoch 3"):
        model.fit(X, y)
    assert model.n_iter_ == 2
    good = DropoutRegressor(build, **{**SMALL, "epochs": 2}).fit(X, y)
    np.testing.assert_array_equal(model.predict(X), good.predict(X))


def test_a_fit_that_diverges_at_once_keeps_nothing_and_says_so():
    X, y = data_for(DropoutRegressor)

    def build(p, q):
        model = keras.Sequential([keras.Input((p,)), L.Dense(4, "relu"), L.Dense(q)])
        model.compile(keras.optimizers.SGD(1e30), "mse")
        return model

    model = DropoutRegressor(build, **SMALL)
    with pytest.raises(DivergedError, match="no epoch was finished, so nothing is fitted"):
        model.fit(X, y)
    with pytest.raises(NotFittedError):
        model.predict(X)
    assert "network_" not in vars(model)


# --- Files


def test_file_and_pickle_bring_the_same_estimator_back(fitted, tmp_path):
    model, X, _ = fitted
    model.save(tmp_path / "model.bridle")
    for other in (
        type(model).load(tmp_path / "model.bridle"),
        pickle.loads(pickle.dumps(model)),
    ):
        np.testing.assert_array_equal(outputs(other, X), outputs(model, X))
        assert other.get_params() == model.get_params()
        assert other.history_ == model.history_
        assert list(other.feature_names_in_) == list("abcde")
    assert [one.name for one in tmp_path.iterdir()] == ["model.bridle"]


def test_file_of_another_class_is_refused(fitted, tmp_path):
    model = fitted[0]
    (other,) = {*BOTH} - {type(model)}
    model.save(tmp_path / "model.bridle")
    with pytest.raises(InputError, match=f"must be of {other.__name__} in format 1"):
        other.load(tmp_path / "model.bridle")


@pytest.mark.fault(78)
def test_file_holds_json_and_a_network_alone(fitted, tmp_path):
    fitted[0].save(tmp_path / "model.bridle")
    with zipfile.ZipFile(tmp_path / "model.bridle") as archive:
        assert archive.namelist() == ["model.json", "network.keras", "checksums.json"]
        assert json.loads(archive.read("model.json"))["format"] == 1


@pytest.mark.fault(83)
@both
def test_what_is_not_fitted_or_not_safe_is_not_saved(kind, tmp_path):
    with pytest.raises(NotFittedError):
        kind().save(tmp_path / "model.bridle")
    X, y = data_for(kind)
    model = kind(
        lambda p, q: keras.Sequential([keras.Input((p,)), L.Lambda(lambda x: x), L.Dense(q)]),
        epochs=1,
    ).fit(X, y)
    with pytest.raises(InputError, match="Lambda layers cannot be saved"):
        model.save(tmp_path / "model.bridle")
    model.set_params(random_state=np.random.RandomState(0))
    with pytest.raises(InputError, match="random_state must be an integer or None"):
        model.save(tmp_path / "model.bridle")
    assert list(tmp_path.iterdir()) == []
