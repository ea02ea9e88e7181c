from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridle.errors import InputError
from bridle.workbench.data.dataset import Dataset, from_arrays, make_dataset
from bridle.workbench.data.preparation import fit_preparation
from bridle.workbench.protocol import Protocol
from bridle.workbench.run.draw_split import draw_split, part_rows
from bridle.workbench.splits import Holdout
from bridle.workbench.splits.base import Table
from bridle.workbench.task import Task

PROTOCOL = Protocol()
N = 200


def mixed_table(seed=0):
    rng = np.random.default_rng(seed)
    hole = rng.random((3, N)) < 0.1
    return pd.DataFrame(
        {
            "age": np.where(hole[0], np.nan, rng.normal(40, 10, N)),
            "visits": rng.integers(0, 9, N),
            "member": pd.array(np.where(hole[1], None, rng.random(N) < 0.5), dtype="boolean"),
            "city": np.where(hole[2], None, rng.choice(["Oslo", "Paris", "Rome"], N)),
            "churned": rng.choice(["no", "yes"], N, p=[0.7, 0.3]),
            "spent": rng.gamma(2, 100, N),
        }
    )


def mixed(target="churned"):
    other = {"churned": "spent", "spent": "churned"}[target]
    return make_dataset(mixed_table(), target, drop=[other])


def numbered(n, counts=None):
    """Return a dataset whose only feature is the row's number."""
    codes = np.arange(n) % 2 if counts is None else np.repeat(np.arange(len(counts)), counts)
    classes = tuple(str(one) for one in np.unique(codes))
    frame = pd.DataFrame({"row": np.arange(n, dtype=float)})
    kind = "binary" if len(classes) == 2 else "multiclass"
    return Dataset(frame, codes, Task(kind, classes), "X, y", "y")


@settings(deadline=None, max_examples=50)
@given(n=st.integers(25, 400), seed=st.integers(0, 2**40), share=st.sampled_from([0.1, 0.25, 0.4]))
def test_parts_are_disjoint_and_cover_all_rows(n, seed, share):
    protocol = Protocol(test_share=share)
    data = numbered(n)
    parts = part_rows(data, protocol, seed)
    assert sorted(np.concatenate(parts)) == list(range(n))
    train, validation, test = parts
    assert len(test) == np.ceil(n * share)
    assert len(validation) == np.ceil((n - len(test)) * 0.1)
    assert len(train) >= 2


@settings(deadline=None, max_examples=50)
@given(
    counts=st.lists(st.integers(3, 60), min_size=2, max_size=4).filter(lambda one: sum(one) > 50),
    seed=st.integers(0, 1000),
)
def test_classes_keep_their_shares_and_are_all_trained_on(counts, seed):
    data = numbered(sum(counts), counts)
    for rows in part_rows(data, PROTOCOL, seed):
        found = np.bincount(data.target[rows], minlength=len(counts))
        expected = np.array(counts) * len(rows) / sum(counts)
        assert np.abs(found - expected).max() < 2
    train = part_rows(data, PROTOCOL, seed)[0]
    assert set(data.target[train]) == set(range(len(counts)))


@pytest.mark.parametrize("target", ["churned", "spent"])
def test_equal_seeds_give_equal_splits(target):
    first, second = (draw_split(mixed(target), PROTOCOL, 7) for _ in range(2))
    assert first.feature_names == second.feature_names
    for name in ("train", "validation", "test"):
        np.testing.assert_array_equal(getattr(first, name).X, getattr(second, name).X)
        np.testing.assert_array_equal(getattr(first, name).y, getattr(second, name).y)


def test_different_seeds_give_different_test_rows():
    tests = {tuple(sorted(part_rows(numbered(N), PROTOCOL, seed)[2])) for seed in range(20)}
    assert len(tests) == 20


@settings(deadline=None, max_examples=8)
@given(seed=st.integers(0, 100), value=st.sampled_from([np.nan, -1e6, 1e90]))
def test_preparation_never_sees_validation_or_test_rows(seed, value):
    table = mixed_table().drop(columns="churned")
    data = make_dataset(table, "spent")
    outside = np.concatenate(part_rows(data, PROTOCOL, seed)[1:])
    table.loc[outside, "age"] = value
    table.loc[outside, "city"] = "Atlantis"
    table.loc[outside, "spent"] += 1e5
    before, after = (
        draw_split(one, PROTOCOL, seed) for one in (data, make_dataset(table, "spent"))
    )
    np.testing.assert_array_equal(before.train.X, after.train.X)
    np.testing.assert_array_equal(before.train.y, after.train.y)
    assert before.feature_names == after.feature_names
    assert before.target_scale == after.target_scale
    assert np.isfinite(after.test.X).all()


@pytest.mark.parametrize("target", ["churned", "spent"])
def test_parts_are_finite_float64_with_a_name_a_column(target):
    split = draw_split(mixed(target), PROTOCOL, 0)
    for part in (split.train, split.validation, split.test):
        assert part.X.dtype == np.float64
        assert part.X.flags.c_contiguous
        assert np.isfinite(part.X).all()
        assert part.X.shape == (len(part.y), len(split.feature_names))


def test_names_are_readable():
    assert draw_split(mixed(), PROTOCOL, 0).feature_names == (
        "age",
        "visits",
        "age (missing)",
        "member",
        "city=(missing)",
        "city=Oslo",
        "city=Paris",
        "city=Rome",
    )


def test_numbers_and_booleans_are_standardised_on_the_training_part():
    train = draw_split(mixed(), PROTOCOL, 0).train.X[:, :4]
    np.testing.assert_allclose(train.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(train.std(axis=0), 1)


def test_classes_are_codes_and_numbers_are_standardised():
    split = draw_split(mixed(), PROTOCOL, 0)
    assert split.train.y.dtype == np.int64
    assert (split.target_mean, split.target_scale) == (0.0, 1.0)
    data = mixed("spent")
    split = draw_split(data, PROTOCOL, 0)
    assert split.train.y.mean() == pytest.approx(0)
    assert split.train.y.std() == pytest.approx(1)
    rows = part_rows(data, PROTOCOL, 0)[2]
    restored = split.target_mean + split.target_scale * split.test.y
    np.testing.assert_allclose(restored, data.target[rows])


def test_rare_and_unknown_categories_share_a_column():
    city = ["Oslo"] * 5 + ["Rome"] * 5 + ["Bonn", "Kiel", None]
    preparation = fit_preparation(pd.DataFrame({"city": pd.Series(city, dtype=object)}))
    assert preparation.names == ("city=Oslo", "city=Rome", "city=(rare)")
    unseen = pd.DataFrame({"city": pd.Series(["Bonn", "Lima", None, "Rome"], dtype=object)})
    np.testing.assert_array_equal(
        preparation.apply(unseen), [[0, 0, 1], [0, 0, 1], [0, 0, 1], [0, 1, 0]]
    )


def test_unknown_category_without_rare_ones_is_all_zero():
    training = pd.DataFrame({"city": pd.Series(["Oslo", "Rome"] * 5, dtype=object)})
    unseen = pd.DataFrame({"city": pd.Series(["Lima"], dtype=object)})
    np.testing.assert_array_equal(fit_preparation(training).apply(unseen), [[0, 0]])


def test_missing_numbers_become_the_median_and_are_marked():
    training = pd.DataFrame({"a": [1.0, 2.0, 6.0, np.nan, 2.0]})
    preparation = fit_preparation(training)
    assert preparation.names == ("a", "a (missing)")
    filled, marked = preparation.apply(pd.DataFrame({"a": [2.0, np.nan]})).T
    assert filled[0] == filled[1]
    assert marked[0] < 0 < marked[1]


def test_columns_constant_in_the_training_part_are_dropped():
    training = pd.DataFrame(
        {
            "same": [0.1] * 6,
            "never": [np.nan] * 6,
            "flag": pd.array([True] * 6, dtype="boolean"),
            "word": pd.Series(["x"] * 6, dtype=object),
            "varies": np.arange(6.0),
        }
    )
    preparation = fit_preparation(training)
    assert preparation.names == ("varies",)
    other = training.assign(same=1e90, never=5.0)
    np.testing.assert_array_equal(preparation.apply(other), preparation.apply(training))
    with pytest.raises(InputError, match="No feature varies over the 6 training rows"):
        fit_preparation(training[["same", "word"]])


@pytest.mark.parametrize("scale", [1e-300, 1e-8, 1e8, 1e99])
def test_extreme_scales_stay_finite(scale):
    values = pd.DataFrame({"a": np.arange(10.0) * scale, "b": np.arange(10.0)})
    assert np.isfinite(fit_preparation(values).apply(values)).all()


def test_names_stay_distinct():
    training = pd.DataFrame(
        {"c=x": np.arange(8.0), "c": pd.Series(["x", "y"] * 4, dtype=object)},
    )
    assert fit_preparation(training).names == ("c=x", "c=x (2)", "c=y")


def test_too_few_rows_say_how_many_are_needed():
    with pytest.raises(InputError, match="X, y has 9 rows and needs 13: each part must hold 2"):
        draw_split(numbered(9), PROTOCOL, 0)
    draw_split(numbered(13), PROTOCOL, 0)
    many = numbered(40, [4] * 10)
    with pytest.raises(InputError, match="has 40 rows and needs 102: each part must hold 10"):
        draw_split(many, PROTOCOL, 0)


def test_class_too_small_for_large_test_parts_is_named():
    data = numbered(60, [57, 3])
    with pytest.raises(InputError, match="class '1' of the target 'y' has too few rows"):
        draw_split(data, Protocol(test_share=0.8), 0)


def test_target_constant_in_the_training_part_is_refused():
    data = from_arrays(np.random.default_rng(0).normal(size=(20, 2)), np.eye(20)[0] + 0.5)
    seeds = [seed for seed in range(100) if 0 not in part_rows(data, PROTOCOL, seed)[0]]
    assert seeds
    with pytest.raises(InputError, match=r"'y' is constant, 0.5, over the 16 training rows"):
        draw_split(data, PROTOCOL, seeds[0])


@pytest.mark.parametrize(("classes", "rows"), [(2, 13), (3, 24), (5, 46)])
def test_the_fewest_rows_are_those_that_the_page_names(classes, rows):
    page = Path(__file__).parents[3] / "docs" / "api" / "compare.md"
    assert str(rows) in page.read_text("utf-8").partition("random splits need")[2][:80]

    def parts(n):
        names = tuple(str(code) for code in range(classes))
        table = Table(np.arange(n) % classes, names, None, "t", "y")
        return Holdout().parts(table, 0.1, 0.1, run=0)

    assert parts(rows).test.size >= classes
    with pytest.raises(InputError, match=f"needs {rows}"):
        parts(rows - 1)
