"""Estimators take data frames with categories: the fit is that on the matrix made by hand."""

from __future__ import annotations

import pickle
import warnings

import narwhals
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sklearn import config_context
from sklearn.base import clone
from sklearn.metrics import get_scorer
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

import bridle
from bridle.errors import DataTypeError, DataWarning, InputError
from bridle.readings.dates import dates

N = 60
RNG = np.random.default_rng(0)
DOSE = RNG.normal(size=N)
COLOUR = RNG.choice(["red", "blue", "green"], N).tolist()
IS_OLD = RNG.random(N) < 0.5
SIZE = [None if place == 3 else "SML"[place % 3] for place in range(N)]
VISITS = RNG.integers(0, 5, N)
Y = DOSE + np.array([one == "red" for one in COLOUR]) + 0.1 * RNG.normal(size=N)

FRAME = pd.DataFrame(
    {"dose": DOSE, "colour": COLOUR, "old": IS_OLD, "size": SIZE, "visits": VISITS}
).astype({"size": object})
NAMES = (
    "dose",
    *("colour=blue", "colour=green", "colour=red"),
    "old",
    *("size=L", "size=M", "size=S", "size=(missing)"),
    "visits",
)
BY_HAND = np.column_stack(
    [
        DOSE,
        *([one == level for one in COLOUR] for level in ("blue", "green", "red")),
        IS_OLD,
        *([one == level for one in SIZE] for level in ("L", "M", "S", None)),
        VISITS,
    ]
).astype(float)

POLARS = pl.from_pandas(FRAME)
ARROW = pa.Table.from_pandas(FRAME, preserve_index=False)
FRAMES = {
    "objects": FRAME.astype({"colour": object}),
    "text of pandas": FRAME.astype({"colour": "string", "size": "string"}),
    "categoricals of pandas": FRAME.astype({"colour": "category", "size": "category"}),
    "Arrow in pandas": FRAME.convert_dtypes(dtype_backend="pyarrow"),
    "dictionaries in pandas": FRAME.astype(
        {"colour": pd.ArrowDtype(pa.dictionary(pa.int32(), pa.string()))}
    ),
    "text of polars": POLARS,
    "categoricals of polars": POLARS.with_columns(pl.col("colour", "size").cast(pl.Categorical)),
    "enums of polars": POLARS.with_columns(
        pl.col("colour").cast(pl.Enum(["blue", "green", "red", "grey"]))
    ),
    "text of Arrow": ARROW,
    "dictionaries of Arrow": ARROW.set_column(
        1, "colour", ARROW["colour"].combine_chunks().dictionary_encode()
    ),
}

LABELS = np.where(Y > 0.3, "ill", "well")
COUNTS = RNG.poisson(np.exp(0.3 * DOSE))
TIMES = np.column_stack([RNG.exponential(np.exp(-DOSE)), np.ones(N)])
LINEAR = {
    "ElasticNet": (bridle.ElasticNet(alpha=0.01), Y),
    "Poisson": (bridle.ElasticNet(alpha=0.01, loss="poisson"), COUNTS),
    "ElasticNetCV": (bridle.ElasticNetCV(alphas=4, cv=3), Y),
    "ElasticNetClassifier": (bridle.ElasticNetClassifier(alpha=0.01), LABELS),
    "ElasticNetClassifierCV": (bridle.ElasticNetClassifierCV(alphas=4, cv=3), LABELS),
    "MultiTaskElasticNet": (bridle.MultiTaskElasticNet(alpha=0.01), np.c_[Y, -Y]),
    "MultiTaskElasticNetCV": (bridle.MultiTaskElasticNetCV(alphas=4, cv=3), np.c_[Y, -Y]),
    "CoxElasticNet": (bridle.CoxElasticNet(alpha=0.01), TIMES),
    "CoxElasticNetCV": (bridle.CoxElasticNetCV(alphas=4, cv=3), TIMES),
}
MODEL = bridle.ElasticNet(alpha=0.01)


def fitted(model, X, y, **arguments):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)  # a choice at the end of a short grid
        return clone(model).fit(X, y, **arguments)


# Each estimator on one kind of frame, and each kind of frame with one estimator.
CROSSED = [("ElasticNet", kind) for kind in FRAMES]
CROSSED += [*zip([name for name in LINEAR if name != "ElasticNet"], FRAMES, strict=False)]


@pytest.mark.parametrize(("name", "kind"), CROSSED)
def test_a_fit_is_that_on_the_matrix_made_by_hand(name, kind):
    model, y = LINEAR[name]
    by_hand, model = fitted(model, BY_HAND, y), fitted(model, FRAMES[kind], y)
    assert model.encoding_.names == NAMES
    assert [*model.feature_names_in_] == [*FRAME.columns]
    assert model.n_features_in_ == 5
    assert np.array_equal(model.coef_, by_hand.coef_)
    assert np.array_equal(model.predict(FRAMES[kind]), by_hand.predict(BY_HAND))
    assert np.array_equal(model.encoding_.apply(FRAMES[kind]), BY_HAND)
    named = model.coef_table()["feature"].tolist()
    assert {*named} <= {"(intercept)", *NAMES}
    assert len(named) > 2


@pytest.mark.parametrize("fit_to", ["objects", "enums of polars", "dictionaries of Arrow"])
def test_rows_of_every_kind_of_frame_are_predicted_alike(fit_to):
    model = fitted(MODEL, FRAMES[fit_to], Y)
    wanted = fitted(MODEL, BY_HAND, Y).predict(BY_HAND)
    assert all(np.array_equal(model.predict(frame), wanted) for frame in FRAMES.values())


def test_levels_stand_in_the_order_of_their_type_or_sorted():
    order = ["red", "grey", "blue", "green"]
    declared = FRAME.assign(colour=pd.Categorical(COLOUR, categories=order))
    enum = POLARS.with_columns(pl.col("colour").cast(pl.Enum(order)))
    for frame in (declared, enum):
        names = fitted(MODEL, frame, Y).encoding_.names
        assert names[1:4] == ("colour=red", "colour=blue", "colour=green")
    shuffled = FRAME.iloc[::-1].reset_index(drop=True)
    assert fitted(MODEL, shuffled, Y[::-1]).encoding_.names == NAMES


def test_levels_are_named_by_their_text():
    frame = FRAME.assign(
        colour=pd.Categorical([3, 1, 10] * 20), old=pd.Categorical([True, False] * 30)
    )
    names = fitted(MODEL, frame, Y).encoding_.names
    assert names[1:6] == ("colour=1", "colour=3", "colour=10", "old=False", "old=True")
    twice = FRAME.assign(visits=VISITS).rename(columns={"visits": "colour=red"})
    assert fitted(MODEL, twice, Y).encoding_.names[-1] == "colour=red (2)"


@pytest.mark.parametrize("kind", FRAMES)
def test_a_level_without_rows_in_the_fit_is_nought_and_said(kind):
    frame = narwhals.from_native(FRAMES[kind])
    seen = np.array([one != "green" for one in COLOUR])
    model = fitted(MODEL, frame.filter(seen.tolist()).to_native(), Y[seen])
    message = rf"'colour' of X has 'green' in row \d+, .* \({(~seen).sum()} such rows\)"
    with pytest.warns(DataWarning, match=message):
        predicted = model.predict(FRAMES[kind])
    matrix = np.delete(BY_HAND, 2, axis=1)
    assert np.array_equal(predicted, fitted(MODEL, matrix[seen], Y[seen]).predict(matrix))


def test_a_missing_category_without_rows_in_the_fit_is_nought_and_said():
    known = FRAME.drop(index=3)
    model = fitted(MODEL, known, np.delete(Y, 3))
    assert "size=(missing)" not in model.encoding_.names
    with pytest.warns(DataWarning, match=r"'size' of X has \(missing\) in row 3"):
        model.predict(FRAME)


WAYS = {
    "predict": lambda model, frame: model.predict(frame),
    "score": lambda model, frame: model.score(frame, Y),
    "apply": lambda model, frame: model.encoding_.apply(frame),
    "a scorer": lambda model, frame: get_scorer("r2")(model, frame, Y),
    "a pipeline": lambda model, frame: make_pipeline(model).predict(frame),
}


@pytest.mark.parametrize("way", WAYS)
def test_the_warning_of_a_new_level_names_the_line_of_the_user(way):
    known = FRAME.drop(index=3)
    model = make_pipeline(fitted(MODEL, known, np.delete(Y, 3)))[0]
    with pytest.warns(DataWarning, match="no row of the fit") as caught:
        WAYS[way](model, FRAME)
    assert {warning.filename for warning in caught} == {__file__}


REFUSED = {
    "dates as text": ([f"2024-01-{1 + k % 9:02}" for k in range(N)], "is read as days"),
    "two readings": ([f"0{1 + k % 3}/0{1 + k % 5}/2024" for k in range(N)], "may be day or month"),
    "percentages": ([f"{k % 9} %" for k in range(N)], "is read as numbers"),
    "a slip": (
        [*map(str, range(N - 1)), "12kg"],
        "'12kg' in column 'extra', which is among numbers",
    ),
    "names of rows": ([f"P{k:03}" for k in range(N)], "60 different texts in 60 rows"),
    "dates": (pd.date_range("2020", periods=N), "Dates are not numbers"),
    "mixed types": ([1.0, *["red"] * (N - 1)], "'red' in column 'extra', row 1"),
}


@pytest.mark.fault(2)
@pytest.mark.parametrize("kind", REFUSED)
def test_text_that_is_not_of_categories_is_refused(kind):
    values, message = REFUSED[kind]
    with pytest.raises(DataTypeError if kind != "names of rows" else InputError, match=message):
        MODEL.fit(FRAME.assign(extra=values), Y)


def test_declared_categories_may_look_like_anything():
    values = pd.Categorical([f"{k % 3} %" for k in range(N)])
    assert fitted(MODEL, FRAME.assign(extra=values), Y).encoding_.names[-1] == "extra=2 %"
    many = pd.DataFrame({"extra": pd.Categorical(np.arange(1001))})
    with pytest.raises(
        InputError, match=r"at most 1,000 levels\. Received: 1,001 in column 'extra'"
    ):
        MODEL.fit(many, np.arange(1001.0))


def test_names_with_numbers_are_categories_not_months():
    values = [f"Set-{10 + k % 3}" for k in range(N)]
    assert dates(sorted({*values})) is None
    names = fitted(MODEL, FRAME.assign(extra=values), Y).encoding_.names
    assert names[-3:] == ("extra=Set-10", "extra=Set-11", "extra=Set-12")


def test_text_of_numbers_stays_numbers_and_codes_are_categories():
    frame = pd.DataFrame({"dose": [str(one) for one in DOSE], "code": ["001", "020"] * 30})
    model = fitted(MODEL, frame, Y)
    assert model.encoding_.names == ("dose", "code=001", "code=020")
    assert np.array_equal(model.encoding_.apply(frame)[:, 0], DOSE)
    assert "encoding_" not in vars(fitted(MODEL, frame[["dose"]], Y))


def test_float32_numbers_beside_categories_stay_float32():
    model = fitted(MODEL, FRAME[["dose", "colour"]].astype({"dose": np.float32}), Y)
    assert model.coef_.dtype == np.float32


WRONG_ROWS = {
    "an array": (BY_HAND, "must be a data frame with the columns of the fit.*Received: ndarray"),
    "fewer columns": (FRAME[["dose", "colour"]], "missing: 'old', 'size', 'visits'"),
    "another order": (FRAME[[*FRAME][::-1]], "column 0 is 'visits' in place of 'dose'"),
    "text for numbers": (FRAME.assign(dose="much"), "'much' in column 'dose', row 0"),
    "NaN": (FRAME.assign(dose=np.nan), "column 'dose' has 60, the first at row 0"),
}


@pytest.mark.parametrize("case", WRONG_ROWS)
def test_wrong_rows_are_located(case):
    model = fitted(MODEL, FRAME, Y)
    X, message = WRONG_ROWS[case]
    with pytest.raises(InputError, match=message):
        model.predict(X)


@pytest.mark.parametrize(
    "frame", [FRAME, POLARS, FRAME[["colour"]]], ids=["pandas", "polars", "part"]
)
def test_the_path_of_a_cross_validation_takes_the_matrix(frame):
    model = fitted(LINEAR["ElasticNetCV"][0], FRAME, Y)
    matrix = model.encoding_.apply(FRAME)
    for X in (matrix, pd.DataFrame(matrix, columns=NAMES)):
        assert np.allclose(model.path_.predict(X, alpha=model.alpha_), model.predict(FRAME))
    with pytest.raises(InputError, match=r"for each level of 'colour'.*encoding_\.apply\(X\)"):
        model.path_.predict(frame, alpha=model.alpha_)


def test_levels_that_are_numbers_are_found_in_a_file(tmp_path):
    model = fitted(MODEL, FRAME.assign(colour=pd.Categorical(VISITS)), Y)
    path = tmp_path / "rows.parquet"
    new = FRAME.assign(colour=VISITS, size="S")
    new.assign(y=Y).to_parquet(path)
    found = model.predict(path).read_all()["prediction"].to_numpy()
    assert np.allclose(found, model.predict(new), rtol=0, atol=1e-12)
    assert model.score(path, "y") == pytest.approx(model.score(new, Y), abs=1e-12)


OF_FRAME, OF_TABLE = [1.0, 0.5, 0.0, 2.0, 3.0], [1.0, *[0.5] * 3, 0.0, *[2.0] * 4, 3.0]


BOUNDED = ("ElasticNet", "ElasticNetCV", "ElasticNetClassifierCV", "CoxElasticNetCV")


@pytest.mark.parametrize("name", [*BOUNDED, "MultiTaskElasticNetCV"])
def test_factors_and_bounds_are_by_column_of_the_frame_or_of_the_matrix(name):
    model, y = LINEAR[name]
    given, by_hand = (
        {"factors": np.array(one), "lower": np.negative(one) / 4, "upper": np.array(OF_TABLE) / 2}
        for one in (OF_FRAME, OF_TABLE)
    )
    names = given if name in BOUNDED else ["factors"]  # norms of rows have no bounds
    given, by_hand = (
        bridle.ElasticNetPenalty(0.0, 0.0, **{name: one[name] for name in names})
        for one in (given, by_hand)
    )
    one = fitted(clone(model).set_params(penalty=given), FRAME, y)
    other = fitted(clone(model).set_params(penalty=by_hand), BY_HAND, y)
    assert np.array_equal(one.coef_, other.coef_)
    wrong = clone(model).set_params(penalty=bridle.ElasticNetPenalty(0, 0, factors=np.ones(7)))
    with pytest.raises(InputError, match=r"shape \(5,\) for the columns of X or of shape \(10,\)"):
        wrong.fit(FRAME, y)


def test_offset_weights_and_warm_start_go_with_categories():
    offset, weights = RNG.normal(size=N), RNG.random(N)
    one = fitted(MODEL, FRAME, Y, offset=offset, sample_weight=weights)
    other = fitted(MODEL, BY_HAND, Y, offset=offset, sample_weight=weights)
    assert np.array_equal(one.predict(FRAME, offset), other.predict(BY_HAND, offset))
    warm = fitted(MODEL, FRAME, Y).set_params(warm_start=True)
    assert warm.fit(FRAME, Y).n_iter_ == 0


def test_scikit_learns_tools_take_them():
    model = fitted(MODEL, FRAME, Y)
    copied = pickle.loads(pickle.dumps(model))
    assert np.array_equal(copied.predict(FRAME), model.predict(FRAME))
    known, by_hand = FRAME.drop(columns="size"), np.delete(BY_HAND, range(5, 9), 1)
    scores = [cross_val_score(MODEL, X, Y, cv=3) for X in (known, by_hand)]
    assert np.array_equal(*scores)
    with config_context(enable_metadata_routing=True):
        routed = clone(MODEL).set_fit_request(sample_weight=True, offset=True)
        routed.set_score_request(sample_weight=False, offset=True)
        params = {"sample_weight": RNG.random(N), "offset": RNG.normal(size=N)}
        kinds = (known, by_hand, POLARS.drop("size"), known.astype(object))
        one, *others = (cross_val_score(routed, X, Y, cv=3, params=params) for X in kinds)
        assert all(np.array_equal(one, other) for other in others)
    search = GridSearchCV(MODEL, {"alpha": [0.01, 0.1]}, cv=3).fit(known, Y)
    assert [*search.feature_names_in_] == [*known]
    pipeline = make_pipeline(FunctionTransformer(), clone(MODEL)).set_output(transform="pandas")
    assert np.array_equal(pipeline.fit(FRAME, Y).predict(FRAME), model.predict(FRAME))


def test_a_refit_to_numbers_forgets_the_levels():
    model = fitted(MODEL, FRAME, Y)
    model.fit(FRAME[["dose", "visits"]], Y)
    assert "encoding_" not in vars(model)
    assert model.predict(FRAME[["dose", "visits"]]).shape == (N,)


def test_a_text_that_says_missing_is_the_level_of_missing_values():
    frame = pd.DataFrame({"c": ["(missing)", "a", None, "b"] * 5})
    y = np.arange(20.0)
    model = bridle.ElasticNet(alpha=0.1).fit(frame, y)
    assert model.encoding_.names == ("c=(missing)", "c=a", "c=b")
    predicted = model.predict(frame)
    assert predicted[0] == predicted[2] != predicted[1]


def test_a_level_of_whole_numbers_is_the_same_beside_missing_values():
    """pandas holds the level 1 as 1.0 where another row has none."""
    y = np.arange(20.0)
    fitted = pd.DataFrame({"c": pd.Categorical([1, 2] * 10)})
    beside = pd.DataFrame({"c": pd.Categorical([1.0, 2.0] * 10)})
    model = bridle.ElasticNet(alpha=0.1).fit(fitted, y)
    assert np.array_equal(model.predict(beside), model.predict(fitted))
