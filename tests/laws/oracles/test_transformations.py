"""Oracles 3, 4, 7 and 8: weights, scales, order and storage change the answer as they should."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse
from tests.laws.catalogue import LAYOUTS
from tests.laws.oracles.ways import TOL, UNIQUE_LINES, WAYS, Task

from bridle import ElasticNetPenalty, elastic_net_path
from bridle.elastic_net import Problem
from bridle.elastic_net.design import DenseDesign
from bridle.elastic_net.loss import Squared
from bridle.elastic_net.solver import CoordinateDescent

# Of constant and of equal columns it is said that they are there.
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::bridle.errors.DataWarning"),
]

every_way = pytest.mark.parametrize("way", WAYS)
every_unique_line = pytest.mark.parametrize(("way", "shape", "l1_ratio"), UNIQUE_LINES)


def assert_close(one, other, rtol):
    """Compare coefficients in units of the largest."""
    largest = np.abs(other).max(initial=0.0)
    np.testing.assert_allclose(one, other, rtol=0, atol=rtol * largest)


def counts_for(task, seed=1):
    counts = np.random.default_rng(seed).integers(0, 4, len(task.y))
    counts[:2] = 1
    return counts


@every_unique_line
def test_oracle_3_weights_are_repetitions(way, shape, l1_ratio):
    """A row of weight k is k rows, and one of weight 0 is deleted: 1e-9."""
    task = Task.of(shape, l1_ratio)
    counts = counts_for(task)
    weighted = WAYS[way](replace(task, weights=counts.astype(float)))
    repeated = WAYS[way](replace(task, X=np.repeat(task.X, counts, 0), y=np.repeat(task.y, counts)))
    assert_close(weighted.coef, repeated.coef, 1e-9)
    assert weighted.intercept == pytest.approx(repeated.intercept, rel=1e-9)


@every_way
@pytest.mark.parametrize("shape", ["tall", "wide", "shifted and scaled"])
@pytest.mark.parametrize("factor", [2.0**-1000, 1e300])
def test_oracle_3_weights_are_relative(way, shape, factor):
    """Weights times a constant are the same weights: 1e-9."""
    task = Task.of(shape, 0.5, weighted=True)
    there = WAYS[way](replace(task, weights=factor * task.weights))
    assert_close(there.coef, WAYS[way](task).coef, 1e-9)


@every_unique_line
def test_oracle_3_zero_weight_is_deletion(way, shape, l1_ratio):
    """Whatever stands in a row of weight 0 is not seen: 1e-9."""
    task = Task.of(shape, l1_ratio, weighted=True)
    kept = task.weights > 0
    X, y = task.X.copy(), task.y.copy()
    X[~kept], y[~kept] = 1e3 * X[~kept], 99.0
    here = WAYS[way](replace(task, X=X, y=y))
    there = WAYS[way](replace(task, X=X[kept], y=y[kept], weights=task.weights[kept]))
    assert_close(here.coef, there.coef, 1e-9)
    assert here.intercept == pytest.approx(there.intercept, rel=1e-9)


@every_unique_line
@pytest.mark.parametrize("c", [1e-6, 3.0])
def test_oracle_4_scale_of_y(way, shape, l1_ratio, c):
    """``(c y, c l1, l2) -> c b``: 1e-12."""
    task = Task.of(shape, l1_ratio)
    alpha = c * task.l1 + task.l2
    there = WAYS[way](replace(task, y=c * task.y, alpha=alpha, l1_ratio=c * task.l1 / alpha))
    assert_close(there.coef, c * WAYS[way](task).coef, 1e-12)


@every_unique_line
@pytest.mark.parametrize("s", [1e-3, 3.0])
def test_oracle_4_scale_of_features(way, shape, l1_ratio, s):
    """``(s X, s l1, s^2 l2) -> b / s``: 1e-12."""
    task = Task.of(shape, l1_ratio)
    alpha = s * task.l1 + s**2 * task.l2
    there = WAYS[way](replace(task, X=s * task.X, alpha=alpha, l1_ratio=s * task.l1 / alpha))
    assert_close(there.coef, WAYS[way](task).coef / s, 1e-12)


@pytest.mark.parametrize(("shape", "l1_ratio"), sorted({one[1:] for one in UNIQUE_LINES}))
@pytest.mark.parametrize(("c", "s"), [(2.0**30, 1.0), (1.0, 2.0**-20), (2.0**-40, 2.0**17)])
def test_oracle_4_powers_of_two_change_no_bit(shape, l1_ratio, c, s):
    """``(c y, s X, c s l1, s^2 l2) -> c b / s`` bit for bit."""
    task = Task.of(shape, l1_ratio)

    def solve(X, y, l1, l2):
        problem = Problem.build(DenseDesign(X), y[:, None], Squared(), ElasticNetPenalty(l1, l2))
        return CoordinateDescent(tol=TOL).solve(problem).coef

    here = solve(task.X, task.y, task.l1, task.l2)
    there = solve(s * task.X, c * task.y, c * s * task.l1, s**2 * task.l2)
    assert np.array_equal(there, c * here / s)


@every_unique_line
def test_oracle_7_order_and_sign(way, shape, l1_ratio):
    """Permuted rows change nothing; permuted and flipped columns permute and flip: 1e-12."""
    task = Task.of(shape, l1_ratio, weighted=True)
    rng = np.random.default_rng(2)
    (n, p) = task.X.shape
    rows, columns, signs = rng.permutation(n), rng.permutation(p), rng.choice([-1.0, 1.0], p)
    there = WAYS[way](
        replace(
            task,
            X=(task.X * signs)[rows][:, columns],
            y=task.y[rows],
            weights=task.weights[rows],
        )
    )
    assert_close(there.coef, (WAYS[way](task).coef * signs)[columns], 1e-12)


STORAGES = {
    **LAYOUTS,
    "CSC": lambda X, _: sparse.csc_array(X),
    "CSR": lambda X, _: sparse.csr_array(X),
    "CSR, float32": lambda X, _: sparse.csr_array(X.astype(np.float32)),
}


def numbers_of(X):
    return X.tobytes() if isinstance(X, np.ndarray) else X.data.tobytes()


@every_way
@pytest.mark.parametrize("storage", STORAGES)
@pytest.mark.parametrize("shape", ["tall", "wide", "shifted and scaled"])
@pytest.mark.parametrize("l1_ratio", [1.0, 0.5])
def test_oracle_8_storage(way, storage, shape, l1_ratio, tmp_path):
    """However X is stored, the answer is that of a dense float64 array: 1e-10, float32 1e-4."""
    task = Task.of(shape, l1_ratio, weighted=True)
    task.X[np.abs(task.X) < 0.5] = 0.0
    X = STORAGES[storage](task.X, tmp_path)
    before = numbers_of(X)
    there = WAYS[way](replace(task, X=X))
    assert_close(there.coef, WAYS[way](task).coef, 1e-4 if X.dtype == np.float32 else 1e-10)
    assert numbers_of(X) == before, "X was written to"


@pytest.mark.parametrize("standardize", [True, False])
def test_oracle_8_storage_of_a_standardised_path(standardize, tmp_path):
    """The same with standardisation on the fly, along a grid."""
    task = Task.of("shifted and scaled", 0.5, weighted=True)
    options = {"alphas": 5, "sample_weight": task.weights, "tol": TOL, "standardize": standardize}
    reference = elastic_net_path(task.X, task.y, **options)
    for make in STORAGES.values():
        X = make(task.X, tmp_path)
        path = elastic_net_path(X, task.y, **options)
        accuracy = 1e-4 if X.dtype == np.float32 else 1e-10
        assert_close(stacked(path), stacked(reference), accuracy)


def stacked(path):
    return np.array([one.toarray()[:, 0] for one in path.coefs])
