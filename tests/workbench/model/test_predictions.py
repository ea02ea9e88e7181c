"""Laws of what a model predicts: that of the arm on the same rows, however the rows come."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.base import is_classifier, is_regressor
from sklearn.utils.validation import check_is_fitted
from tests.workbench.table_arms import ARMS

import bridle
from bridle.backend import backend_available
from bridle.errors import InputError
from bridle.workbench.model.predict_file import predict_file
from bridle.workbench.run.draw_split import whole_table

from .models import LINEAR_ARMS, PROTOCOL, TABLE_ARMS, TARGETS, dataset, features, model, table

NETWORKS = pytest.mark.skipif(backend_available() is not None, reason=str(backend_available()))
NETWORK_ARMS = [one for one in TABLE_ARMS if one not in LINEAR_ARMS]


def arm_and_kind(arm, kind):
    """Return a pair; of a network's arm one kind of target, in turn, and the others as slow ones."""
    if arm in LINEAR_ARMS:
        return pytest.param(arm, kind)
    at_once = [*TARGETS].index(kind) == NETWORK_ARMS.index(arm) % len(TARGETS)
    return pytest.param(arm, kind, marks=[NETWORKS, *([] if at_once else [pytest.mark.slow])])


every_arm_and_kind = pytest.mark.parametrize(
    ("arm", "kind"), [arm_and_kind(arm, kind) for arm in TABLE_ARMS for kind in TARGETS]
)
NUMBERS = ("regression", "count")
every_kind = pytest.mark.parametrize("kind", TARGETS)
linear_arm = pytest.mark.parametrize("arm", LINEAR_ARMS)


def numbers(found):
    """Return what a file of predictions says beside names and labels."""
    return found.drop(columns=["name", "prediction"]).to_numpy(dtype=np.float64)


def of_model(one, X):
    if one.parts.task.is_classification:
        return one.predict_proba(X)
    return one.predict_interval(X)


@every_arm_and_kind
def test_predictions_are_those_of_the_arm_fitted_by_hand(arm, kind, tmp_path):
    one = model(arm, kind)
    if arm in LINEAR_ARMS:
        split = whole_table(dataset(kind)).split
        expected = ARMS[arm].fit(split, PROTOCOL, 0).predict(split.train.X)
        if kind in NUMBERS:
            expected = split.target_mean + split.target_scale * expected
        found = one.predict_proba(features()) if kind not in NUMBERS else one.predict(features())
        np.testing.assert_array_equal(found, expected)
    loaded = bridle.load(one.save(tmp_path / "m"))
    np.testing.assert_array_equal(of_model(loaded, features()), of_model(one, features()))
    np.testing.assert_array_equal(loaded.predict(features()), one.predict(features()))


@NETWORKS
@every_kind
def test_network_is_that_which_the_engine_trained(kind):
    from bridle.networks.engine.train_jobs import plan_groups
    from bridle.networks.template.networks import Networks
    from bridle.workbench.arm.network_arm import NetworkRun, fit_networks

    arm, split = ARMS["dropout"], whole_table(dataset(kind)).split
    job = arm.job(split, PROTOCOL, 0, Networks(), None, 2)
    ((_, fit),) = fit_networks([NetworkRun(arm, split, 0)], [job], plan_groups([job]))
    expected = fit.predict(split.train.X)
    if kind in NUMBERS:
        expected = split.target_mean + split.target_scale * expected
    one = model("dropout", kind)
    found = one.predict_proba(features()) if kind not in NUMBERS else one.predict(features())
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


@every_kind
@linear_arm
@pytest.mark.parametrize("size", [1, 350, 2**23])
def test_predictions_do_not_depend_on_the_size_of_a_block(arm, kind, size, tmp_path):
    one = model(arm, kind)
    new = features() if size > 1 else features().iloc[:9]  # a block a row
    new.to_csv(tmp_path / "new.csv", index=False)
    blocks, told = predict_file(one, tmp_path / "new.csv", size=size)
    found = pd.concat(blocks)
    assert told.rows == len(new)
    assert found["name"].tolist() == new["name"].tolist()
    np.testing.assert_array_equal(numbers(found), of_model(one, new))
    assert found["prediction"].astype(str).tolist() == list(map(str, one.predict(new)))


@NETWORKS
def test_a_network_predicts_alike_row_by_row(tmp_path):
    one = model("baseline", "binary")
    few = features().iloc[:5]
    few.to_csv(tmp_path / "new.csv", index=False)
    found = pd.concat(predict_file(one, tmp_path / "new.csv", size=1)[0])
    np.testing.assert_array_equal(numbers(found), one.predict_proba(few))


@every_kind
@linear_arm
def test_text_parquet_and_frames_of_other_libraries_are_the_same(arm, kind, tmp_path):
    pyarrow = pytest.importorskip("pyarrow")
    one = model(arm, kind)
    features().to_parquet(tmp_path / "new.parquet")
    found = pd.concat(predict_file(one, tmp_path / "new.parquet", size=128 * 7)[0])
    expected = of_model(one, features())
    np.testing.assert_array_equal(numbers(found), expected)
    arrow = pyarrow.Table.from_pandas(features(), preserve_index=False)
    np.testing.assert_array_equal(of_model(one, arrow), expected)
    # Text in place of each value, in another order of columns, with others beside.
    text = features().astype(object).map(lambda value: "" if pd.isna(value) else str(value))
    np.testing.assert_array_equal(of_model(one, text[sorted(text)].assign(more=1)), expected)


def test_a_model_is_an_estimator_of_scikit_learn():
    classifier, regressor = model("linear", "binary"), model("linear", "regression")
    assert is_classifier(classifier)
    assert is_regressor(regressor)
    check_is_fitted(classifier)
    assert classifier.classes_.tolist() == ["no", "yes"]
    names = ["age", "city", "member", "share", "day", "code"]
    assert classifier.feature_names_in_.tolist() == names
    assert classifier.n_features_in_ == 6
    assert not hasattr(regressor, "predict_proba")
    assert not hasattr(regressor, "classes_")
    assert not hasattr(classifier, "predict_interval")
    assert not hasattr(model("dummy", "binary"), "coefficients")
    assert 0.5 < classifier.score(features(), table()["left"]) <= 1
    assert regressor.score(features(), table()["spent"]) > 0.5
    with pytest.raises(InputError, match="saved model cannot be fitted again"):
        classifier.fit(features())
    again = pickle.loads(pickle.dumps(classifier))
    np.testing.assert_array_equal(
        again.predict_proba(features()), classifier.predict_proba(features())
    )


@pytest.mark.parametrize(
    "labels", [[0, 1], [False, True], ["a", "b"], [3, 7, 9], [10**17, 10**17 + 1]]
)
def test_classes_are_as_they_were_given(labels, tmp_path):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(90, 2))
    y = np.array(labels)[np.arange(90) % len(labels)]
    study = bridle.compare(X, y, arms=["linear"], seeds=2, out=tmp_path / "s")
    one = bridle.load(tmp_path / "s" / "model")
    assert one.classes_.tolist() == labels
    assert (
        one.classes_.dtype.kind
        == np.array(labels, dtype=object if isinstance(labels[0], str) else None).dtype.kind
    )
    assert set(one.predict(X).tolist()) <= set(labels)
    np.testing.assert_array_equal(one.predict_proba(X), study.model().predict_proba(X))
    with pytest.raises(InputError, match="must have the 2 columns"):
        one.predict(X[:, :1])


# --- What is strange about new rows


def test_all_that_is_wrong_is_named_at_once():
    wrong = features().drop(columns=["day", "code"]).assign(age="old", member=3, city="Rome")
    with pytest.raises(InputError, match="There are 3 problems") as refused:
        model("linear", "binary").predict(wrong)
    said = str(refused.value)
    assert "must have the columns 'day', 'code'" in said
    assert "Column 'age' must hold numbers, as in the training data. Received: 'old'" in said
    assert "Column 'member' must hold true and false" in said


def test_a_missing_column_with_another_name_is_guessed():
    for name in ("agee", "AGE"):
        with pytest.raises(InputError, match=rf"the column 'age' .* Is it '{name}'\?"):
            model("linear", "binary").predict(features().rename(columns={"age": name}))


def test_unseen_categories_are_rare_ones_and_are_counted(tmp_path):
    one = model("linear", "binary")
    lima, kiel = features().assign(city="Lima"), features().assign(city="Kiel")
    np.testing.assert_array_equal(one.predict_proba(lima), one.predict_proba(kiel))
    lima.iloc[:7].to_csv(tmp_path / "new.csv", index=False)
    blocks, told = predict_file(one, tmp_path / "new.csv", size=1)
    list(blocks)
    assert told.unseen == {"city": 7}
    assert told.examples == {"city": "Lima"}
    blocks, _ = predict_file(one, tmp_path / "new.csv", strict=True)
    with pytest.raises(InputError, match="Received: 'Lima' in column 'city'"):
        list(blocks)


def test_unseen_categories_without_rare_ones_count_nothing():
    frame = pd.DataFrame({"c": ["a", "b"] * 30, "x": np.arange(60.0) % 7, "y": [0.0, 1.5] * 30})
    study = bridle.compare(frame, "y", arms=["linear"], seeds=2)
    table = study.model().coefficients().set_index("feature")["coefficient"]
    found = study.model().predict(pd.DataFrame({"c": ["zzz"], "x": [2.0]}))
    np.testing.assert_allclose(found, table["(intercept)"] + 2 * table["x"], rtol=1e-9, atol=1e-9)


def test_missing_values_in_new_rows_are_filled_where_training_had_none():
    one = model("linear", "binary")
    middle = features()["share"].str.rstrip(" %").astype(float).median()
    np.testing.assert_array_equal(
        one.predict_proba(features().assign(share=None)),
        one.predict_proba(features().assign(share=middle)),
    )


def test_images_are_predicted_from_arrays_and_files(tmp_path):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(80, 6, 4, 1))
    y = (X.mean(axis=(1, 2, 3)) > 0).astype(int)
    study = bridle.compare(X, y, arms=["linear"], seeds=2, out=tmp_path / "s")
    one = bridle.load(tmp_path / "s" / "model")
    np.testing.assert_array_equal(one.predict_proba(X), study.model().predict_proba(X))
    np.savez(tmp_path / "new.npz", X=X)
    found = pd.concat(predict_file(one, tmp_path / "new.npz")[0])
    np.testing.assert_array_equal(
        found[["probability_0", "probability_1"]].to_numpy(), one.predict_proba(X)
    )
    assert found["row"].tolist() == list(range(1, 81))
    with pytest.raises(InputError, match=r"in the shape \(n, 6, 4, 1\)"):
        one.predict(X[:, :5])
    with pytest.raises(InputError, match="must be finite"):
        one.predict(np.full((1, 6, 4, 1), np.nan))
