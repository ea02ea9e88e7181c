"""Studies of survival times: what arms are judged by, what networks learn, and what is refused."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import Ridge

import bridle
from bridle.backend import backend_available, load_keras
from bridle.errors import InputError
from bridle.survival import harrell_c
from bridle.survival.outcomes import Outcomes
from bridle.survival.pair_loss import pair_loss
from bridle.workbench.arm.linear_arms import elastic_net
from bridle.workbench.run.draw_split import draw_split, part_rows

needs_backend = pytest.mark.skipif(backend_available() is not None, reason=str(backend_available()))

N = 150
RNG = np.random.default_rng(0)
X = RNG.normal(size=(N, 3))
DAYS = np.ceil(RNG.exponential(100 * np.exp(-1.2 * X[:, 0])))
DEAD = RNG.random(N) < 0.6
TABLE = pd.DataFrame(X, columns=list("abc")).assign(days=DAYS, dead=DEAD)


def compare(**given):
    return bridle.compare(TABLE, **{"time_to": "days", "event": "dead", "seeds": 2, **given})


@pytest.fixture(scope="module")
def study():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(elastic_net, "_STRENGTHS", 2)
        return compare(arms=["linear", "ridge", "mixup"], task="survival", learning_curve=True)


def test_arms_are_judged_by_the_log_loss_of_pairs_and_c(study):
    records = {one.arm_and_seed: one for one in study.records}
    assert {arm for arm, _ in records} == {"dummy", "linear", "ridge"}
    for seed in (0, 1):
        dummy, linear = records["dummy", seed], records["linear", seed]
        assert (dummy.test_risk, dummy.train_risk) == pytest.approx((math.log(2),) * 2)
        assert dummy.test_score == 0.5
        train, _, test = part_rows(study.dataset, study.protocol, seed)
        split = draw_split(study.dataset, study.protocol, seed)
        names = list(split.feature_names)
        coef = np.array([linear.coefficients[name][0] for name in names])
        for rows, part, risk in (
            (train, split.train, linear.train_risk),
            (test, split.test, linear.test_risk),
        ):
            expected = pair_loss(Outcomes(DAYS[rows], DEAD[rows]), part.X @ coef)
            assert risk == pytest.approx(expected, rel=1e-12)
        y = np.column_stack([DAYS[test], DEAD[test]])
        assert linear.test_score == pytest.approx(harrell_c(y, split.test.X @ coef))
        assert linear.test_risk < dummy.test_risk


def test_checks_of_classes_say_what_the_target_is(study):
    for code in ("BR104 class-imbalance", "BR118 untested-class"):
        why = study.verdict.not_applicable[code]
        assert why == "the target is a time, and whether its event was seen"


def test_the_answer_speaks_of_pairs_and_says_what_did_not_run(study, tmp_path):
    text = str(study)
    assert "It tells which of two new rows has its event first in " in text
    assert "log loss of pairs" in text
    assert "mixup did not run (it mixes targets, and survival times cannot be mixed)" in text
    assert "predicting days" in text
    assert [one.regularised for one in study.verdict.comparisons] == ["ridge"]
    study.save(tmp_path / "s")
    page = (tmp_path / "s" / "report.html").read_text()
    assert "log loss of pairs" in page
    assert "<title>days in X" in page


def test_study_of_arrays_is_that_of_the_columns(study):
    y = np.column_stack([DAYS, DEAD])
    again = bridle.compare(TABLE[["a", "b", "c"]], y, task="survival", arms=["linear"], seeds=2)
    risks = {one.arm_and_seed: one.test_risk for one in study.records}
    assert all(one.test_risk == risks[one.arm_and_seed] for one in again.records)


def test_columns_that_determine_the_time_make_the_study_invalid():
    leaking = TABLE.assign(weeks=DAYS / 7)
    study = bridle.compare(leaking, time_to="days", event="dead", arms=["linear"], seeds=2)
    assert study.verdict.decision == "invalid"


def test_what_cannot_run_is_refused():
    with pytest.raises(InputError, match=r"'mine' must be left out for survival times.*Ridge"):
        compare(arms=[("mine", Ridge())])


def test_learning_curve_has_runs_on_fewer_rows(study):
    shares = {one.train_share for one in study.curve_records}
    assert len(shares) == 4
    assert all(one.failure is None for one in study.curve_records)


@needs_backend
def test_networks_are_trained_on_the_cox_loss_and_judged_as_the_linear_arms_are(tmp_path):
    study = compare(arms=["linear", "baseline", "dropout"], epochs=2)
    assert all(one.failure is None for one in study.records)
    networks = [one for one in study.records if one.curves]
    assert {one.arm for one in networks} == {"baseline", "dropout"}
    for one in networks:
        assert one.test_risk == pytest.approx(math.log(2), abs=0.3)
        assert one.curves.val_loss[-1] == pytest.approx(math.log(2), abs=0.5)
    assert all(one.effect["loss_without"]["0"] for one in networks)
    study.save(tmp_path / "s")
    page = (tmp_path / "s" / "report.html").read_text()
    assert "Cox loss" in page
    assert "NaN" not in page


@needs_backend
def test_networks_of_yours_that_cannot_be_used_are_refused():
    keras = load_keras()

    def built(units, **compiled):
        network = keras.Sequential([keras.Input((3,)), keras.layers.Dense(units)])
        if compiled:
            network.compile(**compiled)
        return network

    for network, message in (
        (built(2), "network must have 1 outputs for each row. Received: a network with 2"),
        (
            built(1, optimizer="adam", loss="mse"),
            "without a loss for survival times.* mean_squared",
        ),
        (
            keras.Sequential([keras.Input((3,)), keras.layers.Dense(1, activation="relu")]),
            "linear, since its output is the logarithm of the risk",
        ),
    ):
        with pytest.raises(InputError, match=message):
            compare(arms=["baseline"], network=network, epochs=1)


@needs_backend
@pytest.mark.slow
@pytest.mark.parametrize("compiled", [False, True])
def test_network_of_yours_is_trained_on_the_cox_loss(compiled):
    keras = load_keras()

    def build(n_features, n_outputs):
        layers = keras.layers.Dense(8, activation="relu"), keras.layers.Dense(n_outputs)
        network = keras.Sequential([keras.Input((n_features,)), *layers])
        if compiled:
            network.compile(keras.optimizers.Adam(1e-2))
        return network

    study = compare(arms=["baseline", "dropout"], network=build, epochs=400)
    for one in study.records:
        assert one.failure is None
        assert one.arm == "dummy" or one.train_risk < 0.6


def planted(n, features, effect, seed=0):
    """A table of survival times of which a third is censored, and the true log risks."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, features))
    truth = effect(X)
    death, lost = rng.exponential(np.exp(-truth)), rng.exponential(2, size=n)
    table = pd.DataFrame(X, columns=[f"x{j}" for j in range(features)])
    return table.assign(days=np.minimum(death, lost), dead=death < lost), truth


@needs_backend
@pytest.mark.slow
def test_network_finds_a_planted_risk_that_no_line_finds():
    table, truth = planted(1200, 4, lambda X: 2.0 * np.abs(X[:, 0]) + X[:, 1] * X[:, 2])
    best = harrell_c(table[["days", "dead"]], truth)
    study = bridle.compare(
        table, time_to="days", event="dead", arms=["linear", "early_stopping", "dropout"], seeds=3
    )
    scores = {
        arm: np.mean([one.test_score for one in study.records if one.arm == arm])
        for arm in ("linear", "early_stopping", "dropout")
    }
    assert scores["linear"] < 0.6
    assert best - 0.05 < scores["early_stopping"] < best + 0.03
    assert best - 0.05 < scores["dropout"] < best + 0.03


@needs_backend
@pytest.mark.slow
def test_network_learns_nothing_from_noise_and_few_rows_are_learnt_by_heart():
    table, _ = planted(160, 20, lambda X: 0 * X[:, 0])
    study = bridle.compare(
        table,
        time_to="days",
        event="dead",
        seeds=5,
        epochs=120,
        arms=["baseline", "early_stopping"],
    )
    plain = [one for one in study.records if one.arm == "baseline"]
    stopped = [one for one in study.records if one.arm == "early_stopping"]
    assert np.mean([one.test_score for one in plain]) == pytest.approx(0.5, abs=0.1)
    for one, other in zip(plain, stopped, strict=True):
        assert one.train_risk < 0.3
        assert one.test_risk > math.log(2)
        assert one.curves.train_eval_loss[-1] < 0 < math.log(2) < one.curves.val_loss[-1]
        assert other.test_risk < one.test_risk
    words = {one.regularised: one.decision for one in study.verdict.comparisons}
    assert words["early_stopping"] != "hurts"
