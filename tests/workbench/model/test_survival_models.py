"""Models of survival times: what they predict, keep and refuse."""

from __future__ import annotations

import io
import sys

import numpy as np
import pandas as pd
import pytest

import bridle
from bridle import CoxElasticNet
from bridle.backend import backend_available
from bridle.cli import main as cli
from bridle.survival import harrell_c
from bridle.workbench.data.dataset import make_dataset
from bridle.workbench.model.fit_alone import fit_alone

N = 160
RNG = np.random.default_rng(0)
AGE = RNG.normal(50, 9, N).round(1)
CITY = RNG.choice(["Oslo", "Rome"], N)
DAYS = np.ceil(RNG.exponential(4000 * np.exp(-0.08 * AGE + (CITY == "Rome"))))
DEAD = RNG.random(N) < 0.7
TABLE = pd.DataFrame({"age": AGE, "city": CITY, "days": DAYS, "dead": DEAD})
FEATURES = TABLE[["age", "city"]]


@pytest.fixture(scope="module")
def linear():
    return fit_alone("linear", make_dataset(TABLE, "days", event="dead"))


@pytest.fixture
def run(monkeypatch, capsys, tmp_path):
    """Return a function from arguments to exit code, standard output and standard error."""
    monkeypatch.chdir(tmp_path)
    TABLE.to_csv("times.csv", index=False)
    FEATURES.to_csv("new.csv", index=False)
    TABLE.assign(dead=DEAD.astype(int)).to_parquet("times.parquet")

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["bridle", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return ended.value.code, *capsys.readouterr()

    return call


def test_prediction_is_the_log_risk_of_coxs_model(linear):
    X = np.column_stack([AGE, CITY == "Rome"]).astype(float)
    cox = CoxElasticNet(0.0, tol=1e-12).fit(X, np.column_stack([DAYS, DEAD]))
    expected, found = cox.predict(X), linear.predict(FEATURES)
    np.testing.assert_allclose(found - found.mean(), expected - expected.mean(), atol=1e-4)
    assert linear.score(FEATURES, TABLE[["days", "dead"]]) == pytest.approx(
        harrell_c(np.column_stack([DAYS, DEAD]), expected), abs=1e-3
    )


def test_coefficients_are_log_hazard_ratios(linear):
    found = linear.coefficients().set_index("feature")["coefficient"]
    X = np.column_stack([AGE, CITY == "Rome"]).astype(float)
    cox = CoxElasticNet(0.0, tol=1e-12).fit(X, np.column_stack([DAYS, DEAD]))
    assert found["age"] == pytest.approx(cox.coef_[0], rel=1e-4)
    assert found["city=Rome"] - found["city=Oslo"] == pytest.approx(cox.coef_[1], rel=1e-4)


def test_saved_model_is_the_same(linear, tmp_path):
    loaded = bridle.load(linear.save(tmp_path / "m"))
    np.testing.assert_array_equal(loaded.predict(FEATURES), linear.predict(FEATURES))
    assert loaded.parts.task == linear.parts.task
    for name in ("predict_interval", "predict_proba", "classes_"):
        assert not hasattr(loaded, name)


@pytest.mark.parametrize("file", ["times.csv", "times.parquet"])
def test_fit_keeps_a_model_that_predict_reads(run, linear, file):
    named = ("--time-to", "days", "--event", "dead")
    code, out, err = run("fit", file, "--task", "survival", *named, "--arm", "linear")
    assert code == 0, err
    assert out.splitlines()[-1] == "Next: bridle predict times-model new.csv"
    code, out, err = run("predict", "times-model", "new.csv")
    assert (code, err) == (0, "")
    found = pd.read_csv(io.StringIO(out))
    assert [*found] == ["row", "prediction"]
    np.testing.assert_allclose(found["prediction"], linear.predict(FEATURES), rtol=1e-12)
    assert (
        run("fit", file, *named, "--arm", "ridge", "--overwrite")[0] == 0
    )  # survival, by its columns
    assert bridle.load("times-model").parts.arm == "ridge"
    code, out, err = run("predict", "times-model", "new.csv", "--level", "0.9")
    assert (code, out) == (2, "")
    assert "--level must be left out for survival times" in err


NAMED = ("--time-to", "days", "--event", "dead")
REFUSED = {
    "no event": (("--time-to", "days"), "--event must name a column"),
    "no time": (("--event", "dead"), "--time-to must name a column"),
    "neither": (("--task", "survival"), "--time-to must name a column"),
    "target too": ((*NAMED, "--target", "age"), "--target must be left out for survival times"),
    "another task": ((*NAMED, "--task", "count"), "--time-to must be left out unless --task"),
    "unknown": (("--time-to", "day", "--event", "dead"), "'day'"),
    "one column": (
        ("--time-to", "days", "--event", "days"),
        "time_to and event must be two columns",
    ),
    "by scans": ((*NAMED, "--read", "scans"), "survival times need the table in memory"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_options_that_do_not_fit_are_refused_in_one_line(run, case):
    given, message = REFUSED[case]
    arm = () if "--arm" in given else ("--arm", "elastic_net")
    code, out, err = run("fit", "times.csv", *arm, *given)
    assert (code, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1


def test_columns_shows_the_roles(run):
    code, out, _ = run("columns", "times.csv", *NAMED)
    assert code == 0
    lines = {line.split()[0]: line.split()[1] for line in out.splitlines() if len(line.split()) > 3}
    assert (lines["days"], lines["dead"], lines["age"]) == ("target", "event", "numbers")
    code, out, err = run("columns", "times.csv", "--event", "dead")
    assert (code, out) == (2, "")
    assert "--time-to must name a column" in err


@pytest.mark.skipif(backend_available() is not None, reason=str(backend_available()))
def test_network_is_kept_with_its_weights(tmp_path):
    fitted = fit_alone("baseline", make_dataset(TABLE, "days", event="dead"), epochs=20)
    found = fitted.predict(FEATURES)
    assert fitted.score(FEATURES, TABLE[["days", "dead"]]) > 0.6
    loaded = bridle.load(fitted.save(tmp_path / "m"))
    np.testing.assert_array_equal(loaded.predict(FEATURES), found)
