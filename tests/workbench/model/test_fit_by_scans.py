"""Laws of `bridle fit` on tables that are not held in memory: the model of memory, or a reason."""

from __future__ import annotations

import re
import sys

import numpy as np
import pandas as pd
import pytest

import bridle
from bridle.cli import main as cli
from bridle.rows.hashed_folds import fold_of_rows
from bridle.workbench.data.preparation import Preparation, fit_preparation
from bridle.workbench.model.by_scans import scanned_table

pa = pytest.importorskip("pyarrow")
pytest.importorskip("pyarrow.dataset")

pytestmark = pytest.mark.filterwarnings("ignore::bridle.errors.DataWarning")

N = 700


def table() -> pd.DataFrame:
    rng = np.random.default_rng(3)
    X = rng.normal(size=(N, 3)) * [1.0, 5.0, 0.1] + [0.0, 40.0, -2.0]
    frame = pd.DataFrame(X, columns=["a", "b", "c"])
    frame.insert(1, "open", rng.random(N) > 0.3)
    frame["floor"] = rng.integers(0, 9, N)
    frame["same"] = 4.0
    frame["price"] = 3 + X @ [1.0, 0.2, 0.0] + 2 * frame["open"] + rng.normal(size=N)
    return frame


@pytest.fixture
def run(monkeypatch, capsys, tmp_path):
    """Return a function from arguments to exit code, standard output and standard error."""
    monkeypatch.chdir(tmp_path)
    rows = table()
    (tmp_path / "parts").mkdir()
    for number, (first, last) in enumerate([(0, 250), (250, 260), (260, N)]):
        part = rows.iloc[first:last]
        part.to_parquet(f"parts/{number}.parquet", row_group_size=120, index=False)
    rows.to_csv("rows.csv", index=False)
    rows.to_parquet("rows.parquet", index=False)

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["bridle", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return ended.value.code, *capsys.readouterr()

    return call


ASKED = ("--target", "price", "--arm", "elastic_net", "--out", "kept")


@pytest.mark.parametrize("name", ["parts", "rows.csv", "rows.parquet"])
def test_a_table_is_fitted_by_scans_as_in_memory(run, name):
    code, out, err = run("fit", name, "--read", "scans", *ASKED)
    assert code == 0
    assert f"Fitted by 2 scans of all 700 rows of {name}, which were not held in memory." in out
    assert "700 rows of 6 features, fitted by scans with about" in err
    assert err.splitlines()[1:] == [
        "Scan 1 of 2: cross-products of all folds",
        "Scan 2 of 2: certificates",
    ]
    rows = table()
    features = rows.drop(columns="price")
    preparation = fit_preparation(features.astype({"open": "boolean"}))
    parts = bridle.load("kept").parts
    assert isinstance(preparation, Preparation)
    assert parts.feature_names == preparation.names == ("a", "b", "c", "floor", "open")
    for found, expected in zip(parts.preparation.blocks, preparation.blocks, strict=True):
        np.testing.assert_allclose(found.mean, expected.mean, rtol=1e-12)
        np.testing.assert_allclose(found.scale, expected.scale, rtol=1e-12)
    y = rows["price"].to_numpy()
    fold = fold_of_rows(np.arange(N, dtype=np.uint64), 5, 0)
    X = preparation.apply(features.astype({"open": "boolean"}))
    memory = bridle.ElasticNetCV(
        l1_ratio=[0.1, 0.5, 0.9],
        alphas=20,
        eps=1e-3,
        cv=[(np.flatnonzero(fold != k), np.flatnonzero(fold == k)) for k in range(5)],
    ).fit(X, (y - y.mean()) / y.std())
    assert f"alpha = {memory.alpha_:.4g} at l1_ratio {memory.l1_ratio_:g}; 5 features" in out
    expected = y.mean() + y.std() * memory.predict(X)
    np.testing.assert_allclose(bridle.load("kept").predict(features), expected, atol=1e-10)
    code, out, err = run("predict", "kept", "rows.csv")
    assert code == 0
    assert len(out.splitlines()) == N + 1
    assert "no errors on test rows were saved" in err


@pytest.mark.parametrize("kind", ["truth", "numbers", "count"])
def test_classes_and_counts_are_fitted_by_scans_as_in_memory(run, kind):
    rows, rng = table(), np.random.default_rng(5)
    chance = 1 / (1 + np.exp(-(rows["price"] - rows["price"].mean())))
    target = {
        "truth": rng.random(N) < chance,
        "numbers": np.where(rng.random(N) < chance, 4, 2),
        "count": rng.poisson(3 * chance),
    }[kind]
    rows = rows.assign(price=target)
    rows.to_parquet("other.parquet", row_group_size=120, index=False)
    task = ("--task", "count") if kind == "count" else ()
    code, out, err = run("fit", "other.parquet", "--read", "scans", *ASKED, *task)
    assert code == 0, err
    scans = int(re.search(r"Fitted by (\d+) scans", out)[1])
    assert scans <= 20
    assert f"Scan {scans}: losses and gradients" in err
    features = rows.drop(columns="price")
    fold = fold_of_rows(np.arange(N, dtype=np.uint64), 5, 0)
    canonical = features.astype({"open": "boolean"})
    X = fit_preparation(canonical).apply(canonical)
    options = {
        "l1_ratio": [0.1, 0.5, 0.9],
        "alphas": 20,
        "eps": 1e-3,
        "cv": [(np.flatnonzero(fold != k), np.flatnonzero(fold == k)) for k in range(5)],
    }
    model = bridle.load("kept")
    if kind == "count":
        memory = bridle.ElasticNetCV(loss="poisson", **options).fit(X, target)
        np.testing.assert_allclose(model.predict(features), memory.predict(X), rtol=1e-4)
        return
    memory = bridle.ElasticNetClassifierCV(**options).fit(X, target)
    assert model.classes_.tolist() == ([False, True] if kind == "truth" else [2, 4])
    np.testing.assert_allclose(model.predict_proba(features), memory.predict_proba(X), atol=1e-5)
    assert np.array_equal(model.predict(features), memory.predict(X))
    score = 1 - memory.mean_scores_.min() / memory.mean_scores_[:, 0].max()
    found = float(re.search(r"share of the deviance explained: (\S+)\.", out)[1])
    assert found == pytest.approx(score, abs=1e-3)


def test_large_files_and_folders_are_scanned_without_being_asked(run, monkeypatch):
    assert "scans" not in run("fit", "rows.parquet", *ASKED)[1]
    assert "2 scans" in run("fit", "parts", *ASKED, "--overwrite")[1]
    monkeypatch.setattr(scanned_table, "LARGE", 1000)
    for name in ("rows.parquet", "rows.csv"):
        assert "2 scans" in run("fit", name, *ASKED, "--overwrite")[1]
        assert "scans" not in run("fit", name, *ASKED, "--overwrite", "--read", "whole")[1]
    code, out, err = run("fit", "rows.csv", *ASKED, "--overwrite", "--arm", "linear")
    assert code == 0
    assert "rows.csv is read whole, into memory: the arm 'linear' needs the table in memory" in err
    assert "scans" not in out
    assert run("fit", "rows.csv", *ASKED, "--overwrite", "--quiet")[1:] == ("", "")


WORDS = ["low", "high"] * (N // 2)


@pytest.mark.parametrize(
    ("changes", "options", "words"),
    [
        (
            {"day": pd.Timestamp("2024-01-01")},
            (),
            "column 'day' holds timestamp.* instead of numbers or text.*--drop 'day'",
        ),
        (
            {"day": [f"2024-01-{1 + i % 28:02}" for i in range(N)]},
            (),
            "column 'day' is read as days since 1970.* in memory.*--drop 'day'",
        ),
        ({"id": range(N)}, (), "column 'id' looks like an identifier of the rows.*--drop 'id'"),
        (
            {"day": [20240101 + i % 28 for i in range(N)]},
            (),
            "column 'day' is read as days since 1970.* in memory",
        ),
        ({"price": WORDS}, (), "the target 'price' holds .*string instead of numbers"),
        ({"price": [1, 2, 5, 7] * (N // 4)}, (), "may stand for classes.*--task 'regression'"),
        ({}, ("--task", "multiclass"), "the task 'multiclass' needs the table in memory"),
        ({}, ("--task", "count"), "the target 'price' holds double, and counts are integers"),
        ({}, ("--missing", "-999"), "--missing needs the table in memory"),
        ({}, ("--arm", "ridge"), "the arm 'ridge' needs the table in memory; elastic_net and"),
    ],
)
def test_what_needs_all_rows_is_said_with_the_remedy(run, changes, options, words):
    table().assign(**changes).to_parquet("other.parquet", index=False)
    code, out, err = run("fit", "other.parquet", *ASKED, "--read", "scans", *options)
    assert (code, out) == (2, "")
    assert "Traceback" not in err
    assert re.search(f"cannot be fitted by scans: .*{words}", err.splitlines()[-1]), err


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"a": np.where(np.arange(N) == 650, np.inf, 1.0)}, "Column 'a' must hold finite numbers"),
        ({"price": np.where(np.arange(N) == 650, np.nan, 0.5)}, "Column 'price' must hold finite"),
        (
            {"city": [f"c {i}" for i in range(N)]},
            "'city' is text with 700 different values, more than",
        ),
        ({"floor": [2**60 if i == 650 else i % 7 for i in range(N)]}, "Column 'floor'.*2\\^53"),
        (
            {"price": 1e10 * np.arange(N) ** 1.5},
            "'price' must have a standard deviation up to 1e\\+09",
        ),
        ({"price": 2.5}, "'price' must hold two different numbers"),
        ({"price": [*[0, 1] * 340, 7, *[0] * 19]}, "two classes.*0, 7 and 1 in other.parquet"),
        (dict.fromkeys(("a", "b", "c", "open", "floor"), 1.0), "No feature varies"),
    ],
)
def test_values_that_cannot_be_used_are_named(run, changes, words):
    table().assign(**changes).to_parquet("other.parquet", index=False, row_group_size=50)
    code, _, err = run("fit", "other.parquet", *ASKED, "--read", "scans")
    assert code == 2
    assert re.search(words, err.splitlines()[-1]), err


def test_dropped_columns_and_groups(run):
    rows = table().assign(city=WORDS, shop=np.arange(N) % 40)
    rows.to_parquet("other.parquet", index=False)
    options = ("--read", "scans", "--drop", "city", "--groups", "shop", "--task", "regression")
    assert run("fit", "other.parquet", *ASKED, *options)[0] == 0
    model = bridle.load("kept")
    assert list(model.feature_names_in_) == ["a", "open", "b", "c", "floor", "same"]
    assert set(model.parts.columns.others) == {"city", "shop", "price"}
    code, _, err = run("fit", "other.parquet", *ASKED, *options, "--drop", "town", "--overwrite")
    assert code == 2
    assert "'town'" in err


def test_semicolons_are_not_misread(run):
    table().to_csv("other.csv", index=False, sep=";")
    _, _, err = run("fit", "other.csv", *ASKED, "--read", "scans")
    assert "its fields are not separated by commas (it has 7 columns)" in err


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("row.csv", "There is no file 'row.csv'. Did you mean 'rows.csv'?"),
        ("rows.tsv", "only Parquet and CSV files and folders of them can be"),
        ("empty", "The folder empty holds no Parquet or CSV file with columns."),
    ],
)
def test_what_is_no_table_to_scan_is_said(run, tmp_path, name, words):
    (tmp_path / "empty").mkdir()
    (tmp_path / "rows.tsv").write_text("a\tprice\n1\t2\n")
    code, _, err = run("fit", name, *ASKED, "--read", "scans")
    assert code == 2
    assert words in err
