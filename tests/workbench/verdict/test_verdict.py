"""Laws of a verdict: the decision, the arm to use, and what they do not depend on."""

import copy
import json
import random
from dataclasses import asdict, replace

import numpy as np
import pytest
from tests.workbench.verdict.cases import (
    BINARY,
    CATALOGUE,
    DUMMY,
    LEAK,
    NOTE,
    PROTOCOL,
    REGRESSION,
    SEEDS,
    arm,
    dummy,
    failing,
    networks,
    verdict_of,
)

from bridle.errors import InputError
from bridle.workbench.evidence.measure import measure
from bridle.workbench.folder.file_names import to_json
from bridle.workbench.protocol import Protocol
from bridle.workbench.record import Record
from bridle.workbench.verdict.decide import decide
from bridle.workbench.verdict.verdict import judge


@pytest.fixture(params=CATALOGUE, ids=lambda name: name.replace(" ", "-"))
def case(request):
    return CATALOGUE[request.param]


def test_every_decision_is_reached():
    assert {decision for _, decision in CATALOGUE.values()} == {
        "invalid",
        "underfits",
        "nothing learnt",
        "helps",
        "hurts",
        "benign gap",
        "no difference",
        "inconclusive",
        "no comparison",
    }


def test_decision_is_as_constructed(case):
    records, decision = case
    verdict = judge(records, PROTOCOL, BINARY)
    assert verdict.decision == decision
    assert verdict.exit_code == (decision == "invalid")


def test_judge_is_pure(case):
    records, _ = case
    findings, skipped = [NOTE], {"augmentation": "no images"}
    before = copy.deepcopy((records, findings, skipped))
    verdict = judge(records, PROTOCOL, BINARY, findings, skipped)
    assert (records, findings, skipped) == before
    for seed in range(3):
        shuffled = random.Random(seed).sample(records, len(records))
        assert judge(shuffled, PROTOCOL, BINARY, findings, skipped) == verdict


def times(risk):
    return None if risk is None else 1e4 * risk


def test_scale_of_the_metric_changes_no_decision(case):
    records, decision = case
    if len({one.test_score for one in records}) > 1:
        pytest.skip("accuracy counts for classes alone")
    scaled = [
        Record(
            **{**vars(one), "test_risk": times(one.test_risk), "train_risk": times(one.train_risk)}
        )
        for one in records
    ]
    # The curves of a regression stay in units of the target's variance.
    in_variances = judge(scaled, PROTOCOL, REGRESSION)
    assert in_variances.decision == decision


def test_verdict_is_json(case):
    records, decision = case
    verdict = judge(records, PROTOCOL, BINARY, [NOTE], {"dropout": "no backend"})
    fields = json.loads(to_json(verdict.to_dict()))
    assert fields["decision"] == decision
    assert fields["checks"][0]["column"] == "age"
    assert fields["skipped"] == {"dropout": "no backend"}
    for read, one in zip(fields["comparisons"], verdict.comparisons, strict=True):
        assert read.get("change") == (None if one.change is None else asdict(one.change))
        assert read["sentence"] == one.sentence


@pytest.mark.parametrize("name", [name for name in CATALOGUE if "elastic" not in name])
def test_swapping_the_arms_flips_the_sign(name):
    records = CATALOGUE[name][0]
    plain, regularised = (
        [one for one in records if one.arm == arm] for arm in ("baseline", "dropout")
    )
    if not regularised:
        return
    one = decide(measure(plain, regularised, PROTOCOL, BINARY, DUMMY), PROTOCOL)
    other = decide(measure(regularised, plain, PROTOCOL, BINARY, DUMMY), PROTOCOL)
    mirrored = {"helps": "hurts", "hurts": "helps"}
    assert other.decision == mirrored.get(one.decision, one.decision)
    assert other.negligible == one.negligible
    if one.change is not None:
        np.testing.assert_allclose(
            (other.change.mean, other.change.low, other.change.high),
            (-one.change.mean, -one.change.high, -one.change.low),
            atol=1e-15,
        )


def test_change_is_paired_by_seed():
    """A level that both arms share on a split cancels."""
    shared = 10 * np.random.default_rng(0).normal(size=SEEDS)
    records = [
        Record(**{**vars(one), "test_risk": one.test_risk + shared[one.seed] + 100})
        for one in networks(0.5, 0.4, spread=0.001)
        if one.arm != "dummy"
    ]
    (comparison,) = judge(records, Protocol(margin_share=0.0), BINARY).comparisons
    assert comparison.decision == "helps"
    assert comparison.change.mean == pytest.approx(-0.1)


def test_seeds_of_one_arm_alone_do_not_count():
    records = [*arm("baseline", 0.5), *arm("dropout", 0.5 - 0.1, seeds=4)]
    (comparison,) = judge(records, PROTOCOL, BINARY).comparisons
    assert comparison.n_splits == 4


@pytest.mark.parametrize(
    ("name", "negligible"),
    [
        ("helps", False),
        ("helps negligibly", True),
        ("hurts negligibly", True),
        ("no difference", True),
        ("inconclusive", False),
        ("everything failed", False),
    ],
)
def test_negligible_means_the_whole_interval_is_within_the_margin(name, negligible):
    (comparison,) = verdict_of(name).comparisons
    assert comparison.negligible is negligible


def test_margin_is_a_share_of_the_dummy_or_of_the_plain_arm():
    records = networks(0.5, 0.4)
    with_dummy, without = (judge(some, PROTOCOL, BINARY) for some in (records, records[SEEDS:]))
    assert with_dummy.comparisons[0].margin == pytest.approx(0.02 * DUMMY)
    assert without.comparisons[0].margin == pytest.approx(0.02 * 0.5)


def exact(plain, train, dummy_risk):
    """Risks that binary fractions hold exactly, so that equal is equal; no spread."""
    arms = [arm(name, plain, train, spread=0.0) for name in ("baseline", "dropout")]
    return [*dummy(dummy_risk), *arms[0], *arms[1]]


def test_at_the_margin_a_gap_is_benign_and_above_it_no_more():
    protocol = replace(PROTOCOL, margin_share=0.25)
    decisions = [
        judge(exact(0.5, train, 1.0), protocol, BINARY).decision for train in (0.25, 0.125)
    ]
    assert decisions == ["no difference", "benign gap"]


def test_training_risk_that_equals_the_dummy_s_less_the_margin_is_no_learning():
    protocol = replace(PROTOCOL, margin_share=0.25)
    decisions = [judge(exact(0.5, train, 1.0), protocol, BINARY).decision for train in (0.75, 0.5)]
    assert decisions == ["no difference", "no difference"]  # both are shown to beat the dummy
    none = frozenset[str]()
    decisions = [
        decide(
            measure(
                *(arm(name, 0.5, train, spread=0.0) for name in ("baseline", "dropout")),
                protocol,
                BINARY,
                1.0,
                better=none,
            ),
            protocol,
        ).decision
        for train in (0.75, 0.5)
    ]
    assert decisions == ["nothing learnt", "inconclusive"]


def test_nothing_that_ran_has_no_margin():
    assert verdict_of("everything failed").comparisons[0].margin == 0


def same(name, test):
    return arm(name, test, spread=0.001)


@pytest.mark.parametrize(
    ("records", "recommended"),
    [
        (networks(0.5, 0.4), "dropout"),
        (networks(0.4, 0.5), "baseline"),
        (networks(0.41, 0.4), "baseline"),
        (networks(0.691, 0.69), "dummy"),
        (networks(0.405, 0.4, spread=0.001), "dropout"),
        ([*networks(0.41, 0.4), *arm("elastic_net", 0.405)], "elastic_net"),
        ([*networks(0.41, 0.4), *arm("elastic_net", 0.405), *arm("linear", 0.45)], "elastic_net"),
        ([*networks(0.41, 0.4), *arm("early_stopping", 0.3)], "early_stopping"),
        ([*networks(0.41, 0.4), *arm("early_stopping", 0.399)], "baseline"),
        ([*arm("baseline", 0.5), *failing("dropout")], "baseline"),
        ([*networks(0.41, 0.4), *same("linear", 0.41), *same("elastic_net", 0.405)], "elastic_net"),
        (failing("baseline"), None),
    ],
)
def test_plainest_arm_that_is_not_shown_to_be_worse_is_recommended(records, recommended):
    verdict = judge(records, PROTOCOL, BINARY)
    assert verdict.recommended == recommended


def test_invalid_finding_makes_everything_invalid():
    verdict = verdict_of("all arms", findings=[NOTE, LEAK])
    assert (verdict.decision, verdict.exit_code, verdict.recommended) == ("invalid", 1, None)
    assert {one.decision for one in verdict.comparisons} == {"invalid"}
    assert verdict.headline == "No verdict: Column 'id' gives the target away."
    assert verdict.checks == (LEAK, NOTE)


def test_warning_changes_nothing():
    assert verdict_of("helps", findings=[NOTE]).decision == "helps"


def test_failure_of_one_pair_leaves_the_other():
    records = [*arm("baseline", 0.5), *failing("dropout"), *arm("linear", 0.6)]
    records += arm("elastic_net", 0.4)
    network, linear = judge(records, PROTOCOL, BINARY).comparisons
    assert (network.decision, linear.decision) == ("invalid", "helps")


def test_summaries_count_failures_and_leave_them_out_of_means():
    records = [*arm("baseline", 0.5, seeds=1), *failing("dropout", 3)]
    baseline, dropout = judge(records, PROTOCOL, BINARY).arms
    assert (baseline.name, baseline.runs, baseline.failures) == ("baseline", 1, 0)
    assert baseline.test_risk_sd is None
    assert (dropout.name, dropout.runs, dropout.failures) == ("dropout", 10, 3)
    risks = [one.test_risk for one in records if one.arm == "dropout" and one.test_risk]
    assert dropout.test_risk == pytest.approx(np.mean(risks))
    assert dropout.test_risk_sd == pytest.approx(np.std(risks, ddof=1))
    assert (dropout.train_risk, dropout.score, dropout.seconds) == pytest.approx((0.1, 0.8, 1.0))


def test_arms_stand_plainest_first():
    names = [one.name for one in verdict_of("all arms").arms]
    assert names == ["dummy", "linear", "elastic_net", "baseline", "dropout"]


def test_no_records_and_two_of_the_same_run_are_refused():
    with pytest.raises(InputError, match="no records"):
        judge([], PROTOCOL, BINARY)
    with pytest.raises(InputError, match="arm 'dropout' at seed 0"):
        judge([*arm("dropout", 0.4), *arm("dropout", 0.4, seeds=1)], PROTOCOL, BINARY)


def test_word_and_recommendation_agree_where_a_lower_risk_is_luck():
    """Ahead of the dummy on test rows by chance, and by less than the margin on its own rows."""
    lucky = arm("elastic_net", 0.66, 0.685, spread=0.2)
    verdict = judge([*dummy(), *arm("linear", 0.9), *lucky], PROTOCOL, BINARY)
    assert (verdict.decision, verdict.recommended) == ("nothing learnt", "dummy")


def scored(name, risk, score, *, spread=0.02):
    records = arm(name, risk)
    own = spread * np.random.default_rng(len(name)).normal(size=SEEDS)
    return [
        replace(one, test_score=score + float(noise))
        for one, noise in zip(records, own - own.mean(), strict=True)
    ]


def test_measures_that_disagree_are_said_for_the_choice_and_for_the_pair():
    records = [*dummy(test_score=0.6), *scored("elastic_net", 0.55, 0.829)]
    (remark,) = judge([*records, *scored("baseline", 0.45, 0.757)], PROTOCOL, BINARY).remarks
    assert "the elastic net is right more often, on 82.9 % against 75.7 % of new rows" in remark
    pair = [*scored("baseline", 0.5, 0.8), *scored("dropout", 0.4, 0.7)]
    (found,) = judge([*records, *pair], PROTOCOL, BINARY).comparisons
    assert found.decision == "helps"
    assert "its accuracy is 10.0 points lower" in found.sentence
    agreeing = [*scored("baseline", 0.5, 0.7), *scored("dropout", 0.4, 0.8)]
    assert judge([*dummy(), *agreeing], PROTOCOL, BINARY).remarks == ()


@pytest.mark.parametrize(("linear", "chosen"), [(0.395, "elastic_net"), (0.2, "linear")])
def test_a_model_without_one_solution_gives_way_to_the_penalised_one(linear, chosen):
    penalised = arm("elastic_net", 0.4)
    plain = arm("linear", linear, details={"minimum_norm": True})
    assert judge([*dummy(), *plain, *penalised], PROTOCOL, BINARY).recommended == chosen
    plain = arm("linear", linear, details={"minimum_norm": False})
    assert judge([*dummy(), *plain, *penalised], PROTOCOL, BINARY).recommended == "linear"


@pytest.mark.parametrize(
    ("records", "findings"),
    [
        (arm("linear", 0.4), [LEAK]),
        (failing("linear", failures=SEEDS), []),
        ([*networks(0.5, 0.4), *arm("linear", 0.4), *failing("elastic_net")], []),
    ],
    ids=["leak without a pair", "nothing succeeded", "second pair failed"],
)
def test_data_and_runs_that_fail_end_with_exit_code_1(records, findings):
    assert judge(records, PROTOCOL, BINARY, findings).exit_code == 1
