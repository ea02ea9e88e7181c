"""Laws of the first screen: numbers to the digits that they deserve, words that anybody reads."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from tests.workbench.verdict.cases import (
    BINARY,
    CATALOGUE,
    FLAT,
    LEAK,
    PROTOCOL,
    REGRESSION,
    arm,
    dummy,
    networks,
    verdict_of,
)

from bridle.workbench.evidence.intervals.corrected_interval import Interval
from bridle.workbench.finding import Finding
from bridle.workbench.verdict.answer import answer_of
from bridle.workbench.verdict.look_at import briefs, look_at
from bridle.workbench.verdict.signed import ends_of, mean_of
from bridle.workbench.verdict.verdict import judge


def answer(verdict, **more):
    return answer_of(verdict, PROTOCOL, BINARY, subject="a.csv, 100 rows, predicting y", **more)


@pytest.mark.parametrize(
    ("interval", "mean", "ends"),
    [
        ((-0.0211, -0.0342, -0.0081), "-0.021", "-0.034 to -0.008"),
        ((-0.0018, -0.0108, 0.0072), "-0.002", "-0.011 to +0.007"),
        ((0.0, 0.0, 0.0), "0", "0 to 0"),
        ((-33.21, -128.0, 61.6), "-30", "-130 to +60"),
        ((-33.21, -93.0, 26.6), "-33", "-93 to +27"),
        ((1234.5, 1200.0, 1269.0), "+1,234", "+1,200 to +1,269"),
        ((-0.5, -1.0, -0.004), "-0.500", "-1.000 to -0.004"),
        ((1e-9, -1e-9, 3e-9), "+1e-09", "-1e-09 to +3e-09"),
        ((0.25, 0.25, 0.25), "+0.25", "+0.25 to +0.25"),
    ],
)
def test_changes_have_a_sign_and_the_digits_of_their_interval(interval, mean, ends):
    found = Interval(*interval, 0.0)
    assert (mean_of(found), ends_of(found)) == (mean, ends)


@pytest.mark.parametrize("name", CATALOGUE)
def test_first_screen_of_every_verdict_can_be_read_by_anybody(name):
    found = answer(verdict_of(name))
    texts = [found.headline, found.scores, found.next_step, *found.look_at]
    texts += [text for line in found.lines for text in (line.name, line.compared_with, line.word)]
    for text in texts:
        assert not re.search(r"nan|None|(?<!elastic)_|the dummy|the null|risk|optimism", text)
        assert "benign gap" not in text
    for line in found.lines:
        assert re.fullmatch(r"–|0(\.0+)?|[+-].*", line.change)
    for phrase in found.look_at:
        assert phrase.count(":") <= 1


def test_recommended_arm_is_in_front():
    lines = answer(verdict_of("elastic net learns, networks do not")).lines
    assert [(one.name, one.word) for one in lines] == [
        ("elastic net", "helps"),
        ("dropout", "nothing learnt"),
    ]


def test_scores_are_in_words():
    scores = {"linear": 0.82, "elastic_net": 0.841}
    records = dummy(test_score=0.5)
    for name, risk in (("linear", 0.6), ("elastic_net", 0.4)):
        records += arm(name, risk, test_score=scores[name])
    verdict = judge(records, PROTOCOL, BINARY)
    assert verdict.scores == "It is right on 84 % of new rows; the plain linear model on 82 %."
    close = [replace(one, test_score=0.838) if one.arm == "linear" else one for one in records]
    assert (
        "84.1 % of new rows; the plain linear model on 83.8 %"
        in judge(close, PROTOCOL, BINARY).scores
    )
    of_numbers = judge(records, PROTOCOL, REGRESSION).scores
    assert of_numbers.startswith(
        "It is off by 0.632 on new rows (root mean squared error, R2 0.84)"
    )


def test_next_step_is_the_command_or_the_remedy():
    assert answer(verdict_of("helps"), following="bridle predict").next_step == "bridle predict"
    assert answer(verdict_of("helps", findings=[LEAK])).next_step == "Drop it."
    assert answer(verdict_of("learns nothing")).next_step.startswith("look for other features")


@pytest.mark.parametrize("epochs", [1, 2, 3])
@pytest.mark.parametrize("arms", ["both", "baseline", "with a linear model"])
def test_nothing_is_said_to_be_worthless_before_curves_can_show_a_trend(epochs, arms):
    """One epoch is no reason to look for other features, whatever else ran beside the networks."""
    curve = FLAT[:epochs]
    records = networks(0.7, 0.69, train=0.685, curves=(curve, curve))
    if arms == "baseline":
        records = [one for one in records if one.arm != "dropout"]
    if arms == "with a linear model":
        records = [*records, *arm("linear", 0.7), *arm("elastic_net", 0.69)]
    verdict = judge(records, replace(PROTOCOL, epochs=epochs), BINARY)
    said = "1 epoch" if epochs == 1 else f"{epochs} epochs"
    assert verdict.headline == (
        f"Too early to tell: after {said} the curves of the networks are too short to show whether "
        "they learn. Train longer: compare(..., epochs=15)."
    )
    assert verdict.recommended is None
    assert answer(verdict).next_step == verdict.scores == ""


def test_networks_that_were_still_falling_are_trained_longer_before_they_are_given_up():
    steep = tuple(0.9 - 0.01 * epoch for epoch in range(20))
    records = networks(0.72, 0.71, train=0.7, curves=(steep, steep))
    verdict = judge(records, replace(PROTOCOL, epochs=20), BINARY)
    assert verdict.decision == "underfits"
    assert (
        "were still falling when training ended, after 20 epochs. Train longer: "
        in verdict.headline
    )
    level = judge(networks(0.72, 0.71, train=0.7, curves=(FLAT, FLAT)), PROTOCOL, BINARY)
    assert level.headline.startswith("No model is worth using")


def test_questions_with_the_same_remedy_are_one_phrase():
    plain, dropped = (arm(name, 0.5, 0.1, spread=0.1) for name in ("baseline", "dropout"))
    limited = [replace(record, arm="max_norm") for record in dropped]
    verdict = judge([*dummy(), *plain, *dropped, *limited], PROTOCOL, BINARY)
    assert [one.decision for one in verdict.comparisons] == ["inconclusive"] * 2
    (phrase,) = look_at(verdict, PROTOCOL)
    assert "settle whether dropout and max norm help" in phrase


def test_findings_of_one_kind_are_one_phrase():
    def finding(code, column=None):
        return Finding(code, column, "long", "do", "warning")

    constant = [finding("BR102 constant-column", f"c{i}") for i in range(3)]
    leak = finding("BR110 likely-leak", "refund_date")
    assert briefs([constant[0], leak, *constant[1:]]) == [
        "3 constant columns were left out",
        "a column may give the target away ('refund_date')",
    ]
    assert briefs([finding("BR999 odd-thing"), finding("BR999 odd-thing")]) == ["odd thing"]


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (("ridge", "elastic_net"), "No regulariser was compared with a plain model"),
        (("ridge",), "Nothing was compared"),
    ],
)
def test_a_headline_without_a_plain_model_agrees_with_the_table(names, words):
    found = judge([*dummy(), *(run for name in names for run in arm(name, 0.4))], PROTOCOL, BINARY)
    assert f"{words}: that takes the arms" in found.headline
    assert (len(found.comparisons) > 0) == (len(names) > 1)
