"""Laws of arguments: what counts as a number, and how what does not is refused."""

from __future__ import annotations

import numpy as np
import pytest

from bridle.arguments.scalars import is_integer, is_number, refuse, switch, whole_at_least
from bridle.errors import InputError

# A value, whether it is a number, and whether it is an integer.
VALUES = {
    "integer": (3, True, True),
    "beyond all floats": (10**400, True, True),
    "NumPy's integer": (np.int8(3), True, True),
    "float": (3.0, True, False),
    "NaN": (float("nan"), True, False),
    "NumPy's float": (np.float32(3), True, False),
    "true": (True, False, False),
    "NumPy's true": (np.True_, False, False),
    "complex": (3j, False, False),
    "text": ("3", False, False),
    "none": (None, False, False),
    "array": (np.array([3]), False, False),
}


@pytest.mark.parametrize("name", VALUES)
def test_numbers_are_told_from_others(name):
    value, number, integer = VALUES[name]
    assert (is_number(value), is_integer(value)) == (number, integer)


@pytest.mark.parametrize("name", [name for name, (_, _, whole) in VALUES.items() if not whole])
def test_only_whole_numbers_are_whole(name):
    with pytest.raises(
        InputError, match=r"^n must be a whole number from 1 upwards\. Received: n="
    ):
        whole_at_least("n", VALUES[name][0], 1)


def test_bounds_of_whole_numbers_belong_to_them():
    assert [whole_at_least("n", value, 2, 5) for value in (2, np.int64(5))] == [2, 5]
    for value in (1, 6):
        with pytest.raises(InputError, match=rf"from 2 to 5\. Received: n={value}\."):
            whole_at_least("n", value, 2, 5)


@pytest.mark.parametrize("value", ["False", 0, 1.0, None, []])
def test_switch_takes_no_stand_in(value):
    with pytest.raises(InputError, match=r"^on must be True or False. Received: on="):
        switch("on", value)


def test_switch_gives_what_python_calls_true_and_false():
    assert [switch("on", value) for value in (True, np.False_)] == [True, False]


def test_refusal_shows_the_value_in_short():
    with pytest.raises(InputError) as raised:
        refuse("n", "a small number", 10**400)
    assert str(raised.value) == "n must be a small number. Received: n=an integer of 1,329 bits."
