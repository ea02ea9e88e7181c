"""The log loss of pairs, beside a sum over pairs that is written out."""

from __future__ import annotations

import math

import numpy as np
import pytest

from bridle.errors import InputError
from bridle.survival import harrell_c
from bridle.survival import pair_loss as module
from bridle.survival.outcomes import Outcomes
from bridle.survival.pair_loss import pair_loss

RNG = np.random.default_rng(1)
N = 60
STOP = RNG.integers(1, 12, N).astype(float)
EVENT = RNG.random(N) < 0.6
RISK = np.round(RNG.normal(size=N), 1)
OUTCOMES = Outcomes(STOP, EVENT)


def by_hand(risk, stop=STOP, event=EVENT):
    found = []
    for i in range(len(stop)):
        for j in range(len(stop)):
            if event[i] and (stop[j] > stop[i] or (stop[j] == stop[i] and not event[j])):
                chance = math.exp(risk[i]) / (math.exp(risk[i]) + math.exp(risk[j]))
                found.append(-math.log(chance))
    return sum(found) / len(found)


def test_it_is_the_log_loss_of_naming_the_first_of_two():
    assert pair_loss(OUTCOMES, RISK) == pytest.approx(by_hand(RISK), rel=1e-13)


def test_equal_risks_lose_log_2_whatever_they_are():
    for level in (0.0, -700.0, 1e6):
        assert pair_loss(OUTCOMES, np.full(N, level)) == pytest.approx(math.log(2), rel=1e-14)


def test_large_risks_lose_their_difference_on_the_pairs_that_they_order_wrongly():
    y = np.column_stack([STOP, EVENT])
    order = np.unique(RISK, return_inverse=True)[1].astype(float)
    small, large = (pair_loss(OUTCOMES, scale * order) for scale in (1e5, 2e5))
    assert large == pytest.approx(2 * small, rel=1e-5)
    assert math.isfinite(large)
    assert (small > 0) == (harrell_c(y, order) < 1)


def test_the_true_risks_have_the_smallest_loss():
    rng = np.random.default_rng(2)
    risk = rng.normal(size=2000)
    stop, censored = rng.exponential(np.exp(-risk)), rng.exponential(1.0, 2000)
    outcomes = Outcomes(np.minimum(stop, censored), stop < censored)
    losses = {scale: pair_loss(outcomes, scale * risk) for scale in (0.0, 0.6, 1.0, 1.5, -1.0)}
    assert min(losses, key=losses.__getitem__) == 1.0
    assert losses[-1.0] > losses[0.0] == pytest.approx(math.log(2))


def test_many_rows_are_thinned_evenly_over_time(monkeypatch):
    monkeypatch.setattr(module, "_MOST_ROWS", 31)
    kept = np.argsort(STOP, kind="stable")[np.linspace(0, N - 1, 31).astype(int)]
    expected = by_hand(RISK[kept], STOP[kept], EVENT[kept])
    assert pair_loss(OUTCOMES, RISK) == pytest.approx(expected, rel=1e-13)


def test_rows_without_a_pair_are_refused():
    with pytest.raises(InputError, match=r"two rows that can be compared.*3 rows"):
        pair_loss(Outcomes(np.array([1.0, 2.0, 2.0]), np.array([False, True, True])), np.zeros(3))
