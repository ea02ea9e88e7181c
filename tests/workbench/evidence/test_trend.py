"""Laws of a trend: whether a loss was still falling at the end."""

from dataclasses import replace

import numpy as np
import pytest
from tests.workbench.verdict.cases import DUMMY, PROTOCOL, arm

from bridle.networks.curves import Curves
from bridle.workbench.evidence.curves.trend import has_fallen, late_fall, still_falling, too_short
from bridle.workbench.record import Record


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


def runs_of_patience(bests, patience):
    """Runs of thirty epochs that still fall, by their best epochs and the patience of each."""
    values = tuple(decay(30, 0.1).tolist())
    return [
        replace(
            Record("early_stopping", seed, 80, 10, 10, 0.4, 0.4, 0.8, 1.0),
            curves=Curves(values, values, values, values),
            details=details,
            best_epoch=best,
        )
        for seed, (best, details) in enumerate(zip(bests, patience, strict=True))
    ]


@pytest.mark.parametrize(("best", "falling"), [(25, False), (28, True), (None, True)])
def test_an_arm_that_stopped_early_is_not_falling(best, falling):
    """Its last epochs, no better than its best one, are fewer than a window."""
    records = runs_of_patience([best] * 10, [{"patience": 5}] * 10)
    assert still_falling(records, 2.0, PROTOCOL) is falling


@pytest.mark.parametrize(("stopped", "falling"), [(4, True), (5, True), (6, False)])
def test_an_arm_is_falling_unless_most_of_its_runs_stopped_early(stopped, falling):
    bests = [25] * stopped + [30] * (10 - stopped)
    assert still_falling(runs_of_patience(bests, [{"patience": 5}] * 10), 2.0, PROTOCOL) is falling
    half_without = [{"patience": 5}, {}] * 5
    assert still_falling(runs_of_patience(bests, half_without), 2.0, PROTOCOL)


def test_late_fall_is_that_between_the_last_two_windows():
    assert late_fall([9.0, 9.0, 9.0, 4.0, 1.0]) == (9.0 - 2.5, 2.5)
    assert late_fall([5.0, 3.0]) == (2.0, 3.0)
    curve = [*[7.0] * 6, 6.0, 4.0, 3.0, 1.0]
    assert late_fall(curve) == (5.0 - 2.0, 2.0)


@pytest.mark.parametrize(
    ("lengths", "short"),
    [([], False), ([0], False), ([1], True), ([3], True), ([4], False), ([1, 4], False)],
)
def test_curves_of_fewer_than_four_epochs_are_too_short(lengths, short):
    records = [
        Record("dropout", seed, 80, 10, 10, 0.4, 0.4, 0.8, 1.0, Curves(*([tuple([0.5] * n)] * 4)))
        for seed, n in enumerate(lengths)
    ]
    assert too_short(records) is short
    assert too_short(arm("linear", 0.4)) is False


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


def test_fall_of_a_loss_below_0_counts_from_the_margin_on():
    margin = PROTOCOL.margin_share * DUMMY
    assert has_fallen(1.1 * margin, -0.5, DUMMY, PROTOCOL)
    assert not has_fallen(0.9 * margin, -0.5, DUMMY, PROTOCOL)
