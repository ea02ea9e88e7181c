"""Laws of the features that the user's network asks for, and of studies that go on with any network."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
from tests.workbench.run.own_networks import (
    PROTOCOL,
    arm,
    compare,
    sequences,
    sequential,
    table,
)

from bridle.backend import backend_available
from bridle.errors import InputError
from bridle.workbench.checks.splits.catalogue import SPLIT_CHECKS
from bridle.workbench.data.dataset import from_arrays
from bridle.workbench.data.row_arrays import from_row_arrays
from bridle.workbench.run.draw_split import draw_split

pytestmark = pytest.mark.skipif(backend_available() is not None, reason=str(backend_available()))

if backend_available() is None:
    from tests.workbench.run.own_networks import L, keras, ops

    from bridle.networks.template.networks import Networks
    from bridle.workbench.run.asked_split import asked_split, given_split


# --- Features


def ids(n=300):
    X = np.random.default_rng(0).integers(0, 20, size=(n, 4))
    return X, X[:, 0] % 2


def embedded(n_outputs, size=20, dtype=None):
    return sequential(
        L.Embedding(size, 8), L.Flatten(), L.Dense(n_outputs), shape=(4,), dtype=dtype
    )


def embedded_in_a_call(n_outputs):
    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.table, self.last = L.Embedding(20, 8), L.Dense(n_outputs)

        def call(self, x, training=None):
            return self.last(ops.reshape(self.table(x), (-1, 32)))

    return Own()


def of_columns(*read):
    """Build a network that reads each of four columns by one of these functions."""

    def build(n_features, n_outputs):
        inputs = keras.Input((4,))
        read_columns = [one(inputs[:, j : j + 1]) for j, one in enumerate(read)]
        return keras.Model(inputs, L.Dense(n_outputs)(L.Concatenate()(read_columns)))

    return build


def by_embedding(column):
    return L.Flatten()(L.Embedding(20, 8)(column))


def cast_first(column):
    return by_embedding(ops.cast(column, "int32"))


def as_number(column):
    return column


def partly_embedded_in_a_call(n_features, n_outputs):
    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.table, self.last = L.Embedding(20, 8), L.Dense(n_outputs)

        def call(self, x, training=None):
            codes = self.table(ops.cast(x[:, 0], "int32"))
            return self.last(ops.concatenate([codes, x[:, 1:]], axis=-1))

    return Own()


def job_for(source, X, y, name="baseline", seed=0, shape=None):
    held = from_arrays(X, y) if shape is None else from_row_arrays(X, y)
    networks, whole = Networks(), draw_split(held, PROTOCOL, seed)
    asked = asked_split(arm(source), whole, given_split(held, PROTOCOL, seed), networks)
    return arm(source, name).job(asked, PROTOCOL, seed, networks)


@pytest.mark.parametrize(
    "build",
    [
        lambda p, q: embedded(q),
        lambda p, q: embedded(q, dtype="int32"),
        lambda p, q: embedded_in_a_call(q),
        lambda p, q: sequential(
            L.CategoryEncoding(20, "multi_hot"), L.Dense(q), shape=(4,), dtype="int32"
        ),
        of_columns(*[by_embedding] * 4),
        of_columns(by_embedding, cast_first, cast_first, by_embedding),
    ],
    ids=["Embedding", "integers", "call", "encoding", "a table each", "cast"],
)
def test_whole_numbers_reach_the_network_that_asks_for_them(build):
    X, y = ids()
    job = job_for(build, X, y)
    assert job.template.features == "ids"
    assert set(np.unique(job.training[0])) == set(range(20))


@pytest.mark.parametrize(
    "build",
    [
        of_columns(by_embedding, as_number, as_number, as_number),
        of_columns(as_number, as_number, cast_first, as_number),
        partly_embedded_in_a_call,
    ],
    ids=["slice", "cast", "call"],
)
def test_a_network_that_reads_some_columns_as_codes_gets_all_as_they_were_given(build):
    """An Embedding behind a slice read the whole parts of standardised numbers."""
    X, y = ids()
    X = X + np.array([0, 0.5, 0, 0.5])
    job = job_for(build, X, y)
    assert job.template.features == "given"
    np.testing.assert_array_equal(np.unique(job.training[0][:, ::2]), np.arange(20))
    np.testing.assert_array_equal(np.unique(job.training[0][:, 1::2]), np.arange(20) + 0.5)


def test_a_code_outside_the_table_is_named_and_features_as_given_are_said():
    """Keras on JAX read it as NaN in training, and PyTorch failed in every run."""
    X, y = ids()
    large = np.where(X == 7, 21, X)
    for build, name in (
        (of_columns(by_embedding, as_number, as_number, as_number), "x0"),
        (of_columns(as_number, as_number, cast_first, as_number), "x2"),
        (of_columns(*[by_embedding] * 4), "x0"),
    ):
        with pytest.raises(InputError, match=f"in its table. Received: 21 in '{name}'"):
            job_for(build, large, y)
    titles = compare(partly_embedded_in_a_call, X, y, arms=["baseline"]).titles
    assert titles["baseline"] == "your network, on features as given"


def test_dense_columns_are_no_codes():
    job = job_for(of_columns(*[as_number] * 4), *ids())
    assert job.template.features == "scaled"


def test_network_on_ids_learns_what_plain_keras_does():
    """Standardised, they had an accuracy of .60."""
    X, y = ids()

    def build(n_features, n_outputs):
        adam = keras.optimizers.Adam(0.05)
        network = embedded(n_outputs)
        network.compile(adam)
        return network

    for record in compare(build, X, y, arms=["baseline"], epochs=10).records[1::2]:
        assert record.test_score == 1.0


def test_features_keep_the_units_that_a_layer_is_made_for():
    X = np.random.default_rng(0).integers(0, 256, size=(60, 4, 4, 1)).astype("uint8")
    y = (X[:, 0, 0, 0] > 127).astype(int)

    def build(shape, n_outputs):
        return sequential(L.Rescaling(1 / 255), L.Flatten(), L.Dense(n_outputs), shape=shape)

    job = job_for(build, X, y, shape=X.shape[1:])
    assert job.template.features == "given"
    assert job.training[0].max() > 200
    assert np.abs(job_for(lambda p, q: sequential(L.Dense(q)), *table()).training[0]).max() < 5
    with pytest.raises(InputError, match="for features on one scale"):
        job_for(build, X, y, "input_noise", shape=X.shape[1:])


def test_what_is_no_whole_number_of_the_network_is_refused():
    def any_width(p, q):
        return sequential(
            L.Embedding(20, 8), L.GlobalAveragePooling1D(), L.Dense(q), shape=(p,), dtype="int32"
        )

    X, y = ids()
    for wrong, said in ((X + 0.5, "Received: .*5 in 'x0'"), (X - 1, "-1 in"), (X * 2, "to 19")):
        with pytest.raises(InputError, match=said):
            job_for(lambda p, q: embedded(q), wrong, y)
    frame = pd.DataFrame(X, columns=list("abcd"))
    with pytest.raises(InputError, match="categories in column 'd'"):
        job_for(any_width, frame.assign(d=np.where(X[:, 0] > 9, "x", "y")), y)
    frame = frame.astype(float)
    frame.loc[3, "b"] = np.nan
    with pytest.raises(InputError, match="missing values in column 'b'"):
        job_for(any_width, frame, y)


@pytest.mark.parametrize("given", ["model", "module"])
def test_a_missing_id_is_named_whatever_width_the_network_has(given):
    """Its error spoke of 5 features, one of which was made of what is missing."""
    X, y = ids()
    X = X.astype(float)
    X[3, 1] = np.nan
    network = embedded(1)
    if given == "module":
        torch = pytest.importorskip("torch")
        network = torch.nn.Sequential(
            torch.nn.Embedding(20, 8), torch.nn.Flatten(), torch.nn.Linear(32, 1)
        )
    with pytest.raises(InputError, match="missing values in column 'x1'"):
        compare(network, X, y)


def test_columns_that_become_more_features_than_a_network_takes_are_named():
    X, y = table()
    p = X.shape[1]
    frame = pd.DataFrame(X, columns=[f"x{place}" for place in range(p)])
    network = sequential(L.Dense(5, "relu"), L.Dense(1), shape=(p,))
    frame.loc[4, "x1"] = np.nan
    with pytest.raises(InputError, match=rf"the {p} columns of X .* 'x1 \(missing\)'\. Received"):
        compare(network, frame, y)
    frame["x1"] = np.where(frame["x0"] > 0, "high", "low")
    with pytest.raises(InputError, match="it has 'x1=high', not 'x1'"):
        compare(network, frame, y)
    compare(lambda width, q: sequential(L.Dense(q), shape=(width,)), frame, y, arms=["baseline"])


def test_network_that_does_not_take_the_rows_is_refused_in_one_plain_line():
    X, y = table()
    with pytest.raises(InputError, match="expected axis -1 of input shape") as refused:
        compare(sequential(L.Dense(5, "relu"), L.Dense(1), shape=(X.shape[1] + 3,)), X, y)
    assert str(refused.value).isprintable()


# --- No study is lost


def recurrent(shape, n_outputs):
    return sequential(L.LSTM(6), L.Dense(n_outputs), shape=shape)


def nested(shape, n_outputs):
    return sequential(sequential(L.Dense(6, "relu"), L.Dense(5, "relu")), L.Dense(n_outputs))


def attentive(shape, n_outputs):
    inputs = keras.Input(shape)
    hidden = L.MultiHeadAttention(2, 4, dropout=0.3)(inputs, inputs)
    return keras.Model(inputs, L.Dense(n_outputs)(L.GlobalAveragePooling1D()(hidden)))


@pytest.mark.parametrize(
    ("build", "data", "measured"),
    [
        (nested, table, True),
        pytest.param(recurrent, sequences, True, marks=pytest.mark.slow),
        pytest.param(attentive, sequences, False, marks=pytest.mark.slow),
    ],
)
def test_every_network_with_a_place_is_judged_and_seen(build, data, measured):
    """It ended in an error after the training, finished records too."""
    records = [one for one in compare(build, *data()).records if one.arm != "dummy"]
    assert [one.failure for one in records] == [None] * 4
    for one in records:
        assert "effect" not in one.details
        assert set(one.effect["loss_without"]) == {"0", "0.1", "0.3", "0.5", "0.7", "0.9"}
        assert (one.effect["coadaptation"] is not None) == measured


def test_what_is_measured_beside_a_run_does_not_end_it(monkeypatch):
    def fails(*_):
        raise ValueError("told so")

    monkeypatch.setattr("bridle.workbench.arm.network_arm.measure_effect", fails)
    monkeypatch.setitem(SPLIT_CHECKS, "BR999", fails)
    study = compare(lambda p, q: sequential(L.Dense(4, "relu"), L.Dense(q)))
    for record in study.records:
        if record.arm != "dummy":
            assert record.failure is None
            assert record.effect is None
            assert record.details["effect"] == "not measured: ValueError: told so"
    (found,) = (one for one in study.verdict.checks if one.code == "BR999")
    assert found.message == "This check could not be run: ValueError: told so."


@pytest.mark.parametrize(
    "name",
    ["bridle.workbench.arm.network_predictor.predictions", "bridle.workbench.run.experiment.tune"],
)
def test_failure_after_the_training_is_a_record(name, monkeypatch):
    def fails(*_):
        raise ValueError("told so")

    monkeypatch.setattr(name, fails)
    source = lambda p, q: sequential(L.Dense(4, "relu"), L.Dense(q))  # noqa: E731
    records = compare(source, tune=name.endswith("tune"), epochs=2).records
    for record in records:
        assert record.failure == (None if record.arm == "dummy" else "ValueError: told so")


@cache
def no_place():
    return compare(lambda p, q: sequential(L.Dense(q)))


def test_arm_that_the_network_cannot_serve_is_skipped_and_the_others_run():
    """In one group with it, the baseline failed too."""
    study = no_place()
    assert {one.arm for one in study.records} == {"dummy", "baseline"}
    assert [one.failure for one in study.records] == [None] * 4
    assert "cannot be given dropout" in study.verdict.skipped["dropout"]


def test_network_that_serves_no_arm_is_refused_before_anything_is_written(tmp_path):
    with pytest.raises(InputError, match="must take rows of 3 features"):
        compare(lambda p, q: sequential(L.Dense(q), shape=(7,)), out=tmp_path / "study")
    with pytest.raises(InputError, match="one that fails with ZeroDivisionError"):
        compare(lambda p, q: 1 / 0, out=tmp_path / "study")
    assert list(tmp_path.iterdir()) == []


def test_split_with_features_as_given_has_the_same_rows():
    data = from_arrays(*ids())
    scaled, given = (draw_split(data, PROTOCOL, 0, as_given=one) for one in (False, True))
    for name in ("train", "validation", "test"):
        one, other = getattr(scaled, name), getattr(given, name)
        np.testing.assert_array_equal(one.y, other.y)
        assert other.X.min() >= 0
    whole = replace(data, frame=data.frame.assign(x0=data.frame["x0"] * 1.0))
    assert draw_split(whole, PROTOCOL, 0, as_given=True).feature_names == ("x0", "x1", "x2", "x3")
