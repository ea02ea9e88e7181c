"""Laws of `bridle predict` and `bridle fit`: which stream gets what, what is written and refused."""

from __future__ import annotations

import io
import sys

import numpy as np
import pandas as pd
import pytest

import bridle
from bridle.backend import backend_available
from bridle.cli import main as cli

from .models import features, model, training


@pytest.fixture
def run(monkeypatch, capsys, tmp_path):
    """Return a function from arguments to exit code, standard output and standard error."""
    monkeypatch.chdir(tmp_path)
    features().to_csv("new.csv", index=False)
    model("linear", "binary").save("kept")
    model("linear", "regression").save("numbers")

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["bridle", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return ended.value.code, *capsys.readouterr()

    return call


def read(text):
    return pd.read_csv(io.StringIO(text))


def test_predictions_go_to_standard_output_in_the_order_of_the_rows(run):
    code, out, err = run("predict", "kept", "new.csv")
    assert (code, err) == (0, "")
    found = read(out)
    assert [*found] == ["name", "prediction", "probability_no", "probability_yes"]
    assert found["name"].tolist() == features()["name"].tolist()
    one = model("linear", "binary")
    assert found["prediction"].tolist() == one.predict(features()).tolist()
    np.testing.assert_array_equal(
        found.to_numpy()[:, 2:].astype(float), one.predict_proba(features())
    )


def test_numbers_have_intervals(run):
    found = read(run("predict", "numbers", "new.csv", "--level", "0.8")[1])
    assert [*found] == ["name", "prediction", "low", "high"]
    expected = model("linear", "regression").predict_interval(features(), level=0.8)
    np.testing.assert_array_equal(found[["low", "high"]].to_numpy(), expected)


@pytest.mark.parametrize("name", ["out.csv", "out.parquet"])
def test_a_file_of_predictions_is_there_when_all_are(run, name, tmp_path):
    if name.endswith("parquet"):
        pytest.importorskip("pyarrow")
    code, out, err = run("predict", "kept", "new.csv", "--out", name)
    assert (code, out) == (0, "")
    assert err == f"160 predictions: {name}\n"
    found = pd.read_csv(name) if name.endswith("csv") else pd.read_parquet(name)
    assert found.equals(read(run("predict", "kept", "new.csv")[1]))
    before = (tmp_path / name).read_bytes()
    assert run("predict", "kept", "new.csv", "--out", name)[0] == 2
    features().assign(age="old").to_csv("bad.csv", index=False)
    code, _, err = run("predict", "kept", "bad.csv", "--out", name, "--overwrite")
    assert (code, (tmp_path / name).read_bytes()) == (2, before)
    assert "Column 'age' must hold numbers" in err
    assert "in line 2" in err
    assert not [one for one in tmp_path.iterdir() if one.name.endswith(".tmp")]


def test_columns_that_name_rows_are_repeated_as_they_stand(run):
    rows = features().drop(columns="name").assign(key=[f"00{i}" for i in range(160)], more=1)
    rows.to_csv("rows.csv", index=False)
    code, out, err = run("predict", "kept", "rows.csv", "--id", "key")
    assert code == 0
    assert out.splitlines()[1].startswith("000,")
    assert err == "Not used, since the model was fitted without them: columns 'more'.\n"
    numbered = read(run("predict", "kept", "rows.csv", "--quiet")[1])
    assert numbered["row"].tolist() == list(range(1, 161))
    assert (
        "There is no column for id 'kye'. Did you mean 'key'?"
        in run("predict", "kept", "rows.csv", "--id", "kye")[2]
    )


def test_unseen_categories_are_told_or_refused(run):
    features().assign(city="=Lima").to_csv("rows.csv", index=False)
    code, _, err = run("predict", "kept", "rows.csv")
    assert code == 0
    assert "Column 'city' has categories that the model was not fitted to in 160 rows" in err
    assert "'=Lima': taken for one of the rare categories.\n" in err
    code, out, err = run("predict", "kept", "rows.csv", "--strict")
    assert (code, out) == (2, "")
    assert err.startswith("Error: rows.csv must hold categories that the model was fitted to.")


def test_unseen_categories_without_rare_ones_are_said_to_count_for_none(run, tmp_path):
    study = pd.DataFrame({"c": ["a", "b"] * 30, "x": np.arange(60.0) % 7, "y": [0.0, 1.5] * 30})
    study.to_csv("plain.csv", index=False)
    assert run("fit", "plain.csv", "--target", "y", "--arm", "linear", "--out", "plain")[0] == 0
    (tmp_path / "one.csv").write_text("c,x\nzzz,2\n")
    code, _, err = run("predict", "plain", "one.csv")
    assert code == 0
    assert "in 1 row, for instance 'zzz': such a row counts for no category of that column." in err


def test_cells_that_a_spreadsheet_would_run_are_harmless(run):
    rows = features().assign(name="=1+1")
    rows.to_csv("rows.csv", index=False)
    assert run("predict", "kept", "rows.csv")[1].splitlines()[1].startswith("'=1+1,")


REFUSED = {
    "no model": (("predict", "nowhere", "new.csv"), "no folder of this name"),
    "no file": (("predict", "kept", "nwe.csv"), "Did you mean 'new.csv'?"),
    "a level for classes": (
        ("predict", "kept", "new.csv", "--level", "0.9"),
        "--level must be left",
    ),
    "a level that is none": (("predict", "numbers", "new.csv", "--level", "2"), "--level must be"),
    "a column twice": (
        ("predict", "kept", "new.csv", "--id", "age", "--id", "age"),
        "--id must name each column once. Received: 'age' 2 times",
    ),
    "another ending": (("predict", "kept", "new.csv", "--out", "a.txt"), "must end in .csv or"),
    "the rows themselves": (("predict", "kept", "new.csv", "--out", "new.csv"), "another file"),
    "no arm": (("fit", "churn.csv", "--target", "left", "--arm", "lars"), "There is no arm"),
    "a null": (
        ("fit", "churn.csv", "--target", "left", "--arm", "permuted_target"),
        "--arm must be a model",
    ),
    "a folder that is taken": (
        ("fit", "churn.csv", "--target", "left", "--arm", "linear", "--out", "kept"),
        "holds a model",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_is_refused_in_one_line(run, case):
    training("binary").to_csv("churn.csv", index=False)
    arguments, said = REFUSED[case]
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert said in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("kind", ["binary", "regression"])
def test_fit_keeps_one_model_that_predict_reads(run, kind):
    target = {"binary": "left", "regression": "spent"}[kind]
    training(kind).to_csv("churn.csv", index=False)
    code, out, err = run("fit", "churn.csv", "--target", target, "--arm", "linear")
    assert code == 0
    assert out.splitlines()[-1] == "Next: bridle predict churn-model new.csv"
    assert "all rows" in err
    found = read(run("predict", "churn-model", "new.csv")[1])
    expected = model("linear", kind).predict(features())
    if kind == "binary":
        assert found["prediction"].tolist() == expected.tolist()
    else:
        np.testing.assert_allclose(found["prediction"], expected, rtol=1e-12)
        assert {"low", "high"} <= set(found)
    assert run("fit", "churn.csv", "--target", target, "--arm", "dummy", "--overwrite")[0] == 0


@pytest.mark.skipif(backend_available() is not None, reason=str(backend_available()))
def test_a_network_that_stops_early_is_trained_for_the_median_of_its_best_epochs(run):
    training("binary").to_csv("churn.csv", index=False)
    code, out, _ = run(
        "fit", "churn.csv", "--target", "left", "--arm", "early_stopping", "--epochs", "3"
    )
    assert code == 0
    assert "the median of the best epochs of its runs" in out


def test_compare_keeps_the_model_unless_told_not_to(run, tmp_path):
    training("binary").to_csv("churn.csv", index=False)
    quick = ("--arms", "linear", "--seeds", "2")
    code, out, _ = run("compare", "churn.csv", "--target", "left", *quick, "--no-model")
    assert code == 0
    assert "Next:" not in out
    assert not (tmp_path / "churn-bridle" / "model").exists()
    code, out, err = run("compare", "churn.csv", "--target", "left", *quick)
    assert "Next: bridle predict churn-bridle/model new.csv" in out.splitlines()
    assert "is finished: this is its result" in err
    assert bridle.load("churn-bridle").predict(features()).shape == (160,)
    assert run("predict", "churn-bridle/model", "new.csv")[0] == 0
