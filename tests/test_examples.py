"""The examples run, say what they are there to say, and leave what they promise."""

from __future__ import annotations

import importlib.util
import json
import runpy
import sys
from pathlib import Path

import pandas as pd
import pytest

EXAMPLES = Path(__file__).parents[1] / "examples"
PNG = b"\x89PNG"

needs_network = pytest.mark.skipif(
    importlib.util.find_spec("keras") is None, reason="keras is not installed"
)


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Run an example in an empty folder and return what it printed."""
    monkeypatch.chdir(tmp_path)

    def run_example(name: str, *arguments: str) -> str:
        monkeypatch.setattr(sys, "argv", [name, *arguments])
        # In this process: another would import Keras again.
        runpy.run_path(str(EXAMPLES / name), run_name="__main__")
        return capsys.readouterr().out

    return run_example


def test_every_example_is_run():
    source = Path(__file__).read_text("utf-8")
    assert [one.name for one in EXAMPLES.glob("*.py") if f'run("{one.name}"' not in source] == []


def needs(*packages):
    """Mark a test that runs where the trainers are: make test-torch."""
    missing = [one for one in ("torch", *packages) if importlib.util.find_spec(one) is None]
    return pytest.mark.skipif(bool(missing), reason=f"needs {', '.join(missing)}")


@needs("lightning")
def test_lightning_trials(run, tmp_path):
    printed = run("lightning_trials.py", "runs", "1").splitlines()
    assert [line.split(":")[0] for line in printed[:2]] == ["baseline, seed 0", "dropout, seed 0"]
    assert len(list((tmp_path / "runs").glob("*/seed*.npz"))) == 10
    assert any("5 pairs" in line for line in printed[10:])


@needs("transformers", "accelerate")
def test_hugging_face_trials(run, tmp_path):
    printed = run("hugging_face_trials.py", "runs", "1").splitlines()
    assert printed[0].startswith("baseline, seed 0: validation loss")
    assert len(list((tmp_path / "runs").glob("*/seed*.npz"))) == 10
    assert any("5 pairs" in line for line in printed[10:])


@needs_network
def test_recipe(run, tmp_path):
    printed = run("recipe.py", "--seeds", "2", "--epochs", "1")
    report = tmp_path / "recipe-bridle"
    assert printed.splitlines()[-1] == f"Report: {Path('recipe-bridle', 'report.html')}"
    verdict = json.loads((report / "verdict.json").read_text("utf-8"))
    assert " ".join(printed.split()).startswith(verdict["headline"])
    assert [one["name"] for one in verdict["arms"]] == ["dummy", "baseline", "dropout"]
    records = (report / "records.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(one)["n_train"] for one in records] == [3240] * 6
    assert (report / "loss_curves.png").read_bytes().startswith(PNG)


@pytest.mark.slow
@needs_network
def test_recipe_by_hand(run, tmp_path):
    printed = run("recipe_by_hand.py", "curves.png", "--epochs", "1").splitlines()
    assert [line.split()[0] for line in printed] == ["baseline:", "dropout:", "Figure:"]
    assert (tmp_path / "curves.png").read_bytes().startswith(PNG)


def test_digits_csv(run, tmp_path):
    assert run("digits_csv.py") == "digits.csv: 1797 rows, 65 columns, target 'digit'\n"
    table = pd.read_csv(tmp_path / "digits.csv")
    assert table.shape == (1797, 65)
    assert sorted(table["digit"].unique()) == list(range(10))


def test_elastic_net(run):
    printed = run("elastic_net.py", "--features", "200").splitlines()
    lasso, elastic, ridge = (line.split() for line in printed[1:4])
    assert int(lasso[1]) < int(elastic[1]) < int(ridge[1]) == 200
    assert all(float(line[-1]) <= 1e-6 for line in (lasso, elastic, ridge))
    assert printed[4] == "certified: True"
    numbers = {line[:46].strip(): line[46:].strip() for line in printed[7:]}
    assert numbers["alpha, rho of the formula without one-half"] == "0.15, 0.6667"
    assert numbers["l1, l2 of keras.regularizers.L1L2"] == "0.1, 0.05"
    assert numbers["alpha, l1_ratio for SGD's weight decay 0.1"] == "0.1, 0"


def test_compare_table(run):
    printed = run("compare_table.py", "--seeds", "2")
    assert "elastic net" in printed.split("\n\n")[0].replace("\n", " ")
    assert "BR101 identifier-column: Column 'customer_id'" in printed
    assert "BR103 missing-values: Column 'region'" in printed
    assert [line.split()[0] for line in printed.splitlines()[-3:]] == [
        "dummy",
        "linear",
        "elastic_net",
    ]
