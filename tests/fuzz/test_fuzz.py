"""What comes from outside never crashes, hangs or raises what is not documented: a short look.

``make fuzz`` looks for as long as it is given.
"""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
from tests.fuzz import bindings
from tests.fuzz.rounds import TARGETS, run_round

from bridle import _core
from bridle.backend import backend_available

CASES = {"bindings": 400, "tables": 30, "model_files": 25, "saved_models": 40, "journals": 100}


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
    assert functions == bindings.CALLS.keys() | bindings.OF_TEXT
    for name, arguments in (*bindings.CALLS.items(), *bindings.OBJECTS.items()):
        assert bindings.argument_names(name) == arguments.keys()


def test_rows_of_no_class_are_refused():
    """The largest predictor of a row was sought from the first class on, beyond an empty array."""
    with pytest.raises(ValueError, match="y must have a row for each class"):
        _core.ClassRows(True, np.ones(3), np.empty((0, 3)), np.empty((0, 3)))


def test_a_path_of_classes_without_a_start_begins_at_0():
    """It went on from the strength before the first, which lay before the array."""
    rng = np.random.default_rng(0)
    n, p, c, s = 20, 3, 3, 2
    X = np.asfortranarray(rng.normal(size=(n, p)))
    y = np.ascontiguousarray(np.eye(c)[:, rng.integers(0, c, n)])
    found = []
    for known in (0, 1):
        whole = [np.full((s + 1, width), np.nan) for width in (p * c, c, n * c, 1)]
        coef, intercept, eta, gap = (one[1:] for one in whole)
        if known:
            coef[0] = intercept[0] = 0.0
        sweeps = _core.class_path(
            X,
            _core.Columns(np.arange(p), np.zeros(p), np.ones(p)),
            _core.ClassRows(True, np.full(n, 1 / n), y, np.zeros((c, n))),
            _core.Features(np.ones(p), np.full(p, -np.inf), np.full(p, np.inf)),
            _core.Grid(np.array([0.05, 0.01]), np.zeros(s), 0, known),
            _core.Precision(1e-10, 0.0, 1e-6, 1000),
            _core.ClassSolutions(coef, intercept, eta, gap[:, 0]),
        )
        assert sweeps > 0
        assert (gap <= 1e-10).all()
        found.append((coef, intercept))
    assert np.abs(found[0][0]).max() > 0.1
    for one, other in zip(*found, strict=True):
        assert np.array_equal(one, other)


def test_texts_of_a_file_are_read_within_their_arrays():
    draw = Random(0)
    for _ in range(300):
        text = bytes(draw.choices(b"a1,,;'\"\n\r\\\0\xff", k=draw.randrange(40)))
        width = draw.randrange(4)
        fits = len(text) // max(1, width) + 1
        size = draw.choice((0, fits, fits + 1))
        held = [np.full(size + 2, -7) for _ in range(2)]
        try:
            found = _core.regular_lines(text, b",", b'"', width, b"a", *(one[1:-1] for one in held))
        except ValueError:
            found = -1
            assert width == 0 or size != fits
        assert -1 <= found <= size
        assert all(one[0] == one[-1] == -7 for one in held)


@pytest.mark.parametrize(
    ("columns", "rows"),
    [
        ([np.zeros(2)], 3),
        ([np.zeros(3, dtype=np.int64)], 2**63),
        ([(np.zeros(3, dtype=np.int64), [])], 3),
        ([(np.array([0, 1, 2]), ["a", "b"])], 3),
        ([(np.zeros(3, dtype=np.int64), [1.5])], 3),
        ([(np.zeros(3), ["a"])], 3),
        (["text"], 1),
    ],
)
def test_columns_that_do_not_fit_are_not_written(columns, rows):
    with pytest.raises((ValueError, TypeError, RuntimeError)):
        _core.csv_lines(columns, rows)


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
