from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from bridle.errors import InputError, UnknownNameError
from bridle.workbench.data.dataset import from_arrays, make_dataset
from bridle.workbench.data.read_table import read_table
from bridle.workbench.data.row_arrays import from_row_arrays
from bridle.workbench.protocol import Protocol
from bridle.workbench.run.draw_split import draw_split, table_of
from bridle.workbench.splits import TimeFolds
from bridle.workbench.task import Task

N = 40


def table(**columns):
    """Return a table with a harmless feature, a binary target and the given columns."""
    rng = np.random.default_rng(0)
    base = {"age": rng.normal(size=N), "churned": np.arange(N) % 2}
    return pd.DataFrame({**base, **columns})


def message_of(call):
    with pytest.raises(InputError) as caught:
        call()
    message = str(caught.value)
    assert message.endswith((".", ")"))
    return message


def test_target_and_dropped_columns_are_no_features():
    data = make_dataset(table(city=["Oslo", "Rome"] * 20, x=np.ones(N)), "churned", drop=["x"])
    assert list(data.frame.columns) == ["age", "city"]
    assert (data.name, data.target_name) == ("table", "churned")
    assert data.target.dtype == np.int64


def test_frame_of_the_caller_stays_as_it_was():
    frame = table(flag=[True, False] * 20)
    before = frame.copy(deep=True)
    make_dataset(frame, "churned")
    pd.testing.assert_frame_equal(frame, before)


def test_columns_may_be_called_anything():
    data = make_dataset(
        table(self=[True, False, None, True] * 10, frame=["a", "b"] * 20), "churned"
    )
    assert list(data.frame.columns) == ["age", "self", "frame"]
    assert len(draw_split(data, Protocol(), 0).feature_names) == 4


LARGE = Task("binary", (f"{2**53}", f"{2**53 + 1}"))
TASKS = {
    "booleans": ([True, False] * 20, Task("binary", ("False", "True"))),
    "text": (["yes", "no"] * 20, Task("binary", ("no", "yes"))),
    "three words": (["b", "c", "a", "a"] * 10, Task("multiclass", ("a", "b", "c"))),
    "categories": (pd.Categorical(["u", "t"] * 20), Task("binary", ("t", "u"))),
    "zeros and ones": ([0, 1] * 20, Task("binary", ("0", "1"))),
    "whole floats": ([-1.0, 1.0] * 20, Task("binary", ("-1", "1"))),
    "numbers sort as numbers": ([10, 9, 2, 2] * 10, Task("multiclass", ("2", "9", "10"))),
    "many whole numbers": (list(range(20)) * 2, Task("regression")),
    "halves": ([0.0, 0.5] * 20, Task("regression")),
    "nullable": (pd.array([0, 1] * 20, dtype="Int64"), Task("binary", ("0", "1"))),
    "numbers as text": ([" 1", "0"] * 20, Task("binary", ("0", "1"))),
    "codes with zeros": (["01", "02"] * 20, Task("binary", ("01", "02"))),
    "labels in two cases": (["yes", "Yes ", "no", "yes"] * 10, Task("binary", ("no", "yes"))),
    "a class called None": (["None", "mild"] * 20, Task("binary", ("None", "mild"))),
    "whole numbers that floats round": ([2**53 + i % 2 for i in range(N)], LARGE),
}
TEXT_NUMBERS = {
    "decimal commas": (["2,5", "3,25"] * 20, [2.5, 3.25]),
    "percent": (["12%", "3.5 %"] * 20, [12, 3.5]),
    "dates": (["2024-03-01", "2024-03-02"] * 20, [19783, 19784]),
    "answers among numbers": (["1.5", "?", "2.5", "unknown"] * 10, [1.5, 2.5]),
}


@pytest.mark.parametrize("case", TEXT_NUMBERS)
def test_target_is_read_as_a_feature_is(case):
    given, expected = TEXT_NUMBERS[case]
    data = make_dataset(table(t=given), "t", task="regression")
    assert data.target[:2].tolist() == expected
    assert "The target 't' is read" in messages(data)


@pytest.mark.parametrize("case", TASKS)
def test_task_is_inferred(case):
    target, task = TASKS[case]
    data = make_dataset(table(t=target), "t")
    assert data.task == task
    if task.is_classification:
        labels = np.array(task.classes)[data.target]
        assert [str(one).strip().lower().removesuffix(".0") for one in target] == [
            one.lower() for one in labels
        ]
    else:
        assert data.target.tolist() == [float(one) for one in target]


def test_task_asked_for_overrules():
    assert make_dataset(table(), "churned", task="regression").task == Task("regression")
    halves = make_dataset(table(t=[0.5, 1.5] * 20), "t", task="binary")
    assert halves.task == Task("binary", ("0.5", "1.5"))


BAD_TARGETS = {
    "missing": ([np.nan] * N, None, "'t' is missing in all 40 rows"),
    "one class": (["a"] * N, None, "'t' is 'a' in every row"),
    "one class and None": (
        ["a"] * 38 + [None] * 2,
        None,
        r"'t' is 'a' in every row that has one \(2 have none\)",
    ),
    "constant": ([2.5] * N, None, "'t' is 2.5 in every row"),
    "small class": (["a"] * 38 + ["b"] * 2, None, "class 'b' .* 2 rows and needs 3"),
    "small classes": (
        ["a"] * 38 + ["b", "c"],
        None,
        r"class 'b' .* \(and 1 more\): it has 1 row and",
    ),
    "infinite": ([0.5, 1.5] * 19 + [np.inf, 1], None, "'t' must hold finite .* inf in row 38"),
    "text as regression": (["a", "b"] * 20, "regression", "is text, for instance 'a'"),
    "text as count": (["a", "b"] * 20, "count", "is text, for instance 'a', and task='count'"),
    "below 0 as count": ([0, 1, -2, 3] * 10, "count", r"from 0 up .* -2 in row 2 \(10 such"),
    "halves as count": ([0, 1, 2.5, 3] * 10, "count", "whole numbers from 0 up .* 2.5 in row 2"),
    "three as binary": ([0, 1, 2, 0] * 10, "binary", "3 classes, which is 'multiclass'"),
    "two as multiclass": ([0, 1] * 20, "multiclass", "2 classes, which is 'binary'"),
    "unknown task": ([0, 1] * 20, "ranking", "one of 'binary', .* Received: task='ranking'"),
    "two readings": (["1,234", "5"] * 20, None, r"'t' has two readings: '1,234' in row 0 may be"),
}


@pytest.mark.parametrize("case", BAD_TARGETS)
def test_target_is_refused(case):
    target, task, message = BAD_TARGETS[case]
    with pytest.raises(InputError, match=message):
        make_dataset(table(t=target), "t", task=task)


GOOD_COLUMNS = {
    "nullable whole": (pd.array([1, None] * 20, dtype="Int64"), "float64"),
    "nullable float": (pd.array([1.5, None] * 20, dtype="Float64"), "float64"),
    "float32": (np.arange(N, dtype=np.float32) / 3, "float64"),
    "decimals": ([Decimal("1.5"), None] * 20, "float64"),
    "fractions": ([Fraction(1, 3), 2, None, Decimal("1.5")] * 10, "float64"),
    "booleans": ([True, False] * 20, "boolean"),
    "booleans with missing": ([True, None, False, True] * 10, "boolean"),
    "text": (["a", None] * 20, "object"),
    "categories": (pd.Categorical([1, 2] * 20), "object"),
    "codes, not numbers": (["1", "2", "3", "x"] * 10, "object"),
}


@pytest.mark.parametrize("case", GOOD_COLUMNS)
def test_column_takes_the_form_of_its_kind(case):
    values, dtype = GOOD_COLUMNS[case]
    column = make_dataset(table(c=values), "churned").frame["c"]
    assert column.dtype == dtype
    assert column.isna().tolist() == pd.isna(pd.Series(values)).tolist()


BAD_COLUMNS = {
    "infinite": ([1.5, np.inf] * 20, "'c' must hold finite .* inf in row 1 and 19 more"),
    "huge": ([1e200] + [1.0] * 39, r"Received: 1e\+200 in row 0 \("),
    "complex": ([1j, 2j] * 20, "'c' holds complex128 values"),
    "bytes": ([b"a", b"b"] * 20, "'c' holds bytes values"),
    "mixed": ([1, 2, None, "x"] * 10, "'c' mixes int with str: 'x' in row 3"),
    "lists": ([[1, 2]] * N, r"'c' holds a list in each cell: \[1, 2\] in row 0. Split it"),
    "dicts": ([{"a": 1}] * N, "'c' holds a dict in each cell"),
    "arrays": ([np.arange(2)] * N, "'c' holds an ndarray in each cell"),
    "objects": ([object()] * N, "'c' holds an object in each cell"),
    "sparse": (pd.arrays.SparseArray([0, 1] * 20), "'c' is sparse"),
    "thousands": (
        ["1,234", "12", None, "7"] * 10,
        r"'1,234' in row 0 may be 1234 or 1\.234. Write",
    ),
    "one word among numbers": (
        [*map(str, range(39)), "12kg"],
        "'c' holds numbers, but is text because of '12kg' in row 39. Correct the value",
    ),
    "prose": ([f"customer {i}" for i in range(N)], "40 different values, more than half of its 40"),
}


@pytest.mark.parametrize("case", BAD_COLUMNS)
def test_column_is_refused(case):
    values, message = BAD_COLUMNS[case]
    frame = table(c=values)
    with pytest.raises(InputError, match=message):
        make_dataset(frame, "churned")
    make_dataset(frame, "churned", drop=["c"])


def test_refusal_of_a_column_says_how_to_drop_it():
    message = message_of(lambda: make_dataset(table(c=[b"a"] * N), "churned"))
    assert ": drop=['c']" in message


def test_too_many_categories_are_refused():
    values = [f"shop {i % 1001}" for i in range(2100)]
    frame = pd.DataFrame({"c": values, "t": np.arange(2100) % 2})
    with pytest.raises(InputError, match="1,001 different values, more than 1,000"):
        make_dataset(frame, "t")


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("1e400,a", "'x' must hold finite numbers .* inf in line 3"),
        ('"1,234",a', r"'x' has two readings: '1,234' in line 3 may be 1234 or 1\.234"),
    ],
)
def test_file_is_cited_by_line(rows, message, tmp_path):
    (tmp_path / "t.csv").write_text(f"x,t\n1,b\n{rows}\n2,b\n3,b\n" + "4,a\n" * 3)
    with pytest.raises(InputError, match=message):
        make_dataset(read_table(tmp_path / "t.csv"), "t")


def messages(data):
    return " ".join(one.message for one in data.findings)


def test_rows_without_a_target_are_left_out_and_counted():
    frame = table(t=[0, 1] * 19 + [np.nan, 1], group=[*range(8)] * 5, day=[*range(N)][::-1])
    rows = [*range(38), 39]
    data = make_dataset(frame, "t", groups="group", time="day")
    assert "'t' is missing in 1 of 40 rows, first in row 38; they are left out." in messages(data)
    assert data.rows_left_out == 1
    assert len(data.frame) == len(data.target) == len(data.groups) == len(data.times) == 39
    assert data.target.tolist() == frame["t"][rows[::-1]].tolist()
    features = frame.drop(columns="t")
    same = from_arrays(features, frame["t"], groups=[None if i == 38 else i % 8 for i in range(N)])
    assert same.frame["age"].tolist() == frame["age"][rows].tolist()
    assert same.target.tolist() == frame["t"][rows].tolist()
    assert len(same.groups) == 39
    assert "missing in 1 of 40 rows" in messages(same)


def test_images_without_a_target_are_left_out_and_counted():
    images, target = np.random.default_rng(0).normal(size=(N, 4, 4, 1)), np.tile([0.0, 1], N // 2)
    target[3] = np.nan
    images[3] = np.nan
    data = from_row_arrays(images, target, groups=np.arange(N) % 8)
    assert len(data.frame) == len(data.target) == len(data.groups) == N - 1
    assert "missing in 1 of 40 rows, first in row 3" in messages(data)
    images[5, 0, 0, 0] = np.nan
    with pytest.raises(InputError, match="NaN in row 5"):
        from_row_arrays(images, target)


CLASSES = [*"abc"] * 13 + ["a"]
ONE_HOT = pd.get_dummies(pd.Series(CLASSES))

TARGETS_AS_GIVEN = {
    "matrix of one column": (np.array([[0], [1]] * 20), ("0", "1"), ""),
    "list of lists": ([[0], [1]] * 20, ("0", "1"), ""),
    "frame of one column": (pd.DataFrame({"t": [*"ab"] * 20}), ("a", "b"), ""),
    "one-hot": (
        ONE_HOT.to_numpy(dtype=float),
        ("0", "1", "2"),
        "y has 3 columns of zeros and ones",
    ),
    "one-hot of booleans": (ONE_HOT.to_numpy(), ("0", "1", "2"), "y has 3 columns"),
    "one-hot frame": (ONE_HOT, ("a", "b", "c"), "each is read as a class"),
    "decimals": ([Decimal(0), Decimal(1)] * 20, ("0", "1"), ""),
}


@pytest.mark.parametrize("case", TARGETS_AS_GIVEN)
def test_target_is_read_as_it_is_given(case):
    given, classes, said = TARGETS_AS_GIVEN[case]
    frame = table()
    data = from_arrays(frame, given)
    assert data.task.classes == classes
    assert said in messages(data)
    assert len(set(data.target[::3] if len(classes) == 3 else data.target[::2])) == 1
    images = np.random.default_rng(0).normal(size=(N, 4, 4, 1))
    assert from_row_arrays(images, given).task.classes == classes


TARGETS_OF_NO_USE = {
    "two targets": (
        np.arange(2 * N).reshape(N, 2),
        r"a column of zeros and ones .* shape \(40, 2\)",
    ),
    "several classes in a row": (np.ones((N, 3)), "with a single 1 in each row"),
    "frame of two": (pd.DataFrame({"a": range(N), "b": range(N)}), "one target at a time"),
    "a mapping": ({"a": 1}, "one entry for each row. Received: an object of type dict"),
    "three axes": (np.zeros((N, 2, 2)), r"Received: shape \(40, 2, 2\)"),
}


@pytest.mark.parametrize("case", TARGETS_OF_NO_USE)
def test_target_of_no_use_is_refused(case):
    given, message = TARGETS_OF_NO_USE[case]
    with pytest.raises(InputError, match=message):
        from_arrays(table(), given)


def test_unknown_names_suggest_the_nearest():
    with pytest.raises(
        UnknownNameError, match=r"no target column 'churn'\. Did you mean 'churned'"
    ):
        make_dataset(table(), "churn")
    with pytest.raises(UnknownNameError, match=r"no column to drop 'agee'\. Did you mean 'age'"):
        make_dataset(table(), "churned", drop=["agee"])


def test_arguments_of_make_dataset_are_checked():
    assert "from_arrays" in message_of(lambda: make_dataset(np.eye(3), "a"))
    assert "not name the target" in message_of(
        lambda: make_dataset(table(), "churned", drop="churned")
    )
    assert "(0, 2)" in message_of(lambda: make_dataset(table()[:0], "churned"))
    twice = table().set_axis(["a", "a"], axis="columns")
    assert "'a' twice" in message_of(lambda: make_dataset(twice, "a"))


def test_without_features_the_reasons_are_given():
    frame = table(id=np.arange(N)).drop(columns="age")
    message = message_of(lambda: make_dataset(frame, "churned"))
    assert "No feature is left" in message
    assert "'id' looks like an identifier" in message
    assert "No feature is left" in message_of(lambda: make_dataset(table(), "churned", drop="age"))


def test_columns_left_out_are_listed():
    data = make_dataset(table(id=np.arange(N), one=np.ones(N)), "churned")
    assert data.left_out == ("id", "one")
    assert list(data.frame.columns) == ["age"]


def test_arrays_get_names():
    X = np.random.default_rng(0).normal(size=(N, 2))
    data = from_arrays(X, np.arange(N) % 2)
    assert list(data.frame.columns) == ["x0", "x1"]
    assert (data.name, data.target_name) == ("X, y", "y")
    named = from_arrays(X, pd.Series(np.arange(N) % 2, name="t"), feature_names=["a", "b"])
    assert list(named.frame.columns) == ["a", "b"]
    assert named.target_name == "t"
    np.testing.assert_array_equal(data.frame.to_numpy(), X)


def test_frame_and_series_are_paired_by_position():
    X = table()[["age"]].set_axis(np.arange(N)[::-1] + 7)
    y = pd.Series(np.arange(N) % 2)
    data = from_arrays(X, y)
    np.testing.assert_array_equal(data.frame["age"], X["age"])
    np.testing.assert_array_equal(data.target, y)


@pytest.mark.parametrize("argument", ["y", "groups"])
def test_series_with_the_labels_of_the_frame_in_another_order_is_refused(argument):
    X = table()[["age"]].set_axis([f"r{i}" for i in range(N)])
    column = pd.Series(np.arange(N) % 2, index=X.index)
    given = {"y": column, "groups": column}
    from_arrays(X, **given)
    shuffled = given | {argument: column.sample(frac=1, random_state=0)}
    message = message_of(lambda: from_arrays(X, **shuffled))
    assert f"{argument} must have its rows in the order of X" in message
    assert f"{argument}.loc[X.index]" in message
    from_arrays(X, **(given | {argument: shuffled[argument].loc[X.index]}))
    from_arrays(X, **(given | {argument: shuffled[argument].to_numpy()}))


X_OK, Y_OK = np.random.default_rng(1).normal(size=(N, 2)), np.arange(N) % 2
BAD_ARRAYS = {
    "1-D": (
        X_OK[:, 0],
        Y_OK,
        r"X must have shape \(n, p\). Received: shape \(40,\). Use X.reshape",
    ),
    "3-D": (X_OK[None], Y_OK, r"Received: shape \(1, 40, 2\)"),
    "no columns": (X_OK[:, :0], Y_OK, r"X must have at least .* shape \(40, 0\)"),
    "lengths": (X_OK, Y_OK[1:], "Received: X with 40 and y with 39"),
    "sparse": (sparse.csr_array(X_OK), Y_OK, "X must be dense. Received: csr_array.*toarray"),
    "masked": (
        np.ma.masked_equal(X_OK, X_OK[0][0]),
        Y_OK,
        "X must have no masked values",
    ),
    "complex": (X_OK * 1j, Y_OK, r"shape \(40, 2\) of complex128"),
    "dates": (X_OK.astype("datetime64[s]"), Y_OK, r"of datetime64\[s\]"),
    "ragged": ([[1, 2], [3]], [0, 1], "X cannot be read as an array"),
    "missing target": (X_OK, None, "Received: an object of type NoneType"),
    "infinite": (np.where(X_OK > 2, np.inf, 1.0), Y_OK, "Column 'x[01]' must hold finite"),
}


@pytest.mark.filterwarnings("ignore:invalid value encountered in cast")
@pytest.mark.parametrize("case", BAD_ARRAYS)
def test_arrays_are_refused(case):
    X, y, message = BAD_ARRAYS[case]
    with pytest.raises(InputError, match=message):
        from_arrays(X, y)


def test_feature_names_are_checked():
    assert "2 columns" in message_of(lambda: from_arrays(X_OK, Y_OK, feature_names=["a"]))
    assert "'a' twice" in message_of(lambda: from_arrays(X_OK, Y_OK, feature_names=["a", "a"]))


TIMES = {
    "a change to daylight saving": [
        "2024-03-31T03:30:00+02:00",
        "2024-03-31T01:45:00+01:00",
        "2024-03-31T01:30:00+01:00",
    ],
    "day first": ["25/03/2024", "01/04/2023", "3/1/2023"],
    "datetimes with a zone": pd.to_datetime(["2024-03-03", "2024-03-02", "2024-03-01"], utc=True),
}


@pytest.mark.parametrize("case", TIMES)
def test_rows_are_sorted_by_instant(case):
    times = pd.Series(TIMES[case]).repeat(14).reset_index(drop=True)
    rank = np.repeat([2.0, 1.0, 0.0], 14)
    frame = pd.DataFrame({"when": times, "rank": rank, "y": np.arange(42) % 2})
    found = make_dataset(frame, "y", time="when").frame["rank"]
    assert found.is_monotonic_increasing


def test_rows_of_the_same_time_stand_on_one_side_of_each_cut():
    days = np.sort(np.random.default_rng(0).integers(0, 30, 400))
    frame = pd.DataFrame({"day": days, "x": np.random.default_rng(1).normal(size=400)})
    frame["y"] = np.random.default_rng(2).integers(0, 2, 400)
    dataset = make_dataset(frame, "y", time="day")
    folds = TimeFolds(4)
    for run in range(4):
        parts = folds.parts(table_of(dataset), 0.2, 0.2, run)
        train, validation, test = (days[one] for one in (parts.train, parts.validation, parts.test))
        assert train.max() < validation.min()
        assert validation.max() < test.min()
    same = make_dataset(frame.assign(day=0), "y", time="day")
    with pytest.raises(InputError, match="folds must be smaller"):
        folds.parts(table_of(same), 0.2, 0.2, 0)
