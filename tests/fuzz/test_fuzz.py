"""What comes from outside never crashes, hangs or raises what is not documented: a short look.

``make fuzz`` looks for as long as it is given.
"""

from __future__ import annotations

import numpy as np
import pytest
from tests.fuzz import bindings
from tests.fuzz.rounds import TARGETS, run_round

from bridle import _core
from bridle.backend import backend_available

CASES = {"bindings": 400, "tables": 30, "model_files": 25, "journals": 100}


@pytest.mark.parametrize("target", TARGETS)
def test_cases_end_as_documented(target):
    if target == "model_files" and backend_available() is not None:
        pytest.skip(str(backend_available()))
    outcomes = run_round(target, 0, CASES[target])
    assert outcomes.total() >= CASES[target] / 2
    assert len(outcomes) >= 2, "all cases ended alike: they do not reach what they are to test"


def test_every_function_that_takes_arrays_is_called():
    functions = {
        name
        for name, held in vars(_core).items()
        if type(held).__name__ == "nb_func" and bindings.argument_names(name) - {"stop"}
    }
    assert functions == bindings.CALLS.keys()
    for name, arguments in (*bindings.CALLS.items(), *bindings.OBJECTS.items()):
        assert bindings.argument_names(name) == arguments.keys()


def test_results_go_nowhere_else():
    """The first column for results, near 2**64, came round to 0 and was written before the array."""
    held, ones = bindings.Output((2, 2)), np.ones(2)
    arguments = (
        _core.Rows("squared", True, ones, ones, ones),
        np.ones((1, 2)),
        held.array,
        2**64 - 1,
        np.ones((4, 1)),
    )
    with pytest.raises(ValueError, match="first must be at most 2"):
        _core.loss_pass(*arguments)
    held.check()


@pytest.mark.parametrize("name", ["solved", "known"])
def test_path_starts_among_its_strengths(name):
    strengths = dict.fromkeys(("l1", "l2"), np.zeros(1))
    with pytest.raises(ValueError, match=f"{name} must be at most 1"):
        _core.Grid(**strengths, **{name: 2})
