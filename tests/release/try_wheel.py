"""A wheel at work: run by a Python that has the wheel and what it depends on, and nothing else."""

from __future__ import annotations

import csv
import subprocess
import sys
import tempfile
from importlib import metadata
from pathlib import Path

import numpy as np
from scipy import sparse

import bridle


def fits_are_certified() -> None:
    """Fit dense, sparse, regression and classification."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(80, 200))
    y = X[:, :3].sum(axis=1) + 0.1 * rng.normal(size=80)
    model = bridle.ElasticNetCV(cv=3, alphas=20).fit(X, y)
    assert model.certificate_.meets(1e-6)
    assert set(np.argsort(-np.abs(model.coef_))[:3]) == {0, 1, 2}
    assert "deviance explained" in str(model.summary())
    same = bridle.ElasticNet(0.1).fit(sparse.csc_array(X), y).coef_
    np.testing.assert_allclose(same, bridle.ElasticNet(0.1).fit(X, y).coef_, atol=1e-4)
    assert bridle.ElasticNetClassifier(0.05).fit(X, y > 0).score(X, y > 0) > 0.9


def bridle_prints(*words: object) -> str:
    """Run the command of the wheel and return what it printed."""
    command = [Path(sys.executable).with_name("bridle"), *map(str, words)]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def write_tables(table: Path, new: Path) -> None:
    """Write a table with numbers, text and a constant column, and a row to predict."""
    rng = np.random.default_rng(0)
    with table.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["dose", "age", "clinic", "unit", "outcome"])
        for place, (dose, age, noise) in enumerate(rng.normal(size=(120, 3))):
            rows.writerow(
                [dose, age, "north" if place % 2 else "south", "mg", 2 * dose + noise / 10]
            )
    new.write_text("dose,age,clinic,unit\n1.0,0.0,north,mg\n")


def columns_are_named(table: Path) -> None:
    """List the columns of a table: what each is read as, and which is left out."""
    printed = bridle_prints("columns", table, "--target", "outcome")
    for name in ("dose", "age", "clinic", "unit", "outcome"):
        assert name in printed, printed
    assert "'unit' holds mg in every row" in printed, printed


def a_model_predicts(model: Path, new: Path) -> None:
    """Predict the new row, whose target is 2 up to the noise."""
    (row,) = csv.DictReader(bridle_prints("predict", model, new).splitlines())
    assert abs(float(row["prediction"]) - 2.0) < 0.2, row


def a_table_becomes_a_model(folder: Path) -> None:
    """Fit a model, compare, keep the recommended model, and predict with both."""
    table, new = folder / "table.csv", folder / "new.csv"
    write_tables(table, new)
    columns_are_named(table)
    asked = table, "--target", "outcome", "--quiet"
    bridle_prints("fit", *asked, "--arm", "elastic_net", "--out", folder / "fitted")
    a_model_predicts(folder / "fitted", new)
    out = folder / "study"
    bridle_prints("compare", *asked, "--arms", "linear,elastic_net", "--out", out)
    assert (out / "report.html").stat().st_size < 500_000
    a_model_predicts(out / "model", new)


if __name__ == "__main__":
    assert bridle.__version__ == metadata.version("bridle")
    assert bridle.__version__ in bridle_prints("--version")
    bridle.show_config()
    fits_are_certified()
    with tempfile.TemporaryDirectory() as name:
        a_table_becomes_a_model(Path(name))
    print("The wheel works.")
