"""Laws of the intervals on one fixed test set: seeds and rows, crossed."""

from __future__ import annotations

import numpy as np
import pytest
from benchmarks.crossed_coverage import DESIGNS, LIMITS, SEEDS, crossed_coverage
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from bridle.errors import InputError
from bridle.workbench.evidence.measure import Evidence
from bridle.workbench.evidence.results.fixed_test import (
    FEWEST_SEEDS,
    FixedTest,
    smallest_sign_flip,
    what_can_be_shown,
)
from bridle.workbench.protocol import Protocol
from bridle.workbench.verdict.decide import decide


def tables(rng, seeds=5, rows=40, change=0.0, of_seeds=0.1):
    """Losses of two arms, whose difference varies with the seed, the row and both."""
    plain = 1 + rng.normal(size=(seeds, 1)) + rng.normal(size=rows)
    moved = change + of_seeds * rng.normal(size=(seeds, 1)) + 0.1 * rng.normal(size=(seeds, rows))
    return plain, plain + moved


def verdict(results):
    return decide(Evidence("baseline", "dropout", results, level=1.0), Protocol())


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 9999), st.integers(2, 8), st.integers(2, 30))
def test_interval_ends_at_0_at_the_level_of_its_p_value(draw, seeds, rows):
    results = FixedTest(tables(np.random.default_rng(draw), seeds, rows, change=0.1))
    p = results.p_value()
    interval = results.change(1 - p)
    assert min(abs(interval.low), abs(interval.high)) < 1e-6 * max(1, abs(interval.mean))


@pytest.mark.parametrize("seeds", [2, 3, 7])
def test_without_rows_it_is_the_paired_t_interval(seeds):
    plain, other = (one.mean(axis=1) for one in tables(np.random.default_rng(0), seeds))
    results, oracle = FixedTest((plain, other)), stats.ttest_rel(other, plain)
    interval = results.change(0.9)
    assert (interval.low, interval.high) == pytest.approx(oracle.confidence_interval(0.9))
    assert results.p_value() == pytest.approx(oracle.pvalue)
    assert results.sources == ()


def test_runs_that_do_not_pair_are_judged_by_welch():
    rng = np.random.default_rng(1)
    plain, other = rng.normal(size=4), rng.normal(1, 3, size=7)
    results, oracle = FixedTest((plain, other), paired=False), None
    oracle = stats.ttest_ind(other, plain, equal_var=False)
    interval = results.change(0.95)
    assert (interval.low, interval.high) == pytest.approx(oracle.confidence_interval(0.95))
    assert results.p_value() == pytest.approx(oracle.pvalue)
    assert results.count == 4


def test_variance_of_the_mean_is_that_of_the_model():
    """The estimates are, on average, the true variance of the mean and once more that of both."""
    rng, studies, seeds, rows = np.random.default_rng(2), 2000, 4, 20
    d = 0.5 * rng.normal(size=(studies, seeds, 1)) + rng.normal(size=(studies, 1, rows))
    d += 2 * rng.normal(size=(studies, seeds, rows))
    errors = [FixedTest((0 * one, one)).change(0.9).standard_error for one in d]
    true = 0.25 / seeds + 1 / rows + 4 / (seeds * rows)
    assert np.mean(np.square(errors)) == pytest.approx(true + 4 / (seeds * rows), rel=0.05)
    assert d.mean(axis=(1, 2)).var() == pytest.approx(true, rel=0.1)


def test_shares_are_those_of_the_model():
    rng, seeds, rows = np.random.default_rng(3), 40, 4000
    d = rng.normal(size=(seeds, 1)) + 10 * rng.normal(size=rows) + rng.normal(size=(seeds, rows))
    found = {one.name: one.share for one in FixedTest((0 * d, d)).sources}
    parts = np.array([1 / seeds, 100 / rows, 1 / (seeds * rows)])
    assert list(found.values()) == pytest.approx(parts / parts.sum(), abs=0.1)
    assert list(found) == ["training seeds", "test rows", "the interplay of both"]
    assert sum(found.values()) == pytest.approx(1)


@pytest.mark.parametrize("paired", [True, False])
def test_swapping_the_arms_flips_the_sign(paired):
    plain, other = tables(np.random.default_rng(4), change=0.3)
    one, two = (FixedTest(pair, paired) for pair in ((plain, other), (other, plain)))
    there, back = one.change(0.95), two.change(0.95)
    assert (there.low, there.high) == pytest.approx((-back.high, -back.low))
    assert [source.share for source in one.sources] == pytest.approx(
        [source.share for source in two.sources]
    )


def test_pairing_by_seed_narrows_the_interval_where_seeds_matter_to_both():
    pair = tables(np.random.default_rng(5))
    paired, unpaired = (FixedTest(pair, one).change(0.95) for one in (True, False))
    assert paired.mean == pytest.approx(unpaired.mean)
    assert paired.standard_error < unpaired.standard_error / 2


@pytest.mark.parametrize("seeds", [2, 3, 4, 5, 6])
@pytest.mark.parametrize("change", [-3.0, 0.0, 3.0])
def test_few_seeds_claim_nothing_whatever_they_show(seeds, change):
    results = FixedTest(tables(np.random.default_rng(6), seeds, change=change, of_seeds=1e-3))
    found = verdict(results)
    words = {-3.0: "helps", 3.0: "hurts"}
    if seeds < FEWEST_SEEDS:
        assert found.decision == "inconclusive"
        assert found.change.mean == pytest.approx(change, abs=0.1)
    else:
        assert found.decision == words.get(change, found.decision)


def test_one_seed_is_no_evidence():
    found = verdict(FixedTest(tables(np.random.default_rng(7), seeds=1)))
    assert (found.decision, found.change, found.p_value) == ("invalid", None, None)


def test_equal_arms_make_no_difference():
    plain, _ = tables(np.random.default_rng(8), seeds=6)
    found = verdict(FixedTest((plain, plain)))
    assert (found.decision, found.p_value, found.sources) == ("no difference", 1.0, ())


def test_more_seeds_settle_what_seeds_leave_open_and_rows_the_rest():
    rng = np.random.default_rng(9)
    of_seeds = np.array([[-0.7], [0.0], [0.5], [1.0], [1.7]])
    seeds_vary = FixedTest((np.zeros((5, 400)), of_seeds + 0.1 * rng.normal(size=(5, 400))))
    rows_vary = rng.normal(0.1, 3.0, size=50) + 0.01 * rng.normal(size=(5, 50))
    assert verdict(seeds_vary).decision == "inconclusive"
    assert 5 < verdict(seeds_vary).seeds_to_settle < 100
    assert verdict(FixedTest((0 * rows_vary, rows_vary))).seeds_to_settle is None


def test_power_is_reached():
    rng, studies = np.random.default_rng(10), 1500
    parts = 0.3 * rng.normal(size=(studies, 6, 1)) + rng.normal(size=(studies, 1, 60))
    base = FixedTest((0 * parts[0], parts[0]))
    effect = np.mean(
        [
            FixedTest((0 * d, d)).power(base.change(0.95), 0.0, 0.95).smallest_difference
            for d in parts[:200]
        ]
    )
    found = [FixedTest((0 * d, d + effect)).change(0.95).low > 0 for d in parts]
    assert np.mean(found) == pytest.approx(0.8, abs=0.05)


def test_shapes_that_do_not_fit_are_refused():
    with pytest.raises(InputError, match=r"Received: shapes \(3, 4\) and \(3, 5\)"):
        FixedTest((np.zeros((3, 4)), np.zeros((3, 5))))
    with pytest.raises(InputError, match="as many seeds if paired"):
        FixedTest((np.zeros(3), np.zeros(4)))


def test_what_can_be_shown_is_said_before_training():
    assert [smallest_sign_flip(k) for k in (1, 2, 5, 6)] == [1.0, 0.5, 0.0625, 0.03125]
    assert "1 seed shows nothing" in what_can_be_shown(1)
    assert "no claim: a sign flip of 3 pairs cannot go below p = 0.25" in what_can_be_shown(3)
    assert "sign flip of 5 pairs cannot go below p = 0.0625" in what_can_be_shown(5)
    assert "sign flip" not in what_can_be_shown(6)


@pytest.mark.parametrize("name", ["seeds vary", "rows vary", "both vary"])
def test_interval_covers_the_truth_with_three_seeds(name):
    found = crossed_coverage(DESIGNS[name], 3, studies=1000)
    assert found.crossed >= 0.93
    assert min(found.over_seeds, found.over_rows) < 0.93


def test_two_values_of_seeds_are_covered_from_the_fewest_seeds_on():
    design = LIMITS["seeds of two values"]
    assert crossed_coverage(design, FEWEST_SEEDS - 1, studies=1000).crossed < 0.92
    assert crossed_coverage(design, FEWEST_SEEDS, studies=1000).crossed >= 0.92


@pytest.mark.slow
@pytest.mark.parametrize("seeds", SEEDS)
@pytest.mark.parametrize("name", DESIGNS)
def test_interval_covers_the_truth(name, seeds):
    assert crossed_coverage(DESIGNS[name], seeds).crossed >= 0.93
