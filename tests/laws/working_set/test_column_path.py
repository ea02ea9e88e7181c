"""The path on columns against the slow twin, and the laws of how it is called."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse
from tests.laws.catalogue import COERCIVE, LOSSES, PENALTIES, SHAPES, make_problem

from bridle import _core
from bridle.elastic_net.design import DenseDesign
from bridle.elastic_net.optimality.certificate import kkt_limit
from bridle.elastic_net.problem import Problem
from bridle.elastic_net.solver import ProximalGradient

pytestmark = pytest.mark.slow

KINDS = {
    "dense": np.asfortranarray,
    "sparse": lambda X: sparse_matrix(X),
    "sparse float32, int64": lambda X: sparse_matrix(X, np.float32, np.int64),
}
TOL = 1e-10
every_kind = pytest.mark.parametrize("kind", ["dense", "sparse"])
every_loss = pytest.mark.parametrize(
    "loss", ["squared", "logistic", "logistic of shares", "poisson", "gamma", "tweedie", "huber"]
)


def sparse_matrix(X, dtype=np.float64, index=np.int32):
    columns = sparse.csc_array(X)
    data, indices, indptr = columns.data, columns.indices, columns.indptr
    return _core.SparseMatrix(
        data.astype(dtype), indices.astype(index), indptr.astype(index), X.shape[0]
    )


class Columns:
    """The arguments of a problem, and what came of the last call."""

    def __init__(self, problem, X, kind="dense", *, center=None, scale=None):
        self.problem = problem
        p = X.shape[1]
        unit = problem.penalty.with_strength(1.0, 1.0)
        factors, (lower, upper) = unit.strengths(p)[0], unit.bounds(p)
        self.features = np.flatnonzero(np.isfinite(factors))
        used = self.features
        self.columns = KINDS[kind](X)
        self.center = np.zeros(used.size) if center is None else center[used]
        self.scale = np.ones(used.size) if scale is None else scale[used]
        self.limits = factors[used], lower[used], upper[used]
        self.half = problem.null.half_deviance

    def solve(self, l1, l2, *, tol=TOL, coef=None, intercept=None, solved=0, known=0, **options):
        """Solve, starting from the rows of ``coef`` and ``intercept`` that are given."""
        problem, count, p = self.problem, len(l1), self.features.size
        self.l1, self.l2 = np.array(l1, dtype=float), np.array(l2, dtype=float)
        self.coef, self.intercept = np.full((count, p), np.nan), np.full(count, np.nan)
        if coef is not None:
            self.coef[: len(coef)], self.intercept[: len(intercept)] = coef, intercept
        self.eta, self.gap = np.empty((count, problem.y.shape[0])), np.empty(count)
        return _core.column_path(
            self.columns,
            _core.Columns(self.features, self.center, self.scale),
            problem.rows,
            _core.Features(*self.limits),
            _core.Grid(self.l1, self.l2, solved, known),
            _core.Precision(
                tol * self.half,
                0.0,
                options.get("violation", kkt_limit(tol)),
                options.get("limit", 20_000),
            ),
            _core.Solutions(self.coef, self.intercept, self.eta, self.gap),
        )

    def full(self, row=0):
        """Return the coefficients of all features, shape (p, 1)."""
        coef = np.zeros((self.problem.design.shape[1], 1))
        coef[self.features, 0] = self.coef[row]
        return coef

    def certificate(self, row=0):
        """Return the certificate at a strength."""
        penalty = replace(self.problem.penalty, l1=self.l1[row], l2=self.l2[row])
        problem = self.problem.with_penalty(penalty)
        return problem.certify(self.full(row), self.intercept[row : row + 1])

    def assert_eta(self):
        for row in range(len(self.coef)):
            exact = self.problem.linear_predictor(self.full(row), self.intercept[row : row + 1])
            np.testing.assert_allclose(self.eta[row], exact[:, 0], rtol=1e-11, atol=1e-11)


def assert_optimal(columns, factor=10):
    problem = columns.problem
    certificate = columns.certificate()
    assert certificate.relative_gap <= factor * TOL
    # Where the curvature has no bound, rows far from their optimum leave the gap before the slopes.
    endless = np.isinf(problem.loss.smoothness)
    # The kernel promises the gap, and the violation at its last round; what is left is confirmed from X.
    assert certificate.kkt <= (1e-3 if endless else 10 * kkt_limit(factor * TOL))
    twin = ProximalGradient(tol=TOL, max_iter=1000).solve(problem).certificate
    assert certificate.objective <= twin.objective + factor * TOL * columns.half
    columns.assert_eta()


@every_kind
@every_loss
@pytest.mark.parametrize("penalty", PENALTIES)
@pytest.mark.parametrize("fit_intercept", [True, False])
def test_equals_the_slow_twin(kind, loss, penalty, fit_intercept):
    problem = make_problem(
        loss, penalty, fit_intercept=fit_intercept, weighted=True, with_offset=True
    )
    columns = Columns(problem, SHAPES["tall"](np.random.default_rng(0)), kind)
    # The dual point is scaled down by the violation, which costs that share of the penalty in the gap.
    columns.solve([problem.penalty.l1], [problem.penalty.l2], violation=100 * TOL)
    assert_optimal(columns, factor=100)


@every_kind
@every_loss
@pytest.mark.parametrize("penalty", COERCIVE)
@pytest.mark.parametrize("shape", [one for one in SHAPES if "row" not in one])
def test_equals_the_slow_twin_on_any_shape(kind, loss, penalty, shape):
    problem = make_problem(loss, penalty, shape)
    columns = Columns(problem, SHAPES[shape](np.random.default_rng(0)), kind)
    columns.solve([problem.penalty.l1], [problem.penalty.l2])
    assert columns.gap[0] <= TOL * columns.half
    assert_optimal(columns)


def thin(n=80, p=40, seed=0):
    """A matrix of which a quarter is not 0, with a constant, an empty and a repeated column."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, p)) * (rng.random((n, p)) < 0.25)
    X[:, 3], X[:, 5], X[:, 7] = 0.1, 0.0, X[:, 8]
    return X


def thin_problem(loss, X, *, fit_intercept=True, weights=None, penalty=PENALTIES["elastic"]):
    case = LOSSES[loss]
    y = case.simulate(np.random.default_rng(1), X)
    return Problem.build(
        DenseDesign(X),
        y,
        case.loss,
        penalty(X.shape[1]),
        weights=weights,
        fit_intercept=fit_intercept,
    )


def strengths(problem, count=12, l1_ratio=0.7):
    alphas = problem.strength_max(l1_ratio) * np.geomspace(1.0, 0.02, count)
    return l1_ratio * alphas, (1 - l1_ratio) * alphas


@every_loss
@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("l1_ratio", [1.0, 0.5, 0.01])
def test_every_strength_of_a_path_is_solved_alike_on_every_kind_of_columns(
    loss, fit_intercept, l1_ratio
):
    X = thin().astype(np.float32).astype(float)
    problem = thin_problem(loss, X, fit_intercept=fit_intercept)
    grid = strengths(problem, l1_ratio=l1_ratio)
    weights = problem.weights
    center = weights @ X if fit_intercept else np.zeros(X.shape[1])
    scale = np.sqrt(weights @ (X - weights @ X) ** 2)
    scale[scale < 1e-9] = 1.0
    made = [Columns(problem, X, kind, center=center, scale=scale) for kind in KINDS]
    for columns in made:
        columns.solve(*grid)
        assert np.all(columns.gap <= TOL * columns.half)
        near = 1e-4 * np.abs(made[0].eta).max(axis=1, keepdims=True)
        assert np.all(np.abs(columns.eta - made[0].eta) <= near)
        exact = (X - center) / scale @ columns.coef.T + columns.intercept
        np.testing.assert_allclose(columns.eta, exact.T, rtol=1e-11, atol=1e-11)
        assert np.all(columns.coef[:, [3, 5]] == 0) or not fit_intercept


@every_kind
@every_loss
def test_a_path_in_parts_is_the_path(kind, loss):
    X = thin()
    problem = thin_problem(loss, X)
    l1, l2 = strengths(problem)
    whole, part = Columns(problem, X, kind), Columns(problem, X, kind)
    whole.solve(l1, l2, tol=1e-13)
    part.solve(l1[:5], l2[:5], tol=1e-13)
    coef, intercept = part.coef, part.intercept
    part.solve(l1, l2, tol=1e-13, coef=coef, intercept=intercept, solved=5, known=5)
    assert np.array_equal(part.coef[:5], coef), "solutions are left alone"
    np.testing.assert_allclose(part.coef, whole.coef, rtol=0, atol=1e-6)


@every_kind
def test_a_solution_as_point_to_start_from_costs_no_sweep(kind):
    X = thin()
    problem = thin_problem("logistic", X)
    l1, l2 = strengths(problem)
    columns = Columns(problem, X, kind)
    assert columns.solve(l1, l2) > 0
    done = columns.coef, columns.intercept
    assert columns.solve(l1, l2, tol=2 * TOL, coef=done[0], intercept=done[1], known=12) == 0
    np.testing.assert_array_equal(columns.coef, done[0])


@every_kind
def test_points_to_start_from_may_break_the_bounds(kind):
    X = thin()
    problem = thin_problem("squared", X, penalty=PENALTIES["boxed"])
    l1, l2 = strengths(problem)
    columns = Columns(problem, X, kind)
    far = np.full((12, X.shape[1]), 5.0)
    columns.solve(l1, l2, coef=far, intercept=np.full(12, -3.0), known=12)
    from_far = columns.coef
    columns.solve(l1, l2)
    np.testing.assert_allclose(columns.coef, from_far, atol=1e-4)


@every_kind
@every_loss
def test_rows_of_weight_0_are_not_there(kind, loss):
    X = thin()
    kept = np.arange(80) % 4 > 0
    X[:, 9] = np.where(kept, 2.0, X[:, 9])  # constant among the rows that count
    problem = thin_problem(loss, X, weights=kept * 1.0)
    grid = strengths(problem)
    columns = Columns(problem, X, kind)
    columns.solve(*grid, tol=1e-12)
    fewer = Columns(thin_problem(loss, X[kept]), X[kept], kind)
    fewer.problem.y[:] = problem.y[kept]
    del fewer.problem.__dict__["null"]
    fewer.solve(*grid, tol=1e-12)
    np.testing.assert_allclose(columns.coef, fewer.coef, atol=1e-5)
    np.testing.assert_allclose(columns.eta[:, kept], fewer.eta, atol=1e-5)
    assert np.all(columns.coef[:, 9] == 0)
    columns.assert_eta()


@every_kind
def test_certain_predictions_do_not_overflow(kind):
    X = thin()
    problem = thin_problem("logistic", X)
    problem.offset[:, 0] = np.where(np.arange(80) % 2, 900.0, -900.0)
    columns = Columns(problem, X, kind)
    columns.solve([1e-3], [0.0], tol=1e-6, limit=100)
    assert np.all(np.isfinite(columns.eta))
    assert columns.certificate().objective < problem.null.value


@every_kind
@every_loss
def test_two_calls_give_the_same_bits(kind, loss):
    X = thin()
    problem = thin_problem(loss, X)
    grid = strengths(problem)
    one, other = Columns(problem, X, kind), Columns(problem, X, kind)
    one.solve(*grid)
    other.solve(*grid)
    assert one.coef.tobytes() == other.coef.tobytes()
    assert one.eta.tobytes() == other.eta.tobytes()


@every_kind
def test_the_limit_of_sweeps_is_kept_and_the_gap_told(kind):
    X = thin()
    problem = thin_problem("logistic", X)
    l1, l2 = strengths(problem)
    columns = Columns(problem, X, kind)
    assert columns.solve(l1[-1:], l2[-1:], tol=1e-15, limit=2) == 2
    gap = columns.gap[0] / columns.half
    assert gap > 1e-15
    assert columns.certificate().relative_gap == pytest.approx(gap, rel=1.0)


def test_wrong_arguments_are_refused():
    X = thin()
    problem = thin_problem("squared", X)
    columns = Columns(problem, X)
    with pytest.raises(ValueError, match="solved must be at most 1"):
        columns.solve([0.1], [0.0], solved=2)
    columns.columns = np.ascontiguousarray(X)
    with pytest.raises(ValueError, match="Fortran order"):
        columns.solve([0.1], [0.0])
    columns.columns, columns.features = np.asfortranarray(X), np.arange(1, 41)
    with pytest.raises(ValueError, match=r"\[0, 40\)"):
        columns.solve([0.1], [0.0])
