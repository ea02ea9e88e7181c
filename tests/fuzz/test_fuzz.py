"""What comes from outside never crashes, hangs or raises what is not documented: a short look.

``make fuzz`` looks for as long as it is given.
"""

from __future__ import annotations

import pytest
from tests.fuzz import bindings
from tests.fuzz.rounds import TARGETS, run_round

from bridle import _core
from bridle.dropout.backend import backend_available

CASES = {"bindings": 400, "tables": 60, "model_files": 40, "journals": 100}


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
        if type(held).__name__ == "nb_func" and bindings.argument_names(name)
    }
    assert functions == bindings.CALLS.keys()
    for name, arguments in bindings.CALLS.items():
        assert bindings.argument_names(name) - {"stop"} == arguments.keys() - {"stop"}
