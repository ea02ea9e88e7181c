"""Laws of schedules: a factor in [0, 1] at every step, the same from a number and from an array."""

from __future__ import annotations

import json

import numpy as np
import pytest

from bridle.dropout.schedule import (
    SCHEDULES,
    Constant,
    Curriculum,
    Early,
    Late,
    Linear,
    schedule,
)
from bridle.errors import InputError

# A schedule, and its factors at steps 0, 5, 10 and 1000.
CATALOGUE = {
    Constant(): (1, 1, 1, 1),
    Linear(10): (0, 0.5, 1, 1),
    Linear(10, start=1, end=0.2): (1, 0.6, 0.2, 0.2),
    Early(10): (1, 1, 0, 0),
    Late(10): (0, 0, 1, 1),
    Curriculum(10): (0, 1 - np.exp(-5), 1 - np.exp(-10), 1),
    Curriculum(10, gamma=1): (0, 1 - np.exp(-0.5), 1 - np.exp(-1), 1),
}

every_schedule = pytest.mark.parametrize("one", CATALOGUE, ids=repr)


@every_schedule
def test_factor_is_the_formula(one):
    np.testing.assert_allclose(
        [one.factor(step) for step in (0, 5, 10, 1000)], CATALOGUE[one], atol=1e-12
    )


@every_schedule
def test_factor_of_an_array_is_the_factors(one):
    steps = np.arange(2000, dtype=np.float32)
    factors = np.broadcast_to(one.factor(steps, np.float32), steps.shape)
    np.testing.assert_allclose(factors, [one.factor(int(step)) for step in steps], atol=1e-6)
    assert factors.min() >= 0
    assert factors.max() <= 1


@every_schedule
def test_config_makes_the_same_schedule(one):
    assert schedule(json.loads(json.dumps(one.config()))) == one
    assert schedule(one) is one


def test_no_schedule_is_constant():
    assert schedule(None) == Constant()


def test_every_schedule_is_in_the_catalogue():
    assert {type(one) for one in CATALOGUE} == {*SCHEDULES.values()}


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Linear(0),
        lambda: Linear(True),
        lambda: Linear(2.5),
        lambda: Linear(10, start=-0.1),
        lambda: Linear(10, end=float("nan")),
        lambda: Early(0),
        lambda: Late("1"),
        lambda: Curriculum(10, gamma=0),
        lambda: Curriculum(10, gamma=float("inf")),
        lambda: schedule("linear"),
        lambda: schedule({"name": "linaer", "steps": 3}),
        lambda: schedule({"name": "linear", "stesp": 3}),
        lambda: schedule({"steps": 3}),
    ],
)
def test_wrong_setting_is_refused_and_quoted(wrong):
    with pytest.raises(InputError, match=r"Received|Did you mean"):
        wrong()
