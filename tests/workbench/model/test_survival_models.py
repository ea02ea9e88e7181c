"""Models of survival times: what they predict, keep and refuse."""

from __future__ import annotations

import io
import re
import sys

import numpy as np
import pandas as pd
import pytest

import bridle
from bridle import CoxElasticNet
from bridle.backend import backend_available
from bridle.cli import main as cli
from bridle.elastic_net.estimators.survival.baseline_hazard import BaselineHazard
from bridle.errors import InputError
from bridle.survival import harrell_c
from bridle.workbench.data.dataset import make_dataset
from bridle.workbench.model.fit_alone import fit_alone
from bridle.workbench.model.survival_probabilities import survival_probabilities

from .test_model_files import forge_array

N = 160
RNG = np.random.default_rng(0)
AGE = RNG.normal(50, 9, N).round(1)
CITY = RNG.choice(["Oslo", "Rome"], N)
DAYS = np.ceil(RNG.exponential(4000 * np.exp(-0.08 * AGE + (CITY == "Rome"))))
DEAD = RNG.random(N) < 0.7
TABLE = pd.DataFrame({"age": AGE, "city": CITY, "days": DAYS, "dead": DEAD})
FEATURES = TABLE[["age", "city"]]
TIMES = (0.0, 10.0, 37.5, 1e4)


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
        "--time-to and --event must be two columns",
    ),
    "by scans": ((*NAMED, "--read", "scans"), "--event, need the table in memory"),
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
def test_network_is_kept_with_its_weights_and_the_hazard_of_its_rows(tmp_path):
    fitted = fit_alone("baseline", make_dataset(TABLE, "days", event="dead"), epochs=20)
    found = fitted.predict(FEATURES)
    assert fitted.score(FEATURES, TABLE[["days", "dead"]]) > 0.6
    survival = fitted.predict_survival_function(FEATURES, TIMES)
    np.testing.assert_allclose(survival, np.exp(-np.outer(np.exp(found), hazard(found, TIMES))))
    loaded = bridle.load(fitted.save(tmp_path / "m"))
    np.testing.assert_array_equal(loaded.predict(FEATURES), found)
    np.testing.assert_array_equal(loaded.predict_survival_function(FEATURES, TIMES), survival)


def hazard(risks, times):
    """Return the cumulative hazard of a row of risk 1, by Efron's ties, in a loop."""
    total = np.zeros(len(times))
    for day in np.unique(DAYS[DEAD]):
        tied = DEAD & (day == DAYS)
        for k in range(tied.sum()):
            at_risk = np.exp(risks) * (day <= DAYS) * np.where(tied, 1 - k / tied.sum(), 1.0)
            total += (np.array(times) >= day) / at_risk.sum()
    return total


def test_survival_is_that_of_coxs_model(linear):
    X = np.column_stack([AGE, CITY == "Rome"]).astype(float)
    cox = CoxElasticNet(0.0, tol=1e-12).fit(X, np.column_stack([DAYS, DEAD]))
    found = linear.predict_survival_function(FEATURES, TIMES)
    np.testing.assert_allclose(found, cox.predict_survival_function(X, TIMES), atol=1e-4)
    assert (found[:, 0] == 1).all()
    assert (np.diff(found, axis=1) <= 0).all()
    one = linear.predict_survival_function(FEATURES, 37.5)
    np.testing.assert_array_equal(one, found[:, 2:3])


def test_survival_of_equal_risks_is_that_of_the_whole_table():
    dummy = fit_alone("dummy", make_dataset(TABLE, "days", event="dead"))
    found = dummy.predict_survival_function(FEATURES, TIMES)
    assert (found == found[0]).all()
    np.testing.assert_allclose(found[0], np.exp(-hazard(np.zeros(N), TIMES)))


def test_hazards_of_the_rows_add_up_to_their_events():
    apart = TABLE.assign(days=DAYS + RNG.permutation(N) / 1000)
    model = fit_alone("ridge", make_dataset(apart, "days", event="dead"))
    survival = model.predict_survival_function(FEATURES, apart["days"].to_numpy())
    assert -np.log(np.diag(survival)).sum() == pytest.approx(DEAD.sum())


def test_risks_without_bounds_have_a_survival_nevertheless():
    baseline = BaselineHazard(np.array([2.0, 3.0]), np.array([0.5, 0.7]))
    found = survival_probabilities(baseline, np.array([-1e4, 0.0, 1e4]), np.array([1.0, 2.5]))
    np.testing.assert_allclose(found, [[1, 1], [1, np.exp(-0.5)], [1, 0]])


def test_predict_adds_a_column_for_each_time(run, linear):
    assert run("fit", "times.csv", *NAMED, "--arm", "linear")[0] == 0
    code, out, err = run("predict", "times-model", "new.csv", "--at", "10,37.5")
    assert (code, err) == (0, "")
    found = pd.read_csv(io.StringIO(out))
    assert [*found] == ["row", "prediction", "survival_10", "survival_37.5"]
    expected = linear.predict_survival_function(FEATURES, [10, 37.5])
    np.testing.assert_allclose(found[["survival_10", "survival_37.5"]], expected, rtol=1e-9)
    code, _, err = run("predict", "times-model", "new.csv", "--at", "10,1e9")
    assert code == 0
    assert f"The last event of the training table is at {DAYS[DEAD].max():g}" in err
    for given, message in (
        ("10,10", "--at must be different times from 0 up.* 10, 10"),
        ("-1", "--at must be different times from 0 up.* -1"),
        ("soon", "--at must be times, separated by commas.* 'soon'"),
    ):
        code, out, err = run("predict", "times-model", "new.csv", f"--at={given}")
        assert (code, out) == (2, "")
        assert re.search(message, err)


def test_survival_is_of_survival_times_alone(run):
    assert run("fit", "times.csv", "--target", "age", "--arm", "linear", "--out", "ages")[0] == 0
    code, out, err = run("predict", "ages", "times.csv", "--at", "10")
    assert (code, out) == (2, "")
    assert "--at must be left out unless the model is of survival times" in err
    assert not hasattr(bridle.load("ages"), "predict_survival_function")


@pytest.mark.parametrize("times", [[], [1.0, np.nan], [[1.0]], [-1.0], [2.0, 2.0]])
def test_times_that_are_none_are_refused(linear, times):
    with pytest.raises(InputError, match="times must be"):
        linear.predict_survival_function(FEATURES, times)


@pytest.mark.parametrize(
    ("name", "change"), [("event_times", -1), ("hazard", -1), ("hazard", None)]
)
def test_hazard_that_falls_or_is_missing_is_refused(linear, tmp_path, name, change):
    folder = linear.save(tmp_path / "m")
    with np.load(folder / "arrays.npz") as held:
        forge_array(folder, name, None if change is None else held[name][::change].copy())
    with pytest.raises(InputError, match="cannot be used"):
        bridle.load(folder)
