"""Random small problems that say the same in other words: the answers are the same ones."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from scipy.special import expit, softmax
from tests.laws.random_problems.fits import Outcome, ask
from tests.laws.random_problems.problems import LAYOUTS, RandomProblem, random_problem

from bridle import ElasticNet, ElasticNetCV, elastic_net_path
from bridle.errors import DataWarning

FEW = range(6)
MANY = range(6, 400)
SOLVER_TOL = 1e-8
# Two solutions within SOLVER_TOL of the best predict as alike as that: about the square root.
CLOSE = 5e-4
# Designs of which multiplication by a power of ten, which rounds, makes another one.
_TOUCHY = ("nearly collinear", "nearly constant", "shifted")


def _tame(number: int) -> RandomProblem:
    """Return a problem of moderate numbers, fitted as a path."""
    seed = 100 * number
    while True:
        problem = random_problem(seed)
        kinds = problem.kinds
        extreme = "extreme" in (kinds["scales"], kinds["y scale"])
        if not extreme and kinds["design"] not in _TOUCHY and kinds["scales"] != "both":
            return problem.of_kind(entry="path", layout="C order").at(X=problem.X.copy())
        seed += 1


def _means(problem: RandomProblem, X: np.ndarray, outcome: Outcome) -> list[np.ndarray]:
    """Return what each answer predicts for the rows of X, in units of the targets' spread."""
    offset = 0.0 if problem.offset is None else problem.offset
    unit = 1.0
    if problem.loss == "squared":
        left = problem.targets - offset
        spread, size = float(np.std(left)), float(np.abs(left).max())
        # Targets that are constant up to rounding have a size alone.
        unit = (spread if spread > 1e-12 * size else size) or 1.0
    inverse = {"squared": lambda eta: eta / unit, "logistic": expit, "multinomial": _softmax}
    return [inverse[problem.loss](offset + one.intercept + X @ one.coef) for one in outcome.answers]


def _softmax(eta: np.ndarray) -> np.ndarray:
    return softmax(eta, axis=1)


def _agree(one: tuple[RandomProblem, Outcome], other: tuple[RandomProblem, Outcome]) -> None:
    first, second = (pair[1] for pair in (one, other))
    assert (first.error is None) == (second.error is None), (first.error, second.error)
    missed = [pair[1].warned("ConvergenceWarning") for pair in (one, other)]
    if any(missed):
        return
    rows = zip(*(_means(problem, problem.X, done) for problem, done in (one, other)), strict=True)
    for mean, same in rows:
        np.testing.assert_allclose(mean, same, rtol=0, atol=CLOSE)


def _asked(problem: RandomProblem, folder: Path) -> tuple[RandomProblem, Outcome]:
    return problem, ask(problem, folder, tol=SOLVER_TOL)


def _rows(problem: RandomProblem, rows: np.ndarray) -> RandomProblem:
    """Return the problem of some rows, which may repeat."""
    return problem.at(
        X=problem.X[rows],
        y=problem.y[rows],
        weights=None if problem.weights is None else problem.weights[rows],
        offset=None if problem.offset is None else problem.offset[rows],
    )


def _layouts(problem: RandomProblem, rng: np.random.Generator) -> list[RandomProblem]:
    """Return a problem of few rows, in every layout; its numbers are float32."""
    n = max(int(rng.integers(3, 9)), problem.targets.shape[1])
    few = _rows(problem, np.arange(min(n, len(problem.y))))
    single = few.at(X=few.X.astype(np.float32).astype(np.float64))
    return [single.of_kind(layout=layout) for layout in LAYOUTS]


def _column_units(problem: RandomProblem, rng: np.random.Generator) -> list[RandomProblem]:
    # A column without spread has no unit to be divided by.
    powers = np.where(
        np.ptp(problem.X, axis=0) > 0, 10.0 ** rng.integers(-5, 6, problem.X.shape[1]), 1.0
    )
    plain = problem.at(standardize=True)
    lower, upper = plain.lower / powers, plain.upper / powers
    return [plain, plain.at(X=plain.X * powers, lower=lower, upper=upper)]


def _units_of_y(problem: RandomProblem, rng: np.random.Generator) -> list[RandomProblem]:
    if problem.loss != "squared":
        pytest.skip("classes have no units")
    power = 10.0 ** rng.choice([-9, -4, 3, 8])
    first, second = problem.l1_ratio * power, 1 - problem.l1_ratio
    return [
        problem,
        problem.at(
            y=problem.y * power,
            offset=None if problem.offset is None else problem.offset * power,
            lower=problem.lower * power,
            upper=problem.upper * power,
            alphas=problem.alphas * (first + second),
            l1_ratio=first / (first + second),
        ),
    ]


def _repetition(problem: RandomProblem, rng: np.random.Generator) -> list[RandomProblem]:
    counts = rng.integers(1, 4, problem.y.size)
    plain = problem.at(weights=None)
    repeated = _rows(plain, np.repeat(np.arange(counts.size), counts))
    return [plain.at(weights=counts.astype(float)), repeated]


def _deletion(problem: RandomProblem, rng: np.random.Generator) -> list[RandomProblem]:
    given = np.ones(problem.y.size) if problem.weights is None else problem.weights
    stay = rng.random(given.size) < 0.7
    stay[np.unique(problem.y, return_index=True)[1][:4]] = True
    stay &= given > 0
    X = np.where(stay[:, None], problem.X, 3 * problem.X[:1] + rng.normal(size=problem.X.shape))
    full = problem.at(X=X, weights=np.where(stay, given, 0.0))
    return [full, _rows(full, np.flatnonzero(stay))]


LAWS: dict[str, Callable[[RandomProblem, np.random.Generator], list[RandomProblem]]] = {
    "layouts of few rows": _layouts,
    "powers of ten of columns": _column_units,
    "powers of ten of y": _units_of_y,
    "weights as repetition": _repetition,
    "weight 0 as deletion": _deletion,
}


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize(
    "number", [*FEW, *(pytest.param(one, marks=pytest.mark.slow) for one in MANY)]
)
def test_same_problem_has_the_same_answer(law, number, tmp_path):
    rng = np.random.default_rng(number)
    first, *others = (_asked(one, tmp_path) for one in LAWS[law](_tame(number), rng))
    for other in others:
        rows = first[0].X.shape[0]
        if other[0].X.shape[0] == rows:
            _agree(first, other)
        else:
            # Rows differ in number: both predict for those of the second.
            base = other[0]
            _agree((base, first[1]), (base, other[1]))


@pytest.mark.parametrize(
    "seed", [0, 86, *(pytest.param(one, marks=pytest.mark.slow) for one in range(1, 86))]
)
def test_chosen_strength_does_not_depend_on_the_tolerance(seed):
    """86: folds with about as many features as rows ended unconverged on their cross-products."""
    rng = np.random.default_rng(seed)
    n, p = int(rng.integers(20, 61)), int(rng.integers(2, 81))
    X = rng.normal(size=(n, p)) + 0.5 * rng.normal(size=(n, 1))
    y = X[:, :3].sum(axis=1) + rng.choice([0.3, 1.0, 3.0]) * rng.normal(size=n)
    ratio = float(rng.choice([0.5, 1.0]))
    with warnings.catch_warnings():
        # Where the best strength ends the grid is not what is asked.
        warnings.simplefilter("ignore", DataWarning)
        loose, tight = (
            ElasticNetCV(l1_ratio=ratio, standardize=True, alphas=50, n_jobs=1, **settings).fit(
                X, y
            )
            for settings in ({}, {"tol": 1e-8})
        )
    assert loose.alpha_ == tight.alpha_


@pytest.mark.parametrize("alpha", [1e-13, 1e-16, 1e-17, 1e-18, 1e-30, 0.0])
@pytest.mark.parametrize("fit_intercept", [True, False])
def test_ridge_near_0_is_the_smallest_of_what_fits(alpha, fit_intercept):
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(8, 20)), rng.normal(size=8) + 3
    share = np.full(8, 1 / 8) if fit_intercept else np.zeros(8)
    smallest = np.linalg.pinv(X - share @ X) @ (y - share @ y)
    model = ElasticNet(alpha, l1_ratio=0.0, fit_intercept=fit_intercept).fit(X, y)
    np.testing.assert_allclose(model.coef_, smallest, rtol=0, atol=1e-6)
    path = elastic_net_path(X, y, alphas=[alpha], l1_ratio=0.0, fit_intercept=fit_intercept)
    np.testing.assert_allclose(path.coefs[0].toarray()[:, 0], smallest, rtol=0, atol=1e-6)
