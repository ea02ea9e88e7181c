"""Laws of Holm's procedure, of power, of splits that share runs, and of nulls."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from bridle.errors import InputError
from bridle.networks.curves import Curves
from bridle.workbench.arm.catalogue import ARMS
from bridle.workbench.evidence.compared_arms import pairs_of
from bridle.workbench.evidence.curves.trend import late_epochs, still_falling
from bridle.workbench.evidence.intervals.corrected_interval import Interval, corrected_interval
from bridle.workbench.evidence.intervals.holm import holm
from bridle.workbench.evidence.intervals.power import (
    MOST_SPLITS,
    power_of,
    smallest_effect,
    splits_to_settle,
)
from bridle.workbench.evidence.measure import Evidence, measure
from bridle.workbench.evidence.overfitting import optimism, overfitting_rate
from bridle.workbench.evidence.results.pairs import Pairs, pair_runs
from bridle.workbench.protocol import Protocol
from bridle.workbench.record import Record
from bridle.workbench.splits import Folds, Nested, seeds_of
from bridle.workbench.task import Task
from bridle.workbench.verdict.decide import decide
from bridle.workbench.verdict.verdict import judge

BINARY = Task("binary", ("no", "yes"))
P_VALUES = st.lists(st.floats(0, 1), max_size=6)


def run(arm, seed, test, train=0.1, curve=None, **details):
    curves = None if curve is None else Curves(*(tuple(curve),) * 4)
    return Record(arm, seed, 80, 10, 10, test, train, 0.8, 1.0, curves, details=details)


@settings(deadline=None)
@given(p=P_VALUES)
def test_holm_is_its_definition(p):
    """The adjusted value is the largest of (m - k + 1) p_k over the values up to one's own."""
    steps = holm(p, 0.95)
    m, order = len(p), np.argsort(p, kind="stable")
    for rank, index in enumerate(order):
        largest = max(min(1.0, (m - k) * p[order[k]]) for k in range(rank + 1))
        assert steps[index].adjusted_p == pytest.approx(largest)
        assert 0.95 - 1e-12 <= steps[index].confidence <= 1 - 0.05 / m + 1e-12


@settings(deadline=None)
@given(effects=st.lists(st.floats(-3, 3), min_size=1, max_size=5), seed=st.integers(0, 99))
def test_adjusted_interval_excludes_zero_exactly_where_holm_rejects(effects, seed):
    rng = np.random.default_rng(seed)
    data = [effect + rng.normal(size=10) for effect in effects]
    p = [corrected_interval(one, 80, 10, 0.95).p_value(10) for one in data]
    for one, step in zip(data, holm(p, 0.95), strict=True):
        interval = corrected_interval(one, 80, 10, step.confidence)
        assert (interval.low > 0 or interval.high < 0) == (step.adjusted_p <= 0.05)


def test_value_at_its_own_step_s_level_is_significant():
    """Numbers that binary fractions hold exactly, so that equal is equal."""
    assert [step.confidence for step in holm([0.125, 0.25], 0.75)] == [0.875, 0.75]
    assert [step.confidence for step in holm([0.1875, 0.25], 0.75)] == [0.875, 0.875]


def test_one_comparison_is_left_alone():
    (step,) = holm([0.03], 0.95)
    assert (step.adjusted_p, step.confidence) == (0.03, pytest.approx(0.95))
    arms = [[run(arm, s, 0.5 + (s % 3) / 10) for s in range(4)] for arm in ("baseline", "dropout")]
    alone = decide(measure(*arms, Protocol(), BINARY, None), Protocol())
    assert alone.adjusted_p_value == alone.p_value == 1.0
    assert alone.change == alone.unadjusted


@pytest.mark.parametrize(("n_splits", "confidence"), [(3, 0.95), (10, 0.95), (30, 0.99)])
def test_smallest_effect_is_found_as_often_as_it_says(n_splits, confidence):
    """Splits of equal correlation, the model of the correction: then the power is exact."""
    rng, ratio, studies = np.random.default_rng(1), 0.125, 20_000
    rho = ratio / (1 + ratio)
    error = np.sqrt(rho + (1 - rho) / n_splits)
    shared = rng.normal(size=(studies, 1))
    data = np.sqrt(rho) * shared + np.sqrt(1 - rho) * rng.normal(size=(studies, n_splits))
    data += smallest_effect(n_splits, confidence, 0.8) * error
    found = np.mean(
        [
            corrected_interval(one, 1.0, ratio, confidence).p_value(n_splits) < 1 - confidence
            for one in data[:4000]
        ]
    )
    assert found == pytest.approx(0.8, abs=0.025)


@pytest.mark.parametrize("n_splits", [2, 3, 5, 10, 100, 1000])
def test_smallest_effect_is_finite_and_falls_with_confidence(n_splits):
    high, low = (smallest_effect(n_splits, one, 0.8) for one in (0.99, 0.9))
    assert 0 < low < high < np.inf


@pytest.mark.parametrize(
    ("n_splits", "confidence", "probability"),
    [(10, 0.95, 0.8), (10, 0.5, 0.55), (30, 0.99, 0.9), (30, 0.5, 0.501)],
)
def test_smallest_effect_is_that_of_the_noncentral_t(n_splits, confidence, probability):
    delta = smallest_effect(n_splits, confidence, probability)
    df = n_splits - 1
    bound = stats.t.ppf((1 + confidence) / 2, df)
    found = stats.nct.sf(bound, df, delta) + stats.nct.cdf(-bound, df, delta)
    assert found == pytest.approx(probability, abs=1e-4)


@pytest.mark.parametrize("n_splits", [2, 10])
@pytest.mark.parametrize("ratio", [0.02, 0.125, 2.0])
@pytest.mark.parametrize(
    ("mean", "margin"),
    [(0.0, 0.0), (0.0, 0.3), (0.02, 0.3), (-0.25, 0.3), (-0.1, 0.0), (0.06, 0.1), (3.0, 0.3)],
)
def test_splits_to_settle_are_the_first_that_settle(n_splits, ratio, mean, margin):
    spread = 0.2
    interval = Interval(mean, mean, mean, spread * np.sqrt(1 / n_splits + ratio))
    counts = np.arange(2, MOST_SPLITS + 1)
    width = stats.t.ppf(0.975, counts - 1) * np.sqrt(1 / counts + ratio) * spread
    settled = counts[(width < abs(mean)) | (width < margin - abs(mean))]
    expected = settled[0] if settled.size else None
    assert splits_to_settle(interval, n_splits, ratio, margin, 0.95) == expected


def test_without_spread_two_splits_settle():
    assert splits_to_settle(Interval(0.0, 0.0, 0.0, 0.0), 10, 0.125, 0.0, 0.95) == 2


def test_power_is_in_the_unit_of_the_metric():
    interval = Interval(0.1, 0.0, 0.2, 0.05)
    power = power_of(interval, 10, 0.125, 0.3, 0.95)
    assert power.smallest_difference == 0.05 * smallest_effect(10, 0.95, power.probability)
    assert power.splits_to_settle == splits_to_settle(interval, 10, 0.125, 0.3, 0.95)


def test_splits_cannot_settle_what_rows_must():
    assert splits_to_settle(Interval(0.01, -1, 1, 0.4), 10, 0.125, 0.02, 0.95) is None


@pytest.mark.parametrize(
    "call",
    [
        lambda: holm([1.5], 0.95),
        lambda: holm([0.5, -0.5], 0.95),
        lambda: holm([0.5], 0.0),
        lambda: holm([0.5], 1.0),
        lambda: smallest_effect(1, 0.95, 0.8),
        lambda: smallest_effect(10, 0.95, 0.01),
        lambda: smallest_effect(10, 0.5, 0.5),
        lambda: smallest_effect(10, 1.0, 0.8),
        lambda: smallest_effect(10, 0.95, 1.0),
        lambda: splits_to_settle(Interval(0, 0, 0, 1), 1, 0.1, 0.1, 0.95),
        lambda: splits_to_settle(Interval(0, 0, 0, 1), 10, 0.0, 0.1, 0.95),
        lambda: splits_to_settle(Interval(0, 0, 0, 1), 10, 0.1, -0.5, 0.95),
    ],
)
def test_wrong_arguments_are_refused(call):
    with pytest.raises(InputError, match="Received"):
        call()


def test_initialisations_are_averaged_before_splits_are_counted():
    rng = np.random.default_rng(0)
    protocol = Protocol(seeds=tuple(range(12)), initialisations=3)
    risks = {arm: rng.normal(0.5, 0.1, 12) for arm in ("baseline", "dropout")}
    records = [run(arm, s, float(r)) for arm, values in risks.items() for s, r in enumerate(values)]
    (found,) = judge(records, protocol, BINARY).comparisons
    means = (risks["dropout"] - risks["baseline"]).reshape(4, 3).mean(axis=1)
    assert found.n_splits == 4
    expected = corrected_interval(means, 80, 10, 0.95)
    np.testing.assert_allclose((found.change.low, found.change.high), (expected.low, expected.high))


def test_inner_folds_count_as_one_split():
    splits = Nested(3, 4)
    protocol = Protocol(seeds=seeds_of(splits), splits=splits)
    assert [protocol.split_of(seed) for seed in protocol.seeds] == np.repeat(range(3), 4).tolist()


@pytest.mark.parametrize(
    ("splits", "draws", "initialisations", "n"),
    [(Folds(5), None, 1, 5), (Folds(5), 3, 2, 30), (Nested(3, 2), None, 1, 6)],
)
def test_seeds_are_whole_draws(splits, draws, initialisations, n):
    seeds = seeds_of(splits, draws, initialisations)
    assert seeds == tuple(range(n))


def test_every_regularised_arm_is_compared_and_no_other():
    arms = ["dummy", "permuted_target", "linear", "elastic_net", "baseline", "dropout", "max_norm"]
    assert pairs_of(arms) == (
        ("baseline", "dropout"),
        ("linear", "elastic_net"),
        ("baseline", "max_norm"),
    )
    assert pairs_of(["dropout", "elastic_net"]) == ()
    assert {name for pair in pairs_of(ARMS) for name in pair} == set(ARMS) - {
        "dummy",
        "permuted_target",
    }


def test_many_arms_widen_the_interval_that_decides_and_not_the_other():
    rng = np.random.default_rng(1)
    arms = ["baseline", "dropout", "max_norm", "weight_decay"]
    records = [run(arm, s, 0.5 + 0.1 * rng.normal()) for arm in arms for s in range(10)]
    for one in judge(records, Protocol(), BINARY).comparisons:
        assert one.change.low <= one.unadjusted.low
        assert one.confidence >= 0.95
        assert one.adjusted_p_value >= one.p_value


def test_null_that_beats_the_dummy_makes_the_verdict_invalid():
    records = [run("dummy", s, 0.69, 0.69) for s in range(10)]
    records += [run(a, s, 0.5) for a in ("baseline", "dropout") for s in range(10)]
    null = [run("permuted_target", s, 0.69 + 0.001 * (s % 3), 0.69) for s in range(10)]
    margin = Protocol().margin_share * 0.69
    for better, cheats in ((0.0, False), (0.5 * margin, False), (2 * margin, True), (0.3, True)):
        nulls = [replace(one, test_risk=one.test_risk - better) for one in null]
        verdict = judge([*records, *nulls], Protocol(), BINARY)
        assert (verdict.decision == "invalid") is cheats
        assert (verdict.recommended is None) is cheats
        assert [one.code for one in verdict.checks] == ["BR205 null-beats-dummy"] * cheats


def test_overfitting_rate_is_0_without_a_gap_and_1_at_the_dummy():
    for test, rate in ((0.2, 0.0), (0.7, 1.0), (0.45, 0.5)):
        runs = [run("baseline", s, test, 0.2) for s in range(3)]
        assert overfitting_rate(runs, 0.7, Protocol()) == pytest.approx(rate)
        assert overfitting_rate(runs[:1], 0.7, Protocol()) == pytest.approx(rate)
    assert overfitting_rate(runs, 0.2, Protocol()) is None
    assert overfitting_rate(runs, None, Protocol()) is None
    failed = [replace(one, failure="No memory.") for one in runs]
    assert overfitting_rate(failed, 0.7, Protocol()) is None


def test_rows_are_those_of_the_splits_that_both_arms_have():
    plain = [replace(run("baseline", s, 0.5), n_train=80 + s, n_test=20 - s) for s in range(3)]
    regularised = [replace(one, arm="dropout") for one in plain[1:]]
    pairs = pair_runs(plain, regularised, Protocol())
    assert (pairs.count, pairs.n_train, pairs.n_test) == (2, 81.5, 18.5)
    assert pairs.ratio == 18.5 / 81.5
    assert pairs.interval(pairs.test[0], 0.9) == corrected_interval([0.5, 0.5], 81.5, 18.5, 0.9)
    alone = pair_runs(plain[:1], regularised, Protocol())
    assert (alone.count, alone.n_train, alone.n_test) == (0, 0.0, 0.0)
    assert alone.interval(alone.test[0], 0.9) is None


def test_optimism_is_the_interval_of_test_minus_training_risk():
    tests, trains = (0.5, 0.7, 0.9), (0.4, 0.3, 0.5)
    runs = [run("baseline", s, *risks) for s, risks in enumerate(zip(tests, trains, strict=True))]
    assert optimism(runs, Protocol()) == corrected_interval(
        np.subtract(tests, trains), 80, 10, 0.95
    )
    assert optimism(runs[:1], Protocol()) is None
    others = [replace(one, arm="dropout", test_risk=0.2, train_risk=0.1) for one in runs]
    evidence = measure(runs, others, Protocol(), BINARY, None)
    assert evidence.results.optimism(0.95) == optimism(runs, Protocol())


def test_best_epochs_are_compared_as_well_as_the_last():
    t = np.arange(20)
    overfits, calm = 0.3 + 0.01 * np.abs(t - 5), 0.35 - 0.002 * t
    records = [
        run(arm, s, 0.4, curve=(curve + 0.001 * s).tolist())
        for arm, curve in (("baseline", overfits), ("dropout", calm))
        for s in range(4)
    ]
    (found,) = judge(records, Protocol(), BINARY).comparisons
    assert (found.epochs.plain_epoch, found.epochs.regularised_epoch) == (6, 20)
    assert found.epochs.last.mean == pytest.approx(calm[-1] - overfits[-1])
    assert found.epochs.best.mean == pytest.approx(calm[-1] - 0.3)


def test_late_movement_is_the_fall_between_the_last_fifths():
    records = [run("dropout", s, 0.4, curve=(1 - 0.01 * np.arange(20)).tolist()) for s in range(3)]
    late = late_epochs(records, Protocol())
    assert late.fall.mean == pytest.approx(0.04)
    assert late.jitter == pytest.approx(0.01 * np.std([0, 1, 2, 3]))


@pytest.mark.parametrize("n", [*range(2, 12), 14, 15, 60])
def test_window_is_a_fifth_and_at_least_two_where_there_are_four(n):
    """A loss that falls by 1 an epoch falls by a window from one window to the next."""
    records = [run("dropout", s, 0.4, curve=np.arange(n, 0, -1.0)) for s in range(2)]
    late = late_epochs(records, Protocol())
    window = max(n // 5, 2 if n >= 4 else 1)
    assert late.fall.mean == window
    assert late.level == np.arange(1, window + 1).mean()
    assert late_epochs(records[:1], Protocol()) is None


@pytest.mark.parametrize(
    ("fall", "level", "dummy", "falls"),
    [
        (0.06, 1.0, 1.0, True),
        (0.021, 1.0, 1.0, True),
        (0.019, 1.0, 1.0, False),
        (0.0011, 0.001, 1.0, True),
        (0.0009, 0.001, 1.0, False),
        (0.0009, 0.001, 0.1, True),
        (0.5, 0.0, 600.0, False),
        (0.001 * 600.0, 0.0, 600.0, False),
    ],
)
def test_fall_matters_by_its_share_of_the_loss_and_of_the_dummy_s(fall, level, dummy, falls):
    records = [run("dropout", s, 0.4, curve=[level + fall, level]) for s in range(3)]
    assert still_falling(records, dummy, Protocol()) is falls


@pytest.mark.parametrize(
    ("task", "fall", "falls"),
    [
        (Task("regression"), 0.0015, ("baseline",)),
        (Task("regression"), 0.0005, ()),
        (BINARY, 0.0015, ()),
        (BINARY, 0.006, ("baseline",)),
    ],
)
def test_curves_of_a_regression_are_in_units_where_the_dummy_s_is_one(task, fall, falls):
    plain = [run("baseline", s, 4.0, curve=[0.001 + fall, 0.001]) for s in range(3)]
    other = [run("dropout", s, 4.0, curve=[0.001, 0.001]) for s in range(3)]
    assert measure(plain, other, Protocol(), task, 5.0).still_falling == falls


def test_records_say_where_a_grid_ended_and_a_solver_did_not():
    records = [run("elastic_net", s, 0.4, at_grid_edge=s > 0, relative_gap=1e-9) for s in range(3)]
    records += [run("linear", s, 0.5, converged=s > 0) for s in range(3)]
    verdict = judge(records, Protocol(), BINARY)
    assert [one.code for one in verdict.checks] == ["BR106 grid-edge", "BR107 non-convergence"]
    assert "in 1 of 3 runs" in verdict.checks[1].message
    silent = judge([run("baseline", s, 0.5) for s in range(3)], Protocol(), BINARY)
    assert set(silent.not_applicable) == {
        "BR106 grid-edge",
        "BR107 non-convergence",
        "BR111 too-good",
        "BR112 minimum-norm",
        "BR113 separation",
        "BR205 null-beats-dummy",
    }


def test_records_say_what_is_too_good_has_no_one_solution_and_separates():
    records = [run("dummy", s, 0.69, 0.69) for s in range(3)]
    records += [run("linear", s, 0.5, minimum_norm=True, separated=True) for s in range(3)]
    good = run("elastic_net", 0, 6e-4, separated=False)
    good = replace(good, coefficients={"a": [0.1], "b": [-3.0], "c": [1.0], "d": [2.0]})
    records += [replace(good, seed=s) for s in range(3)]
    found = {one.code: one for one in judge(records, Protocol(), BINARY).checks}
    assert list(found) == ["BR111 too-good", "BR112 minimum-norm", "BR113 separation"]
    assert "risk of elastic_net on new rows is 1/1,150 of" in found["BR111 too-good"].message
    assert "'b', 'd', 'c'" in found["BR111 too-good"].remedy
    assert "linear has at least as many" in found["BR112 minimum-norm"].message
    assert "linear separates" in found["BR113 separation"].message
    exact = [replace(one, test_risk=1e-25) if one.arm == "elastic_net" else one for one in records]
    (said,) = (x.message for x in judge(exact, Protocol(), BINARY).checks if x.code[:5] == "BR111")
    assert "risk of elastic_net on new rows is less than 1/1,000,000 of the dummy's" in said
    fair = [replace(one, test_risk=7e-4) if one.arm == "elastic_net" else one for one in records]
    assert "BR111 too-good" not in {one.code for one in judge(fair, Protocol(), BINARY).checks}


def test_what_was_measured_elsewhere_is_decided_as_records_are():
    """Evidence needs no records: risks on shared splits say the same."""
    rng = np.random.default_rng(0)
    risks = rng.uniform(0.5, 0.6, size=(2, 6)) - [[0.0], [0.2]]
    arms = [
        [run(arm, s, risk, risk) for s, risk in enumerate(row)]
        for arm, row in zip(("baseline", "dropout"), risks, strict=True)
    ]
    measured = measure(*arms, Protocol(), BINARY, 0.7)
    pairs = Pairs(
        risks, risks, measured.results.score, measured.results.n_train, measured.results.n_test
    )
    elsewhere = Evidence("baseline", "dropout", pairs, level=0.7, dummy_risk=0.7)
    assert decide(elsewhere, Protocol()) == decide(measured, Protocol())
    assert decide(elsewhere, Protocol()).decision == "helps"
