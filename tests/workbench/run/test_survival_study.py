"""Studies of survival times: what the arms are judged by, what does not run, and the words for it."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import Ridge

import bridle
from bridle.errors import InputError
from bridle.survival import harrell_c
from bridle.survival.outcomes import Outcomes
from bridle.survival.pair_loss import pair_loss
from bridle.workbench.arm.linear_arms import elastic_net
from bridle.workbench.run.draw_split import draw_split, part_rows

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
        return compare(arms=["linear", "ridge", "dropout"], task="survival", learning_curve=True)


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
    assert "dropout did not run (no network is trained for survival)" in text
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
    with pytest.raises(InputError, match="arms must have a linear one for task='survival'"):
        compare(arms=["baseline", "dropout"])
    with pytest.raises(InputError, match=r"'mine' must be left out for survival times.*Ridge"):
        compare(arms=[("mine", Ridge())])


def test_learning_curve_has_runs_on_fewer_rows(study):
    shares = {one.train_share for one in study.curve_records}
    assert len(shares) == 4
    assert all(one.failure is None for one in study.curve_records)
