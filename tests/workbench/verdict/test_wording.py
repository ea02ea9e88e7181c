"""Laws of the words of a verdict: what is told, in which order, and of how many."""

import math
import re
from dataclasses import replace

import pytest
from tests.workbench.verdict.cases import (
    BINARY,
    CATALOGUE,
    FALLING,
    FLAT,
    LEAK,
    NOTE,
    PROTOCOL,
    arm,
    networks,
    verdict_of,
)

from bridle.workbench.splits import Folds, TimeFolds, seeds_of
from bridle.workbench.verdict.recommendation import NOTHING_LEARNT
from bridle.workbench.verdict.verdict import judge
from bridle.workbench.verdict.wording import number


@pytest.fixture(params=CATALOGUE, ids=lambda name: name.replace(" ", "-"))
def case(request):
    return CATALOGUE[request.param]


def test_words_are_sentences_that_name_the_arms(case):
    records, _ = case
    verdict = judge(records, PROTOCOL, BINARY)
    for text in (
        verdict.headline,
        verdict.estimand,
        *(one.sentence for one in verdict.comparisons),
    ):
        assert re.fullmatch(r"[A-Z0-9].*\.", text)
        text = text.replace("compare(..., ", "compare(")
        assert not re.search(r"  |\.\.|nan|None|(?<!elastic)_|e[+-]\d", text)
    for one in verdict.comparisons:
        assert one.regularised.replace("_", " ") in one.sentence.lower()


@pytest.mark.parametrize(
    ("others", "words"),
    [
        (0, ""),
        (1, "; 1 more reason in the checks"),
        (2, "; 2 more reasons in the checks"),
    ],
)
def test_headline_gives_the_first_objection_and_counts_the_others(others, words):
    more = [replace(LEAK, message=f"Another {number}.") for number in range(others)]
    verdict = verdict_of("helps", findings=[NOTE, LEAK, *more])
    assert verdict.headline == f"No verdict: Column 'id' gives the target away{words}."


def test_estimand_tells_the_rows_of_each_part():
    assert "(80 training, 10 validation and 10 test rows)" in verdict_of("helps").estimand


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (
            "helps",
            ["Dropout helped the plain network (change in log loss -0.1", "95 % interval -0.1"],
        ),
        ("helps, and could help more", ["last of 60 epochs", "epochs=240) may widen"]),
        ("hurts, but is still learning", ["epochs=240) may narrow"]),
        (
            "underfits, dropout behind",
            ["does not pay yet", "loss +0.12", "epochs=240)"],
        ),
        (
            "underfits, dropout ahead",
            ["dropout is ahead so far", "loss -0.12", "epochs=240)"],
        ),
        ("learns nothing", ["There was nothing that dropout could help or hurt"]),
        ("may have learnt", ["neither it nor the plain network is yet shown to predict"]),
        ("one epoch", ["too few to judge dropout", "from 4 epochs on", "loss +0.01"]),
        (
            "inconclusive",
            ["It is open whether dropout helps (", " to +", "this table cannot settle it"],
        ),
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
    assert verdict.headline == NOTHING_LEARNT.sentence
    assert verdict.recommended == "dummy"


def test_first_pair_that_learnt_speaks_first():
    verdict = verdict_of("elastic net learns, networks do not")
    assert [one.decision for one in verdict.comparisons] == ["nothing learnt", "helps"]
    assert verdict.headline == "Use the elastic net."
    assert verdict.recommended == "elastic_net"


def test_one_epoch_is_said_in_words():
    (found,) = judge(CATALOGUE["one epoch"][0], replace(PROTOCOL, epochs=1), BINARY).comparisons
    assert "1 epoch is too few to judge dropout" in found.sentence
    assert "so try compare(..., epochs=15)" in found.sentence


def test_advice_names_the_seeds_that_would_settle_it():
    records = networks(0.415, 0.4, spread=0.012)
    (found,) = judge(records, PROTOCOL, BINARY).comparisons
    splits = found.power.splits_to_settle
    assert found.decision == "inconclusive"
    assert found.seeds_to_settle == splits
    assert (
        f"about {splits - 10} more splits would settle it: compare(..., seeds={splits})"
        in found.sentence
    )
    folds = Folds(5)
    protocol = replace(PROTOCOL, splits=folds, seeds=seeds_of(folds, 2))
    (found,) = judge(records, protocol, BINARY).comparisons
    assert found.seeds_to_settle == math.ceil(splits / 5)


def test_splits_in_time_are_never_advised_more_seeds():
    splits = TimeFolds(10)
    protocol = replace(PROTOCOL, splits=splits, seeds=seeds_of(splits))
    for name in ("inconclusive", "may have learnt"):
        verdict = judge(CATALOGUE[name][0], protocol, BINARY)
        assert "seeds=" not in verdict.comparisons[0].sentence
        assert verdict.comparisons[0].power.splits_to_settle is None
        assert "this table cannot settle it" in verdict.comparisons[0].sentence


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("helps", "Use dropout."),
        ("hurts", "Use the plain network. Dropout makes the plain network worse."),
        (
            "hurts negligibly",
            "Use the plain network. Dropout makes the plain network worse, but by too little to matter.",
        ),
        (
            "no difference",
            "Use the plain network. Dropout made no difference worth having.",
        ),
        (
            "inconclusive",
            "Use the plain network: no other is clearly better. Whether dropout helps is still open.",
        ),
        (
            "underfits, dropout behind",
            "For now, use the plain network. Training was too short to judge dropout: train longer.",
        ),
        ("learns nothing", NOTHING_LEARNT.sentence),
        ("dropout failed", "Use the plain network. Dropout could not be judged."),
        ("all arms", "Use dropout."),
        (
            "dropout hurts, elastic net helps",
            "Use the plain network. Dropout makes the plain network worse; the elastic net improves "
            "the plain linear model.",
        ),
    ],
)
def test_headline_is_what_to_use_and_what_regularisation_did(name, words):
    assert verdict_of(name).headline == words


def test_headline_names_arms_of_the_same_result_together():
    more = [*arm("max_norm", 0.6), *arm("weight_decay", 0.6)]
    records = [*CATALOGUE["hurts"][0], *more]
    headline = judge(records, PROTOCOL, BINARY).headline
    assert headline.endswith("Dropout, weight decay and max norm make the plain network worse.")


def test_headline_has_no_number_in_brackets(case):
    assert not re.search(r"[(][^)]*\d", judge(case[0], PROTOCOL, BINARY).headline)


def test_headline_without_a_pair_says_what_did_not_run():
    verdict = verdict_of("one arm", skipped={"dropout": "Keras is not installed."})
    assert "dropout did not run, since Keras is not installed" in verdict.headline


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


def test_sentence_says_that_one_loss_was_still_falling():
    verdict = judge(networks(0.4, 0.5, curves=(FLAT, FALLING)), PROTOCOL, BINARY)
    assert "still falling" in verdict.comparisons[0].sentence
    assert f"epochs={4 * PROTOCOL.epochs}" in verdict.comparisons[0].sentence


def test_where_only_the_constant_is_open_the_advice_is_more_splits_than_there_are():
    wide, narrow = arm("dummy", 5.0, spread=2.0, seeds=2), {"spread": 0.001, "seeds": 2}
    records = [*wide, *arm("baseline", 0.401, **narrow), *arm("dropout", 0.4, **narrow)]
    (found,) = judge(records, replace(PROTOCOL, seeds=(0, 1)), BINARY).comparisons
    assert found.decision == "inconclusive"
    assert found.power.splits_to_settle == 2
    assert found.seeds_to_settle == 4
    assert "more splits may settle it: compare(..., seeds=4)" in found.sentence
