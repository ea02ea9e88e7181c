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
        assert not re.search(r"  |\.\.|nan|None|(?<!elastic)_|e[+-]\d", text)
    for one in verdict.comparisons:
        assert one.regularised.replace("_", " ") in one.sentence.lower()


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


def test_first_pair_that_learnt_speaks_first():
    verdict = verdict_of("elastic net learns, networks do not")
    assert [one.decision for one in verdict.comparisons] == ["nothing learnt", "helps"]
    assert verdict.headline.startswith("The elastic net helped")
    assert verdict.recommended == "elastic_net"


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


def test_headline_says_that_one_loss_was_still_falling():
    verdict = judge(networks(0.4, 0.5, curves=(FLAT, FALLING)), PROTOCOL, BINARY)
    assert "still falling" in verdict.headline
    assert f"--epochs {4 * PROTOCOL.epochs}" in verdict.headline
