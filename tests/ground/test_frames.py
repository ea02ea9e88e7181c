"""Frames of pandas, polars and Arrow give the fit of the array that they hold, and errors by name."""

from __future__ import annotations

import datetime as dt
import warnings

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from sklearn.compose import make_column_transformer
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from bridle import ElasticNet, ElasticNetClassifier, ElasticNetCV, compare, elastic_net_path
from bridle.arguments.frames import column_kinds, column_names
from bridle.errors import DataTypeError, DataWarning, InputError, MissingExtraError

try:
    import polars as pl
except ModuleNotFoundError:  # one of the extras
    pl = None

N = 40
RNG = np.random.default_rng(0)
NUMBERS = RNG.normal(size=(N, 3))
Y = NUMBERS @ [1.0, 2.0, 0.0] + 0.1 * RNG.normal(size=N)


def as_pandas(columns):
    return pd.DataFrame(columns)


def as_arrow(columns):
    return pa.table(columns)


def as_batch(columns):
    return pa.RecordBatch.from_pydict({name: pa.array(held) for name, held in columns.items()})


def as_polars(columns):
    if pl is None:
        pytest.skip("polars is not installed")
    return pl.DataFrame(columns)


def same(found, wanted):
    """Frames lie in memory by columns, so that sums may differ in the last bit."""
    np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-14)


libraries = pytest.mark.parametrize("frame", [as_pandas, as_arrow, as_batch, as_polars])


def named(order="abc"):
    return {name: NUMBERS[:, "abc".index(name)] for name in order}


@libraries
@pytest.mark.parametrize("kind", [ElasticNet, ElasticNetCV, ElasticNetClassifier])
def test_a_frame_gives_the_fit_of_its_array(frame, kind):
    y = Y if kind is not ElasticNetClassifier else np.where(Y > 0, "up", "down")
    options = {"alphas": [0.1]} if kind is ElasticNetCV else {}
    plain, model = kind(**options).fit(NUMBERS, y), kind(**options).fit(frame(named()), y)
    assert model.feature_names_in_.tolist() == ["a", "b", "c"]
    same(model.coef_, plain.coef_)
    if kind is ElasticNetClassifier:
        same(model.predict_proba(frame(named())), plain.predict_proba(NUMBERS))
    else:
        same(model.predict(frame(named())), plain.predict(NUMBERS))


@libraries
def test_a_path_knows_the_names_of_a_frame(frame):
    path = elastic_net_path(frame(named()), Y, alphas=3)
    assert path.terms == ("a", "b", "c")
    alpha = path.alphas[1]
    same(path.predict(frame(named()), alpha=alpha), path.predict(NUMBERS, alpha=alpha))
    with pytest.raises(InputError, match="column 0 is 'b' in place of 'a'"):
        path.predict(frame(named("bac")), alpha=alpha)


@libraries
@pytest.mark.parametrize(
    ("order", "said"),
    [("bac", "same order"), ("ab", "missing:\n- c"), ("abcd", "unseen at fit time:\n- d")],
)
def test_other_columns_are_refused_by_name(frame, order, said):
    """Names pass between libraries: the fit is of pandas."""
    model = ElasticNet().fit(as_pandas(named()), Y)
    columns = dict.fromkeys(order, NUMBERS[:, 0])
    with pytest.raises(InputError, match=said) as refused:
        model.predict(frame(columns))
    assert "feature_names_in_" in str(refused.value)


def test_an_array_for_a_fit_with_names_warns():
    model = ElasticNet().fit(as_pandas(named()), Y)
    with pytest.warns(UserWarning, match="valid feature names"):
        model.predict(NUMBERS)


NO_NUMBERS = {
    "date": [dt.date(2020, 1, 1)] * N,
    "datetime": [dt.datetime(2020, 1, 1)] * N,
    "duration": [dt.timedelta(days=1)] * N,
    "lists": [[1, 2]] * N,
}


@libraries
@pytest.mark.parametrize("what", NO_NUMBERS)
@pytest.mark.parametrize("alone", [True, False])
def test_what_is_no_number_is_refused_by_column(frame, what, alone):
    """NumPy makes numbers of dates that are alone, scikit-learn of dates beside numbers."""
    held = NO_NUMBERS[what]
    columns = {"when": held} if alone else {"a": NUMBERS[:, 0], "when": held}
    with pytest.raises(DataTypeError, match="in column 'when'"):
        ElasticNet().fit(frame(columns), Y)


def categories():
    digits = ["1", "2"] * (N // 2)
    yield pd.DataFrame({"size": pd.Categorical(digits)})
    yield pd.DataFrame({"size": pd.Series(pa.array(digits).dictionary_encode()).astype(
        pd.ArrowDtype(pa.dictionary(pa.int32(), pa.string()))
    )})  # fmt: skip
    yield pa.table({"size": pa.array(digits).dictionary_encode()})
    if pl is not None:
        yield pl.DataFrame({"size": pl.Series(digits, dtype=pl.Categorical)})
        yield pl.DataFrame({"size": pl.Series(digits, dtype=pl.Enum(["1", "2"]))})


@pytest.mark.parametrize("place", range(5))
def test_categories_that_numbers_name_are_categories(place):
    frames = list(categories())
    if place >= len(frames):
        pytest.skip("polars is not installed")
    model = ElasticNet().fit(frames[place], Y)
    assert model.encoding_.names == ("size=1", "size=2")


def test_the_remedy_for_categories_works():
    """As the message says: scikit-learn's encoder remembers the levels."""
    frame = pd.DataFrame({"a": NUMBERS[:, 0], "size": pd.Categorical(["s", "m"] * (N // 2))})
    encode = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore", sparse_output=False), ["size"]),
        remainder="passthrough",
        verbose_feature_names_out=False,
    ).set_output(transform="pandas")
    model = make_pipeline(encode, ElasticNet(alpha=0.01)).fit(frame, Y)
    assert model[-1].feature_names_in_.tolist() == ["size_m", "size_s", "a"]
    new = frame.assign(size="l")  # a level that the fit has not seen
    np.testing.assert_allclose(
        model.predict(new), model[-1].intercept_ + model[-1].coef_[2] * frame["a"]
    )


def test_a_query_that_has_not_run_is_refused():
    query = as_polars(named()).lazy()
    with pytest.raises(InputError, match=r"Pass X\.collect\(\)"):
        ElasticNet().fit(query, Y)


def test_a_study_refuses_a_query_that_has_not_run():
    query = as_polars({**named(), "y": Y}).lazy()
    with pytest.raises(InputError, match=r"X must hold its rows.* Pass X\.collect\(\)"):
        compare(query, "y")


def test_a_study_without_pyarrow_names_the_extra(monkeypatch):
    """polars converts to pandas through PyArrow."""
    frame = as_polars({**named(), "y": Y})

    def fail(self):
        raise ModuleNotFoundError("pyarrow is required")

    monkeypatch.setattr(pl.DataFrame, "to_pandas", fail)
    with pytest.raises(MissingExtraError, match=r"bridle\[polars\]"):
        compare(frame, "y")


@libraries
def test_missing_values_are_refused_by_column(frame):
    held = [None, *NUMBERS[1:, 0].tolist()]
    with pytest.raises(InputError, match="column 'b' has 1, the first at row 0"):
        ElasticNet().fit(frame({"a": NUMBERS[:, 0], "b": held}), Y)


@libraries
def test_integers_that_floats_round_are_reported_by_name(frame):
    large = 2**53 + np.arange(N)
    with pytest.warns(DataWarning) as warned, warnings.catch_warnings():
        ElasticNet().fit(frame({"a": NUMBERS[:, 0], "id": large}), Y)
    assert any("integers above 2**53: 'id'" in str(one.message) for one in warned)


@pytest.mark.parametrize("column", ["polars", "arrow", "pandas"])
def test_columns_beside_the_frame_come_from_any_library(column):
    make = {
        "polars": (lambda values: pl.Series(list(values))) if pl is not None else None,
        "arrow": lambda values: pa.chunked_array([list(values)]),
        "pandas": lambda values: pd.Series(list(values)),
    }[column]
    if make is None:
        pytest.skip("polars is not installed")
    weights, groups = np.linspace(1.0, 2.0, N), np.arange(N) % 8
    given = ElasticNetCV(cv=4, alphas=[0.1]).fit(
        NUMBERS, make(Y), sample_weight=make(weights), groups=make(groups), offset=make(weights)
    )
    plain = ElasticNetCV(cv=4, alphas=[0.1]).fit(NUMBERS, Y, weights, groups, weights)
    same(given.coef_, plain.coef_)
    classes = ElasticNetClassifier().fit(NUMBERS, make(np.where(Y > 0, "up", "down"))).classes_
    assert classes.tolist() == ["down", "up"]


def test_arrays_have_no_columns():
    assert column_names(NUMBERS) is None
    assert list(column_kinds(NUMBERS)) == list(column_kinds([[1.0]])) == []


def test_a_failed_fit_forgets_the_names():
    model = ElasticNet().fit(as_pandas(named()), Y)
    with pytest.raises(InputError):
        model.fit(as_pandas(named()), Y[:3])
    with pytest.raises(NotFittedError):
        model.predict(as_pandas(named()))
