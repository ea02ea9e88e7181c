"""Scores of survival predictions, beside sums over pairs and rows that are written out."""

from __future__ import annotations

import numpy as np
import pytest

from bridle.errors import InputError
from bridle.survival import brier_score, harrell_c, integrated_brier_score, uno_c
from bridle.survival import pairs as module
from bridle.survival.censoring import Censoring
from bridle.survival.outcomes import read_outcomes

RNG = np.random.default_rng(0)
N = 50
STOP = RNG.integers(1, 12, N).astype(float)
EVENT = RNG.random(N) < 0.6
START = STOP * RNG.random(N)
RISK = np.round(RNG.normal(size=N), 1)
Y = np.column_stack([STOP, EVENT])
WEIGHTS = RNG.random(N)
TIMES = np.array([2.0, 4.5, 8.0])
SURVIVAL = np.sort(RNG.random((N, 3)))[:, ::-1]


def pairs():
    for i in range(N):
        for j in range(N):
            later = STOP[j] > STOP[i] or (STOP[j] == STOP[i] and not EVENT[j])
            if EVENT[i] and later:
                yield i, j


def by_hand(weight):
    agreed = total = 0.0
    for i, j in pairs():
        agreed += weight(i, j) * ((RISK[i] > RISK[j]) + 0.5 * (RISK[i] == RISK[j]))
        total += weight(i, j)
    return agreed / total


def not_censored(time, including):
    """Return Kaplan and Meier's estimate, step by step."""
    left = 1.0
    for t in np.unique(STOP[~EVENT]):
        if t < time or (including and t == time):
            at_risk = np.sum(t <= STOP) - np.sum(EVENT & (t == STOP))
            left *= 1 - np.sum(~EVENT & (t == STOP)) / at_risk
    return left


def test_harrells_c_is_the_share_of_pairs_in_the_right_order():
    assert harrell_c(Y, RISK) == pytest.approx(by_hand(lambda i, j: 1.0), abs=1e-14)
    weighted = by_hand(lambda i, j: WEIGHTS[i] * WEIGHTS[j])
    assert harrell_c(Y, RISK, WEIGHTS) == pytest.approx(weighted, abs=1e-14)
    groups = np.arange(N) % 3
    stratified = by_hand(lambda i, j: float(groups[i] == groups[j]))
    assert harrell_c(Y, RISK, strata=groups) == pytest.approx(stratified, abs=1e-14)
    late = by_hand(lambda i, j: float(START[j] < STOP[i]))
    assert harrell_c(np.column_stack([START, Y]), RISK) == pytest.approx(late, abs=1e-14)
    assert harrell_c(Y, np.zeros(N)) == 0.5


def test_unos_c_weighs_events_by_their_censoring():
    last = 9.0
    weight = {i: not_censored(STOP[i], including=False) ** -2.0 for i in range(N)}
    expected = by_hand(lambda i, j: weight[i] * (STOP[i] < last))
    assert uno_c(Y, Y, RISK, tau=last) == pytest.approx(expected, abs=1e-13)
    everyone = np.column_stack([STOP, np.ones(N)])
    assert uno_c(everyone, everyone, RISK) == pytest.approx(harrell_c(everyone, RISK), abs=1e-14)


def test_pairs_are_looked_at_in_blocks(monkeypatch):
    whole = harrell_c(Y, RISK)
    monkeypatch.setattr(module, "_PAIRS_AT_ONCE", 3 * N)
    assert harrell_c(Y, RISK) == pytest.approx(whole, abs=1e-15)


def test_brier_score_is_the_weighted_square_written_out():
    expected = []
    for k, t in enumerate(TIMES):
        total = 0.0
        for i in range(N):
            if EVENT[i] and STOP[i] <= t:
                total += SURVIVAL[i, k] ** 2 / not_censored(STOP[i], including=False)
            elif STOP[i] > t:
                total += (1 - SURVIVAL[i, k]) ** 2 / not_censored(t, including=True)
        expected.append(total / N)
    found = brier_score(Y, Y, SURVIVAL, TIMES)
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    area = np.trapezoid(found, TIMES) / (TIMES[-1] - TIMES[0])
    assert integrated_brier_score(Y, Y, SURVIVAL, TIMES) == pytest.approx(area)


def test_brier_score_of_uncensored_rows_is_the_mean_square():
    y = np.column_stack([STOP, np.ones(N)])
    alive = STOP[:, None] > TIMES
    expected = ((alive - SURVIVAL) ** 2).mean(axis=0)
    np.testing.assert_allclose(brier_score(y, y, SURVIVAL, TIMES), expected, rtol=1e-13)


def test_censoring_is_left_and_right_continuous_where_it_should_be():
    censoring = Censoring.of(read_outcomes(Y))
    for t in (0.0, 3.0, 3.5, 7.0, 10.0):
        assert censoring.at(np.array([t]))[0] == pytest.approx(not_censored(t, including=True))
        assert censoring.before(np.array([t]))[0] == pytest.approx(not_censored(t, including=False))


STRUCTURED = np.array(list(zip(EVENT, STOP, strict=True)), dtype=[("event", bool), ("time", float)])


def test_all_forms_of_survival_times_are_the_same():
    from pandas import DataFrame

    for y in (STRUCTURED, Y, Y.tolist(), DataFrame(Y, columns=["time", "event"])):
        found = read_outcomes(y)
        np.testing.assert_array_equal(found.stop, STOP)
        np.testing.assert_array_equal(found.event, EVENT)
        assert found.start is None
    three = np.array(
        list(zip(EVENT, START, STOP, strict=True)),
        dtype=[("event", bool), ("start", float), ("stop", float)],
    )
    for y in (three, np.column_stack([START, Y])):
        np.testing.assert_array_equal(read_outcomes(y).start, START)


BAD = {
    "one column": (STOP, "structured array of an event .* shape"),
    "four columns": (np.column_stack([Y, Y]), r"columns \(time, event\)"),
    "exchanged": (Y[:, ::-1], "swap the columns"),
    "events of 2": (np.column_stack([STOP, 1 + EVENT]), "events of 0 or 1 .* Received: 2"),
    "below 0": (np.column_stack([STOP - 2, EVENT]), r"from 0 up\. Received: the time -1.0 in row"),
    "NaN": (np.where(np.arange(N)[:, None] == 3, [np.nan, 1], Y), "the time nan in row 3"),
    "no event": (np.column_stack([STOP, 0 * STOP]), "at least one event. Received: 50 rows"),
    "start at stop": (np.column_stack([STOP, Y]), "starts below the times of stop"),
    "no bool": (STRUCTURED.astype([("event", int), ("time", float)]), "Received: the fields"),
}


@pytest.mark.parametrize("case", BAD)
def test_survival_times_are_refused(case):
    y, message = BAD[case]
    with pytest.raises(InputError, match=message):
        read_outcomes(y)


SCORES = {
    "short risk": (lambda: harrell_c(Y, RISK[:-1]), "risk must hold a finite number for each"),
    "risk of NaN": (lambda: harrell_c(Y, np.full(N, np.nan)), "not finite"),
    "no pair": (
        lambda: harrell_c([[1.0, 1], [1.0, 1]], [0.0, 1.0]),
        "two rows that can be compared",
    ),
    "strata": (lambda: harrell_c(Y, RISK, strata=[0]), "strata must hold a label"),
    "tau": (lambda: uno_c(Y, Y, RISK, tau=-1.0), "tau"),
    "unseen": (
        lambda: uno_c([[1.0, 1], [2.0, 0]], Y, RISK),
        "tau must exclude events after the last time at which a row of y_train is observed",
    ),
    "shape": (lambda: brier_score(Y, Y, SURVIVAL[:, :2], TIMES), r"shape \(50, 3\)"),
    "probability": (lambda: brier_score(Y, Y, 2 * SURVIVAL, TIMES), r"in \[0, 1\]"),
    "order": (lambda: brier_score(Y, Y, SURVIVAL, TIMES[::-1]), "ascending"),
    "beyond": (
        lambda: brier_score([[1.0, 1], [2.0, 0]], Y, SURVIVAL, TIMES),
        "a row of y_train is observed",
    ),
    "one time": (lambda: integrated_brier_score(Y, Y, SURVIVAL[:, :1], TIMES[:1]), "at least two"),
    "start": (
        lambda: brier_score(Y, np.column_stack([START, Y]), SURVIVAL, TIMES),
        "from the beginning",
    ),
}


@pytest.mark.parametrize("case", SCORES)
def test_scores_refuse(case):
    call, message = SCORES[case]
    with pytest.raises(InputError, match=message):
        call()
