"""What notebooks show: estimators, paths, studies and networks' dropout, as escaped HTML."""

from __future__ import annotations

import ast
import importlib.util
import json
import pickle
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import bridle
from bridle.dropout.surgery.bare_layers import BareLayer
from bridle.dropout.surgery.summary import DropoutEntry, DropoutSummary

NOTEBOOKS = sorted((Path(__file__).parents[1] / "examples").glob("*.ipynb"))
HOSTILE = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.standard_normal((80, 4)), columns=["a", "b", "c", HOSTILE])
    return X.assign(**{f"y{HOSTILE}": X["a"] - X[HOSTILE] + rng.standard_normal(80)})


def shown(value: object) -> str:
    """Return what a notebook displays, and see that nothing foreign in it is live."""
    html = value._repr_html_()
    assert isinstance(html, str)
    assert HOSTILE not in html
    return html


def test_estimator_shows_its_parameters_and_once_fitted_its_certificate(table):
    model = bridle.ElasticNet(0.25)
    assert "Certificate" not in shown(model)
    model.fit(table.iloc[:, :4], table.iloc[:, 4])
    assert "0.25" in shown(model)
    assert "Certificate: the objective is at most" in shown(model)
    assert "of 4 features have a coefficient" in model._repr_mimebundle_()["text/html"]


def test_classifier_counts_a_feature_of_several_classes_once(table):
    labels = np.arange(80) % 3
    model = bridle.ElasticNetClassifier(10.0).fit(table.iloc[:, :4], labels)
    assert "0 of 4 features have a coefficient" in shown(model)
    model = bridle.ElasticNetClassifier(0.0).fit(table.iloc[:, :4], labels)
    assert "4 of 4 features have a coefficient" in shown(model)


def test_cross_validation_and_path_show_the_choices(table):
    model = bridle.ElasticNetCV(alphas=[1.0, 0.1, 0.01, 0.001]).fit(
        table.iloc[:, :4], table.iloc[:, 4]
    )
    html = shown(model.cv_)
    assert f"<td>min</td><td>{model.alpha_:.4g}</td>" in html
    assert f"<td>1se</td><td>{model.alpha_1se_:.4g}</td>" in html
    assert "<td>a</td>" in shown(model.summary())
    path = shown(pickle.loads(pickle.dumps(model.path_)))
    assert path.count("<tr>") == 1 + 4
    assert "Path of 4 strengths, squared loss, l1_ratio 0.5, 4 features" in path
    assert model.plot()._repr_png_().startswith(b"\x89PNG")
    many = bridle.elastic_net_path(table.iloc[:, :4], table.iloc[:, 4], alphas=30)
    assert shown(many).count("<tr>") == 1 + 10


def test_study_and_verdict_show_the_answer(table):
    study = bridle.compare(table, table.columns[-1], arms=["linear", "elastic_net"], seeds=2)
    html = shown(study)
    assert study.verdict.headline in html
    assert "compared with" in html
    assert "* recommended" in html
    assert study.verdict.headline in shown(study.verdict)
    assert "change in test loss" in shown(study.verdict)


def test_summary_of_dropout_shows_both_tables():
    entry = DropoutEntry(HOSTILE, "Dropout", 0.5, ("dense",), 0, True)
    summary = DropoutSummary("net", (entry,), (BareLayer("out", HOSTILE),))
    html = shown(summary)
    assert html.count("<table>") == 2
    assert "<caption>net: dropout in 1 place</caption>" in html
    assert "<td>dense</td><td>yes</td>" in html
    assert shown(DropoutSummary("net", ())) == "<p>net: no dropout</p>"


def last_value(source: str, names: dict[str, object]) -> object:
    """Run a cell and return the value of its last line, as a notebook does."""
    tree = ast.parse(source)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "cell", "exec"), names)
    return eval(compile(ast.Expression(last.value), "cell", "eval"), names) if last else None


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_runs(path, tmp_path, monkeypatch):
    notebook = json.loads(path.read_text("utf-8"))
    cells = ["".join(one["source"]) for one in notebook["cells"] if one["cell_type"] == "code"]
    if any("keras" in one for one in cells) and importlib.util.find_spec("keras") is None:
        pytest.skip("keras is not installed")
    assert all(not one.get("outputs") for one in notebook["cells"])  # they are made by the site
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for source in cells:
        last_value(source, names)
    assert len(cells) >= 4
