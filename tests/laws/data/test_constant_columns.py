"""Constant columns without an intercept: what is penalised is the coefficient that the user holds."""

from __future__ import annotations

import numpy as np
import pytest
from tests.laws.random_problems.faults import faults
from tests.laws.random_problems.fits import ask
from tests.laws.random_problems.problems import RandomProblem, random_problem

# Of the constant columns and of the others.
SIZES = [(1e-101, 1e-101), (1.0, 1e-101), (1e101, 1e-101), (1.0, 1e160), (1e-8, 1e160), (1e-8, 1.0)]


def with_constants(
    sizes: tuple[float, float], loss: str, l1_ratio: float, factor: float
) -> RandomProblem:
    """Return a standardised problem without an intercept, two of whose five columns are constant."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(12, 5)) * sizes[1]
    X[:, 1], X[:, 3] = sizes[0], -2 * sizes[0]
    y = rng.normal(size=12) + 1
    base = random_problem(0).of_kind(
        loss=loss, entry="path", layout="C order", bounds="plain", weights="plain", factors="plain"
    )
    return base.at(
        X=X,
        y=y if loss == "squared" else (y > 1).astype(float),
        weights=None,
        offset=None,
        factors=np.array([1.0, factor, 1.0, 1.0, 1.0]),
        lower=np.full(5, -np.inf),
        upper=np.full(5, np.inf),
        alphas=np.array([0.5, 0.01]),
        l1_ratio=l1_ratio,
        fit_intercept=False,
        standardize=True,
    )


@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize("loss", ["squared", "logistic"])
@pytest.mark.parametrize("l1_ratio", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("factor", [0.0, 1.0])
def test_coefficients_are_penalised_as_they_are(sizes, loss, l1_ratio, factor, tmp_path):
    problem = with_constants(sizes, loss, l1_ratio, factor)
    assert not [str(one) for one in faults(problem, ask(problem, tmp_path))]


def test_those_too_small_for_squares_are_named(tmp_path):
    problem = with_constants((1e-200, 1.0), "squared", 0.0, 1.0)
    outcome = ask(problem, tmp_path)
    assert outcome.warned(
        "2 columns of X are too small beside the others to be distinguished from 0: 1, 3"
    )
    assert all(one.excused for one in faults(problem, outcome))
