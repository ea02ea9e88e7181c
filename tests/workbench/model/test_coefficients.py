"""Laws of coefficients: in the units of the columns, they are the linear predictor."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, softmax

from bridle.readings.dates import dates
from bridle.workbench.model.coefficient_table import INTERCEPT

from .models import TARGETS, features, model


def by_hand():
    """Return the columns in their own units, as the names of coefficients call them."""
    raw = features()
    age = raw["age"]
    made = {
        "age": age.fillna(age.median()),
        "age (missing)": age.isna().astype(float),
        "member": raw["member"].astype(float),
        "share": raw["share"].str.rstrip(" %").astype(float),
        "day": raw["day"].map(dates([*raw["day"].unique()])[0]),
    }
    common = {name: raw[name].fillna("(missing)") for name in ("city", "code")}
    for name, column in common.items():
        for level in column.unique():
            made[f"{name}={level}"] = (column == level).astype(float)
    made["city=(rare)"] = (common["city"] == "Kiel").astype(float)
    return pd.DataFrame(made)


@pytest.mark.parametrize("kind", TARGETS)
@pytest.mark.parametrize("arm", ["linear", "elastic_net"])
def test_coefficients_in_their_units_are_the_model(arm, kind):
    one = model(arm, kind)
    table = one.coefficients().set_index("feature")
    assert table.index[0] == INTERCEPT
    slopes = table.drop(index=INTERCEPT)
    eta = by_hand()[list(slopes.index)].to_numpy() @ slopes.to_numpy()
    eta = eta + table.loc[INTERCEPT].to_numpy()
    if kind == "regression":
        np.testing.assert_allclose(eta[:, 0], one.predict(features()), rtol=1e-9)
    elif kind == "count":
        np.testing.assert_allclose(np.exp(eta[:, 0]), one.predict(features()), rtol=1e-9)
    elif kind == "binary":
        np.testing.assert_allclose(expit(eta[:, 0]), one.predict_proba(features())[:, 1], rtol=1e-9)
    else:
        assert list(table) == [f"coefficient of {label}" for label in one.classes_]
        np.testing.assert_allclose(softmax(eta, axis=1), one.predict_proba(features()), rtol=1e-9)


def test_coefficients_are_in_a_file_too(tmp_path):
    one = model("elastic_net", "regression")
    written = pd.read_csv(one.save(tmp_path / "m") / "coefficients.csv")
    pd.testing.assert_frame_equal(written, one.coefficients(), rtol=1e-15)


def test_names_that_a_spreadsheet_would_run_are_harmless(tmp_path):
    import bridle

    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"=HYPERLINK(1)": rng.normal(size=60), "b": rng.normal(size=60)})
    study = bridle.compare(frame, frame["b"] + 0.1 * rng.normal(size=60), arms=["linear"], seeds=2)
    folder = study.model().save(tmp_path / "m")
    assert "\n'=HYPERLINK(1)," in (folder / "coefficients.csv").read_text()
