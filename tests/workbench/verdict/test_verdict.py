import copy
import json
import math
import random
import re
from dataclasses import replace

import numpy as np
import pytest

from bridle.errors import InputError
from bridle.networks.curves import Curves
from bridle.workbench.evidence.measure import measure
from bridle.workbench.evidence.trend import still_falling
from bridle.workbench.finding import Finding
from bridle.workbench.folder.file_names import to_json
from bridle.workbench.protocol import Protocol
from bridle.workbench.record import Record
from bridle.workbench.splits import Folds, TimeFolds, seeds_of
from bridle.workbench.task import Task
from bridle.workbench.verdict.decide import decide
from bridle.workbench.verdict.verdict import judge
from bridle.workbench.verdict.wording import number

BINARY = Task("binary", ("no", "yes"))
REGRESSION = Task("regression")
SEEDS = 10
PROTOCOL = Protocol(seeds=tuple(range(SEEDS)), epochs=60)
DUMMY = 0.69  # so that the margin is 0.0138

FLAT = np.full(60, 0.4)
FALLING = 0.3 + 0.3 * np.exp(-np.arange(60) / 40)
RISING = 0.3 + 0.4 * (np.arange(60) / 30 - 0.5) ** 2

LEAK = Finding(
    "BR104 target-leak", "id", "Column 'id' gives the target away.", "Drop it.", "invalid"
)
NOTE = Finding("BR103 missing-values", "age", "Column 'age' has gaps.", "Fill them.", "warning")


def arm(name, test, train=0.1, *, spread=0.01, curve=None, seeds=SEEDS, scale=1.0, **fields):
    """One record a seed; the spread is the arm's own, with a mean of exactly zero."""
    own = np.random.default_rng(len(name)).normal(size=seeds)
    own = spread * (own - own.mean())
    records = []
    for seed in range(seeds):
        curves = None
        if curve is not None:
            noise = np.random.default_rng(seed).normal(0, 0.005, len(curve))
            values = tuple((scale * (curve + noise)).tolist())
            curves = Curves(values, values, values, values)
        risks = {"test_risk": scale * (test + float(own[seed])), "train_risk": scale * train}
        values = {"test_score": 0.8, "seconds": 1.0, "curves": curves, **risks, **fields}
        records.append(Record(name, seed, 80, 10, 10, **values))
    return records


def failing(name, failures=2, **fields):
    """An arm whose first runs fail."""
    broken = {"test_risk": None, "train_risk": None, "test_score": None, **fields}
    runs = arm(name, 0.4)
    return [Record(**{**vars(run), **broken}) for run in runs[:failures]] + runs[failures:]


def dummy(risk=DUMMY, **fields):
    return arm("dummy", risk, risk, spread=0.0, **fields)


def networks(plain, regularised, *, train=0.1, spread=0.01, curves=(None, None)):
    return [
        *dummy(),
        *arm("baseline", plain, train, spread=spread, curve=curves[0]),
        *arm("dropout", regularised, train, spread=spread, curve=curves[1]),
    ]


CATALOGUE = {
    "helps": (networks(0.5, 0.4, curves=(RISING, FLAT)), "helps"),
    "helps, though the training loss of dropout is worse": (
        [*dummy(), *arm("baseline", 0.5, 0.0), *arm("dropout", 0.4, 0.35)],
        "helps",
    ),
    "helps, and could help more": (networks(0.5, 0.4, curves=(RISING, FALLING)), "helps"),
    "helps negligibly": (networks(0.405, 0.4, spread=0.001), "helps"),
    "hurts": (networks(0.4, 0.5), "hurts"),
    "hurts, but is still learning": (networks(0.4, 0.5, curves=(FLAT, FALLING)), "hurts"),
    "hurts negligibly": (networks(0.4, 0.405, spread=0.001), "hurts"),
    "benign gap": (networks(0.4, 0.4, spread=0.003), "benign gap"),
    "no difference": (networks(0.4, 0.4, spread=0.003, train=0.4), "no difference"),
    "no difference, and a gap within the margin": (
        networks(0.4, 0.4, spread=0.003, train=0.395),
        "no difference",
    ),
    "no difference at all": (networks(0.4, 0.4, spread=0.0, train=0.4), "no difference"),
    "inconclusive": (networks(0.41, 0.4, spread=0.1), "inconclusive"),
    "underfits, dropout behind": (networks(0.4, 0.52, curves=(FALLING, FALLING)), "underfits"),
    "underfits, dropout ahead": (networks(0.52, 0.4, curves=(FALLING, FALLING)), "underfits"),
    "underfits, level": (
        networks(0.41, 0.4, spread=0.1, curves=(FALLING, FALLING)),
        "underfits",
    ),
    "learns its training rows by heart": (networks(0.8, 0.72), "nothing learnt"),
    "learns its training rows by heart, and the classes": (
        [
            *dummy(test_score=0.5),
            *arm("baseline", 0.8, test_score=0.8),
            *arm("dropout", 0.72, test_score=0.8),
        ],
        "helps",
    ),
    "may have learnt": (
        [*dummy(), *arm("baseline", 0.66, spread=0.2), *arm("dropout", 0.62, spread=0.2)],
        "inconclusive",
    ),
    "elastic net learns, networks do not": (
        [*networks(0.8, 0.72), *arm("linear", 0.6), *arm("elastic_net", 0.4)],
        "helps",
    ),
    "one epoch": (networks(0.66, 0.67, train=0.65, curves=(FLAT[:1], FLAT[:1])), "underfits"),
    "three epochs, level": (
        networks(0.4, 0.5, curves=(FLAT[:3], FLAT[:3])),
        "underfits",
    ),
    "learns nothing": (networks(0.7, 0.69, train=0.685), "nothing learnt"),
    "learns nothing, dummy unknown": (
        networks(0.8, 0.69, train=0.685)[SEEDS:],
        "helps",
    ),
    "only the worse arm learns nothing": (
        [*dummy(), *arm("baseline", 0.4), *arm("dropout", 0.69, 0.69)],
        "hurts",
    ),
    "only the better arm learns nothing": (
        [*dummy(), *arm("baseline", 0.9), *arm("dropout", 0.69, 0.69)],
        "nothing learnt",
    ),
    "dropout failed": ([*dummy(), *arm("baseline", 0.5), *failing("dropout")], "invalid"),
    "baseline failed": (
        [*dummy(), *failing("baseline", failure="The loss became NaN."), *arm("dropout", 0.5)],
        "invalid",
    ),
    "risk is not finite": (
        [*arm("baseline", 0.5), *failing("dropout", 1, test_risk=math.inf, train_risk=0.1)],
        "invalid",
    ),
    "everything failed": (
        [*failing("baseline", SEEDS), *failing("dropout", SEEDS, failure="No memory.")],
        "invalid",
    ),
    "two splits": (
        [*arm("baseline", 0.5, seeds=2, spread=0.0), *arm("dropout", 0.4, seeds=2, spread=0.0)],
        "helps",
    ),
    "one split": ([*arm("baseline", 0.5, seeds=1), *arm("dropout", 0.4, seeds=1)], "invalid"),
    "one shared split": ([*arm("baseline", 0.5), *arm("dropout", 0.4, seeds=1)], "invalid"),
    "one arm": ([*dummy(), *arm("baseline", 0.5)], "no comparison"),
    "elastic net alone helps": (
        [*dummy(), *arm("linear", 0.6), *arm("elastic_net", 0.4)],
        "helps",
    ),
    "all arms": (
        [*networks(0.5, 0.417), *arm("linear", 0.65), *arm("elastic_net", 0.44)],
        "helps",
    ),
    "dropout helps, elastic net hurts": (
        [*networks(0.5, 0.417), *arm("linear", 0.44), *arm("elastic_net", 0.5)],
        "helps",
    ),
}


@pytest.fixture(params=CATALOGUE, ids=lambda name: name.replace(" ", "-"))
def case(request):
    return CATALOGUE[request.param]


def verdict_of(name, **arguments):
    return judge(CATALOGUE[name][0], PROTOCOL, BINARY, **arguments)


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


def test_words_are_sentences_that_name_the_arms(case):
    records, _ = case
    verdict = judge(records, PROTOCOL, BINARY)
    for text in (
        verdict.headline,
        verdict.estimand,
        *(one.sentence for one in verdict.comparisons),
    ):
        assert re.fullmatch(r"[A-Z0-9].*\.", text)
        assert not re.search(r"  |\.\.|nan|None|(?<!elastic)_|e[+-]\d", text)
    for one in verdict.comparisons:
        assert one.regularised.replace("_", " ") in one.sentence.lower()


def test_verdict_is_json(case):
    records, decision = case
    verdict = judge(records, PROTOCOL, BINARY, [NOTE], {"dropout": "no backend"})
    fields = json.loads(to_json(verdict.to_dict()))
    assert fields["decision"] == decision
    assert fields["checks"][0]["column"] == "age"
    assert fields["skipped"] == {"dropout": "no backend"}
    for read, one in zip(fields["comparisons"], verdict.comparisons, strict=True):
        assert read["difference"] == one.difference
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
    if one.interval is not None:
        np.testing.assert_allclose(
            (other.difference, other.interval.low, other.interval.high),
            (-one.difference, -one.interval.high, -one.interval.low),
            atol=1e-15,
        )


def test_difference_is_paired_by_seed():
    """A level that both arms share on a split cancels."""
    shared = 10 * np.random.default_rng(0).normal(size=SEEDS)
    records = [
        Record(**{**vars(one), "test_risk": one.test_risk + shared[one.seed] + 100})
        for one in networks(0.5, 0.4, spread=0.001)
        if one.arm != "dummy"
    ]
    (comparison,) = judge(records, Protocol(margin_share=0.0), BINARY).comparisons
    assert comparison.decision == "helps"
    assert comparison.difference == pytest.approx(0.1)


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


@pytest.mark.parametrize(("others", "words"), [(0, ""), (1, " (and 1 more)"), (2, " (and 2 more)")])
def test_headline_gives_the_first_objection_and_counts_the_others(others, words):
    more = [replace(LEAK, message=f"Another {number}.") for number in range(others)]
    verdict = verdict_of("helps", findings=[NOTE, LEAK, *more])
    assert verdict.headline == f"No verdict: Column 'id' gives the target away{words}. Drop it."


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ((), ""),
        (("max_norm",), "; 1 more pair is compared in the report"),
        (("max_norm", "weight_decay"), "; 2 more pairs are compared in the report"),
    ],
)
def test_headline_tells_two_pairs_and_counts_the_others(names, words):
    records = [*CATALOGUE["all arms"][0], *(one for name in names for one in arm(name, 0.6))]
    headline = judge(records, PROTOCOL, BINARY).headline
    assert headline.count("more pair") == bool(names)
    assert words in headline
    assert headline.count(" helped") == 2


def test_headline_repeats_no_finding_that_differs():
    assert " too" in verdict_of("all arms").headline
    assert " too" not in verdict_of("dropout helps, elastic net hurts").headline


def test_estimand_tells_the_rows_of_each_part():
    assert "(80 training, 10 validation and 10 test rows)" in verdict_of("helps").estimand


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
    assert verdict.headline == "No verdict: Column 'id' gives the target away. Drop it."
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


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("helps", ["Dropout helped: log loss 0.1 lower", "95 % interval", "10 paired splits"]),
        ("helps, and could help more", ["last of 60 epochs", "--epochs 240 may widen"]),
        ("hurts, but is still learning", ["--epochs 240 may narrow"]),
        ("underfits, dropout behind", ["does not pay yet", "0.12 higher", "--epochs 240"]),
        ("underfits, dropout ahead", ["dropout is ahead so far", "0.12 lower", "--epochs 240"]),
        ("learns nothing", ["Nothing was learnt that dropout could help or hurt"]),
        ("may have learnt", ["neither it nor the baseline network is yet shown to predict"]),
        ("one epoch", ["too few to judge dropout", "from 4 epochs on", "0.01 higher"]),
        ("inconclusive", ["anything from", "higher to", "this table cannot settle it"]),
        ("dropout failed", ["2 of 10 runs of dropout failed, the first at seed 0"]),
        ("baseline failed", ["(The loss became NaN)"]),
        ("everything failed", ["all 10 runs of dropout failed"]),
        ("one shared split", ["share 1 split"]),
    ],
)
def test_sentence_says_what_matters(name, words):
    (comparison,) = verdict_of(name).comparisons
    assert [word for word in words if word not in comparison.sentence] == []


@pytest.mark.parametrize("decision", ["helps", "hurts"])
def test_no_pair_speaks_where_no_arm_beats_the_dummy(decision):
    """A network that learns noise by heart loses more: that is no help."""
    networks_ = networks(0.9, 0.72) if decision == "helps" else networks(0.72, 0.9)
    ruined = [*arm("linear", 1.5), *arm("elastic_net", 0.69)]
    verdict = judge([*networks_, *ruined], PROTOCOL, BINARY)
    assert verdict.decision == "nothing learnt"
    assert {one.decision for one in verdict.comparisons} == {"nothing learnt"}
    assert not re.search(r"helped|hurt:|Use (dropout|the elastic)", verdict.headline)
    assert verdict.headline.startswith("Nothing to learn was found: no model is shown")
    assert verdict.recommended == "dummy"
    words = "The closest is the elastic net, with log loss 0"
    assert words in verdict.headline.replace("equal to", "0")


def test_word_and_recommendation_agree_where_a_lower_risk_is_luck():
    """Ahead of the dummy on test rows by chance, and by less than the margin on its own rows."""
    lucky = arm("elastic_net", 0.66, 0.685, spread=0.2)
    verdict = judge([*dummy(), *arm("linear", 0.9), *lucky], PROTOCOL, BINARY)
    assert (verdict.decision, verdict.recommended) == ("nothing learnt", "dummy")


def test_first_pair_that_learnt_speaks_first():
    verdict = verdict_of("elastic net learns, networks do not")
    assert [one.decision for one in verdict.comparisons] == ["nothing learnt", "helps"]
    assert verdict.headline.startswith("The elastic net helped")
    assert verdict.recommended == "elastic_net"


def scored(name, risk, score, *, spread=0.02):
    records = arm(name, risk)
    own = spread * np.random.default_rng(len(name)).normal(size=SEEDS)
    return [
        replace(one, test_score=score + float(noise))
        for one, noise in zip(records, own - own.mean(), strict=True)
    ]


def test_measures_that_disagree_are_said_for_the_choice_and_for_the_pair():
    records = [*dummy(test_score=0.6), *scored("elastic_net", 0.55, 0.829)]
    headline = judge([*records, *scored("baseline", 0.45, 0.757)], PROTOCOL, BINARY).headline
    assert "by accuracy the elastic net is better, 82.9 % against 75.7 %" in headline
    pair = [*scored("baseline", 0.5, 0.8), *scored("dropout", 0.4, 0.7)]
    (found,) = judge([*records, *pair], PROTOCOL, BINARY).comparisons
    assert found.decision == "helps"
    assert "its accuracy is 10.0 points lower" in found.sentence
    agreeing = [*scored("baseline", 0.5, 0.7), *scored("dropout", 0.4, 0.8)]
    assert "disagree" not in judge([*dummy(), *agreeing], PROTOCOL, BINARY).headline


@pytest.mark.parametrize(("linear", "chosen"), [(0.395, "elastic_net"), (0.2, "linear")])
def test_a_model_without_one_solution_gives_way_to_the_penalised_one(linear, chosen):
    penalised = arm("elastic_net", 0.4)
    plain = arm("linear", linear, details={"minimum_norm": True})
    assert judge([*dummy(), *plain, *penalised], PROTOCOL, BINARY).recommended == chosen
    plain = arm("linear", linear, details={"minimum_norm": False})
    assert judge([*dummy(), *plain, *penalised], PROTOCOL, BINARY).recommended == "linear"


def test_one_epoch_is_said_in_words():
    headline = judge(CATALOGUE["one epoch"][0], replace(PROTOCOL, epochs=1), BINARY).headline
    assert "1 epoch is too few to judge dropout" in headline
    assert "so try --epochs 15" in headline


def test_advice_names_the_seeds_that_would_settle_it():
    records = networks(0.415, 0.4, spread=0.012)
    (found,) = judge(records, PROTOCOL, BINARY).comparisons
    splits = found.power.splits_to_settle
    assert found.decision == "inconclusive"
    assert found.seeds_to_settle == splits
    assert f"about {splits - 10} more splits would settle it: --seeds {splits}" in found.sentence
    folds = Folds(5)
    protocol = replace(PROTOCOL, splits=folds, seeds=seeds_of(folds, 2))
    (found,) = judge(records, protocol, BINARY).comparisons
    assert found.seeds_to_settle == math.ceil(splits / 5)


def test_splits_in_time_are_never_advised_more_seeds():
    splits = TimeFolds(10)
    protocol = replace(PROTOCOL, splits=splits, seeds=seeds_of(splits))
    for name in ("inconclusive", "may have learnt"):
        verdict = judge(CATALOGUE[name][0], protocol, BINARY)
        assert "--seeds" not in verdict.headline
        assert verdict.comparisons[0].power.splits_to_settle is None
    assert "this table cannot settle it" in verdict_in_time("inconclusive", protocol)


def verdict_in_time(name, protocol):
    return judge(CATALOGUE[name][0], protocol, BINARY).headline


def test_headline_tells_the_pairs_and_the_arm_to_use():
    headline = verdict_of("all arms").headline
    assert headline.startswith("Dropout helped: log loss 0.083 lower than the baseline network's (")
    assert "; the elastic net helped too: log loss 0.21 lower than the unpenalised" in headline
    assert headline.endswith(" Use dropout.")


def test_headline_without_a_pair_says_what_did_not_run():
    verdict = verdict_of("one arm", skipped={"dropout": "Keras is not installed."})
    assert "dropout did not run (Keras is not installed)" in verdict.headline


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (0.0833333, "0.0833"),
        (-0.21, "-0.21"),
        (0.9996, "1"),
        (100.0, "100"),
        (12.345, "12.3"),
        (1234.5, "1,230"),
        (999.7, "1,000"),
        (2.5e7, "2.5e+07"),
        (1.234e-6, "1.23e-06"),
    ],
)
def test_numbers_have_three_significant_digits(value, text):
    assert number(value) == text


def decay(epochs, left):
    """A loss that starts at 2 and ends `left` above its asymptote of 1."""
    return 1 + np.exp(np.log(left) * np.arange(epochs) / (epochs - 1))


EPOCHS = np.arange(30)


@pytest.mark.parametrize(
    ("curve", "falling"),
    [
        *[(decay(epochs, 0.1), True) for epochs in (4, 5, 15, 60, 200)],
        (2 - 0.02 * EPOCHS, True),
        (np.array([2.0, 1.5]), True),
        (decay(60, 1e-4), False),
        (decay(15, 1e-4), False),
        (np.full(30, 1.0), False),
        (1 + 0.02 * EPOCHS, False),
        (1 + (EPOCHS / 10 - 1) ** 2, False),
        (np.where(EPOCHS == 29, 0.5, 1.0), True),
        (np.array([1.0]), False),
        (np.append(decay(59, 0.1), np.nan), False),
        (0.002 * np.exp(-EPOCHS / 10.0), False),
    ],
)
@pytest.mark.parametrize("noise", [0.0, 0.02])
def test_trend_is_that_of_the_curve_and_not_of_its_noise(curve, falling, noise):
    rng = np.random.default_rng(1)
    records = [
        Record(
            "dropout", seed, 80, 10, 10, 0.4, 0.4, 0.8, 1.0, Curves(values, values, values, values)
        )
        for seed in range(10)
        if (values := tuple((curve + noise * rng.normal(size=len(curve))).tolist()))
    ]
    assert still_falling(records, 2.0, PROTOCOL) is falling
    assert not still_falling(records[:1], 2.0, PROTOCOL)


def test_noise_alone_rarely_looks_like_a_trend():
    rng = np.random.default_rng(2)
    found = 0
    for _ in range(200):
        records = [
            Record("dropout", seed, 80, 10, 10, 0.4, 0.4, 0.8, 1.0, Curves(v, v, v, v))
            for seed, v in enumerate((1 + 0.3 * rng.normal(size=(10, 15))).tolist())
        ]
        found += still_falling(records, 1.0, PROTOCOL)
    assert found <= 10


def test_loss_well_below_the_dummy_still_counts_as_falling():
    curve = 0.1 + 0.2 * np.exp(-np.arange(15) / 6)
    assert still_falling(arm("baseline", 0.1, curve=curve, scale=1.0), DUMMY, PROTOCOL)


def test_loss_that_nears_zero_does_not_fall_for_ever():
    curve = np.exp(-np.arange(60) / 4.0)
    records = [
        Record(**{**vars(one), "curves": Curves((), (), tuple(curve.tolist()), ())})
        for one in arm("baseline", 0.1)
    ]
    assert not still_falling(records, DUMMY, PROTOCOL)


def test_headline_says_that_one_loss_was_still_falling():
    verdict = judge(networks(0.4, 0.5, curves=(FLAT, FALLING)), PROTOCOL, BINARY)
    assert "still falling" in verdict.headline
    assert f"--epochs {4 * PROTOCOL.epochs}" in verdict.headline


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
