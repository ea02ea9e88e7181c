"""What would settle a comparison, why arms are not compared, and the words on findings."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import numpy as np
import pytest
from tests.workbench.verdict.cases import BINARY, DUMMY, LEAK, PROTOCOL, SEEDS, arm, dummy, failing

from bridle.workbench.evidence.intervals.corrected_interval import Interval
from bridle.workbench.evidence.intervals.power import MOST_SPLITS, Power
from bridle.workbench.evidence.measure import Evidence, measure
from bridle.workbench.finding import Finding
from bridle.workbench.splits import Folds
from bridle.workbench.verdict import decide
from bridle.workbench.verdict.verdict import judge

LESS = Interval(-0.3, -0.5, -0.1, 0.1)
MORE = Interval(0.3, 0.1, 0.5, 0.1)


@dataclass(frozen=True)
class Seen:
    """The results of two arms, as far as a decision asks for them."""

    unit: str = "split"
    count: int = 10
    levels: tuple[float, float] = (0.5, 0.5)
    fewest: int = 2

    def means(self, which):
        return np.array([self.levels[which]])

    def power(self, change, margin, confidence):
        return Power(0.1, 0.8, 30)


@pytest.mark.parametrize(
    ("decision", "unit", "count", "settled", "expected"),
    [
        ("inconclusive", "split", 10, None, None),
        ("inconclusive", "split", 10, 30, 30),
        ("inconclusive", "split", 10, 11, 11),
        ("inconclusive", "split", 10, 10, 20),
        ("inconclusive", "split", 10, 3, 20),
        ("inconclusive", "split", 70, 3, MOST_SPLITS),
        ("inconclusive", "split", MOST_SPLITS - 1, 3, MOST_SPLITS),
        ("inconclusive", "split", MOST_SPLITS, 3, None),
        ("inconclusive", "seed", 10, 3, 3),
        ("helps", "split", 10, 3, 3),
        ("helps", "split", 10, 30, 30),
    ],
)
def test_a_comparison_that_is_exact_enough_needs_twice_the_splits(
    decision, unit, count, settled, expected
):
    power = Power(0.1, 0.8, settled)
    assert decide._settling(decision, power, Seen(unit, count)) == expected
    assert decide._settling(decision, None, Seen(unit, count)) is None


@pytest.mark.parametrize("unit", ["seed", "split"])
@pytest.mark.parametrize("protocol", [PROTOCOL, replace(PROTOCOL, splits=Folds(5))])
def test_random_splits_and_seeds_can_become_more(unit, protocol):
    found = decide._power(Evidence("a", "b", Seen(unit), 1.0), protocol, LESS, 0.95, 0.01)
    assert found.splits_to_settle == 30
    assert decide._draws(unit, 30, protocol) == (30 if unit == "seed" else protocol.draws_of(30))
    assert decide._draws(unit, None, protocol) is None


def test_splits_in_time_cannot_become_more():
    from bridle.workbench.splits import TimeFolds

    protocol = replace(PROTOCOL, splits=TimeFolds(3), seeds=(0, 1, 2))
    for unit, expected in (("split", None), ("seed", 30)):
        found = decide._power(Evidence("a", "b", Seen(unit), 1.0), protocol, LESS, 0.95, 0.01)
        assert found == Power(0.1, 0.8, expected)


@pytest.mark.parametrize(
    ("change", "levels", "word"),
    [
        (LESS, (0.5, DUMMY), "nothing learnt"),
        (LESS, (DUMMY, 0.5), "inconclusive"),
        (MORE, (0.5, DUMMY), "inconclusive"),
        (MORE, (DUMMY, 0.5), "nothing learnt"),
        (Interval(0.0, -0.1, 0.1, 0.05), (DUMMY, 0.5), "nothing learnt"),
        (LESS, (0.5, DUMMY - 0.01), "nothing learnt"),
        (LESS, (0.5, DUMMY - 0.02), "inconclusive"),
    ],
)
def test_the_better_arm_decides_whether_anything_was_learnt(change, levels, word):
    evidence = Evidence("a", "b", Seen(levels=levels), DUMMY, dummy_risk=DUMMY, beat_dummy=())
    assert decide._decision(evidence, PROTOCOL, change, 0.0138) == word


@pytest.mark.parametrize(
    ("plain", "regularised", "words"),
    [
        (arm("baseline", 0.5), failing("dropout", 3), "3 of 10 runs of dropout failed"),
        (failing("baseline", SEEDS), arm("dropout", 0.5), "all 10 runs of baseline failed"),
        (arm("baseline", 0.5)[:3], arm("dropout", 0.4)[3:], "the arms share no split"),
        (arm("baseline", 0.5)[:3], arm("dropout", 0.4)[2:], "the arms share 1 split,"),
        (arm("baseline", 0.5)[:3], arm("dropout", 0.4)[1:], ""),
    ],
)
def test_why_arms_cannot_be_compared(plain, regularised, words):
    found = measure(plain, regularised, PROTOCOL, BINARY, DUMMY)
    assert found.failures[: len(words)] == words
    assert bool(found.failures) == bool(words)


def finding(number, severity="invalid"):
    return Finding(
        f"BR20{number} leak", f"c{number}", f"Column c{number} leaks.", f"Drop c{number}.", severity
    )


@pytest.mark.parametrize(
    ("findings", "words"),
    [
        ([LEAK], "Column 'id' gives the target away. Drop it"),
        ([LEAK, finding(5)], "Column 'id' gives the target away, and 1 more. Drop it"),
        ([LEAK, finding(5), finding(6)], "target away, and 2 more. Drop it"),
    ],
)
def test_a_comparison_names_the_first_objection_and_counts_the_others(findings, words):
    verdict = judge(
        [*dummy(), *arm("baseline", 0.5), *arm("dropout", 0.4)], PROTOCOL, BINARY, findings
    )
    assert words in " ".join(one.sentence for one in verdict.comparisons)
    assert (verdict.decision, verdict.exit_code) == ("invalid", 1)


def test_accepted_findings_are_named_and_no_others():
    records = [*dummy(), *arm("baseline", 0.5), *arm("dropout", 0.4)]
    kept = replace(PROTOCOL, accept=("BR104:id",))
    found = judge(records, kept, BINARY, [LEAK, finding(5, "warning")])
    assert [one for one in found.remarks if "accepted" in one] == ["accepted as meant: BR104:id"]
    assert not [one for one in judge(records, PROTOCOL, BINARY).remarks if "accepted" in one]


def test_the_first_comparison_that_learnt_something_comes_first():
    records = [
        *dummy(),
        *arm("linear", 0.8),
        *arm("elastic_net", 0.72),
        *arm("baseline", 0.5),
        *arm("dropout", 0.4),
        *arm("weight_decay", 0.45),
    ]
    found = judge(records, PROTOCOL, BINARY)
    assert found.decision == "helps"
    own = [one.regularised for one in found.comparisons if not one.rivals]
    assert sorted(own) == ["dropout", "elastic_net", "weight_decay"]
    silent = [*dummy(), *arm("linear", 0.8), *arm("elastic_net", 0.72), *arm("baseline", 0.5)]
    assert judge(silent, PROTOCOL, BINARY).decision == "nothing learnt"


def test_a_notebook_shows_the_headline_and_a_row_for_each_comparison():
    found = judge([*dummy(), *arm("baseline", 0.5), *arm("dropout", 0.4)], PROTOCOL, BINARY)
    shown = found._repr_html_()
    (comparison,) = found.comparisons
    assert found.headline in shown
    assert re.search(r"-0\.1\d*", shown)
    assert all(word in shown for word in ("<table", comparison.decision, "dropout"))
    alone = judge([*dummy(), *arm("baseline", 0.5)], PROTOCOL, BINARY)
    assert "<table" not in alone._repr_html_()
    failed = judge([*dummy(), *arm("baseline", 0.5), *failing("dropout", SEEDS)], PROTOCOL, BINARY)
    assert "–" in failed._repr_html_()
