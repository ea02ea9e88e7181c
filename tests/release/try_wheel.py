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


def a_table_becomes_a_model(folder: Path) -> None:
    """Compare, keep the model and predict, on the command line."""
    rng = np.random.default_rng(0)
    table, new = folder / "table.csv", folder / "new.csv"
    with table.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["dose", "age", "outcome"])
        for dose, age, noise in rng.normal(size=(120, 3)):
            rows.writerow([dose, age, 2 * dose + 0.1 * noise])
    new.write_text("dose,age\n1.0,0.0\n")
    program = Path(sys.executable).with_name("bridle")
    out = folder / "study"
    study = "compare", table, "--target", "outcome", "--arms", "linear,elastic_net", "--out", out
    subprocess.run([program, *study, "--quiet"], check=True)
    predicted = subprocess.run(
        [program, "predict", out / "model", new], check=True, capture_output=True, text=True
    )
    (row,) = csv.DictReader(predicted.stdout.splitlines())
    assert abs(float(row["prediction"]) - 2.0) < 0.2, row


if __name__ == "__main__":
    assert bridle.__version__ == metadata.version("bridle")
    bridle.show_config()
    fits_are_certified()
    with tempfile.TemporaryDirectory() as name:
        a_table_becomes_a_model(Path(name))
    print("The wheel works.")
