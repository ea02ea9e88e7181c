"""Cox's model beside R's survival and glmnet, as tests/fixtures/survival/make_fixtures.R stored them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from bridle import CoxElasticNet, CoxElasticNetCV
from bridle.survival import harrell_c, uno_c

ANSWERS = json.loads(
    (Path(__file__).parents[1] / "fixtures" / "survival" / "cox.json").read_text(encoding="utf-8")
)
UNPENALISED = ANSWERS["unpenalised"]
PATHS = {one["name"]: one for one in ANSWERS["paths"]}
DATA = {name: np.array(value) for name, value in ANSWERS["data"].items()}


def outcomes(one):
    columns = [one["stop"], one["event"]]
    if one["start"] is not None:
        columns.insert(0, one["start"])
    return np.column_stack(columns)


def given(one):
    names = {"weights": "sample_weight", "strata": "strata", "offset": "offset"}
    return {to: np.array(one[name]) for name, to in names.items() if one[name] is not None}


@pytest.mark.parametrize("one", UNPENALISED, ids=lambda one: f"{one['name']}, {one['ties']}")
def test_without_a_penalty_it_is_rs_coxph(one):
    X, y, options = np.array(one["X"]), outcomes(one), given(one)
    model = CoxElasticNet(0.0, ties=one["ties"], tol=1e-12).fit(X, y, **options)
    np.testing.assert_allclose(model.coef_, one["coef"], rtol=1e-7, atol=1e-9)
    assert model.certificate_.meets(1e-9)
    others = {name: options[name] for name in ("strata", "offset") if name in options}
    assert model.score(X, y, options.get("sample_weight"), **others) == pytest.approx(
        one["concordance"], abs=1e-12
    )
    if one["hazard"] is not None:
        found = model.predict_cumulative_hazard_function(np.zeros((1, 4)), one["hazard"]["times"])
        np.testing.assert_allclose(found[0], one["hazard"]["cumulative"], rtol=1e-7)
    if one["uno"] is not None:
        assert uno_c(y, y, model.predict(X)) == pytest.approx(one["uno"], abs=1e-12)
        assert harrell_c(y, model.predict(X)) == pytest.approx(one["concordance"], abs=1e-12)


@pytest.mark.parametrize("name", PATHS)
def test_with_a_penalty_it_is_glmnets_path(name):
    one, X = PATHS[name], DATA["X"]
    columns = [DATA["stop"], DATA["event"]]
    if name == "from a start":
        columns.insert(0, DATA["start"])
    options = {}
    if name == "weights":
        options["sample_weight"] = DATA["weights"]
    if name == "strata":
        options["strata"] = DATA["strata"]
    for alpha, coef, explained in zip(DATA["lambda"], one["coef"], one["explained"], strict=True):
        model = CoxElasticNet(
            alpha,
            l1_ratio=one["alpha"],
            standardize=one["standardize"],
            ties="breslow",
            tol=1e-10,
        ).fit(X, np.column_stack(columns), **options)
        np.testing.assert_allclose(model.coef_, coef, rtol=2e-5, atol=2e-6)
        assert model.deviance_explained_ == pytest.approx(explained, abs=1e-6)


@pytest.mark.filterwarnings("ignore:The best strength")
def test_folds_are_scored_as_by_glmnet():
    X, y = DATA["X"], np.column_stack([DATA["stop"], DATA["event"]])
    folds = [(DATA["folds"] != k, DATA["folds"] == k) for k in range(1, 6)]
    model = CoxElasticNetCV(alphas=DATA["lambda"], cv=folds, ties="breslow").fit(X, y)
    expected = ANSWERS["cross_validation"]
    np.testing.assert_allclose(model.mean_scores_[0], expected["mean"], rtol=1e-5)
    np.testing.assert_allclose(model.cv_.standard_errors[0], expected["error"], rtol=1e-4)
