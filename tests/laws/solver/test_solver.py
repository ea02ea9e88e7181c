import functools
import json
import os
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from tests.laws.catalogue import COERCIVE, LAYOUTS, LOSSES, PENALTIES, SHAPES, make_problem

from bridle import _core
from bridle.elastic_net.design import DenseDesign, standardized
from bridle.elastic_net.loss import Logistic, Squared
from bridle.elastic_net.penalty.penalty import ElasticNetPenalty
from bridle.elastic_net.problem import Problem
from bridle.elastic_net.solver import CoordinateDescent, ProximalGradient, Status

every_loss = pytest.mark.parametrize("loss", LOSSES)
every_penalty = pytest.mark.parametrize("penalty", PENALTIES)
TIGHT = CoordinateDescent(tol=1e-13, kkt_tol=1e-13)
TWIN = ProximalGradient(tol=1e-10, max_iter=20_000)


def solve(X, y, penalty, loss=None, solver=TIGHT, **options):
    loss = Squared() if loss is None else loss
    return solver.solve(Problem.build(DenseDesign(X), y, loss, penalty, **options))


def assert_same(one, other, problem, atol=1e-4):
    """The objective agrees to the tolerance; coefficients where they are unique."""
    scale = problem.null.half_deviance
    difference = one.certificate.objective - other.certificate.objective
    assert abs(difference) <= 1e-9 * max(scale, 1e-300)
    eta = [problem.linear_predictor(each.coef, each.intercept) for each in (one, other)]
    if problem.loss.is_shift_invariant:
        eta = [each - each.mean(axis=1, keepdims=True) for each in eta]
    used = problem.weights > 0
    np.testing.assert_allclose(eta[0][used], eta[1][used], atol=atol * max(np.abs(eta).max(), 1))


# --- The fast solver and its slow twin


@every_loss
@every_penalty
@pytest.mark.parametrize("fit_intercept", [True, False])
def test_equals_the_slow_twin(loss, penalty, fit_intercept):
    problem = make_problem(
        loss, penalty, fit_intercept=fit_intercept, weighted=True, with_offset=True
    )
    fast, slow = CoordinateDescent().solve(problem), TWIN.solve(problem)
    assert fast.status is slow.status is Status.CONVERGED
    assert_same(fast, slow, problem)
    # Without a penalty a feature's coefficients may all be shifted in all classes.
    if loss != "multinomial" or penalty in COERCIVE:
        np.testing.assert_allclose(fast.coef, slow.coef, atol=1e-4)


# With one or two rows classes can be told apart for certain, which takes the twin for ever.
SHAPES_OF_LOSSES = [
    (loss, shape)
    for loss in ("squared", "logistic", "multinomial")
    for shape in SHAPES
    if shape != "shifted and scaled" and (loss == "squared" or "row" not in shape)
    if loss != "multinomial" or shape in ("square", "one column", "duplicate columns")
]


@pytest.mark.parametrize(("loss", "shape"), SHAPES_OF_LOSSES)
@pytest.mark.parametrize("penalty", ["lasso", "elastic"])
def test_equals_the_slow_twin_on_any_shape(loss, shape, penalty):
    problem = make_problem(loss, penalty, shape)
    fast, slow = CoordinateDescent().solve(problem), TWIN.solve(problem)
    assert fast.status is slow.status is Status.CONVERGED
    assert_same(fast, slow, problem)
    if penalty == "elastic":
        np.testing.assert_allclose(fast.coef, slow.coef, atol=1e-4)


@pytest.mark.parametrize("loss", ["squared", "logistic"])
@pytest.mark.parametrize("fit_intercept", [True, False])
def test_equals_the_slow_twin_on_a_standardised_design(loss, fit_intercept):
    case, rng = LOSSES[loss], np.random.default_rng(0)
    X = SHAPES["shifted and scaled"](rng)
    weights = np.full(30, 1 / 30)
    plain = DenseDesign(X)
    design = standardized(plain, *plain.moments(weights), center=fit_intercept)
    problem = Problem.build(
        design,
        case.simulate(rng, X),
        case.loss,
        PENALTIES["elastic"](5),
        fit_intercept=fit_intercept,
    )
    fast, slow = CoordinateDescent().solve(problem), TWIN.solve(problem)
    assert fast.status is slow.status is Status.CONVERGED
    assert_same(fast, slow, problem)


@every_loss
@every_penalty
def test_equals_itself_without_newton(loss, penalty):
    problem = make_problem(loss, penalty, weighted=True)
    fast = CoordinateDescent().solve(problem)
    plain = CoordinateDescent(newton=False, kkt_tol=np.inf, tol=1e-10).solve(problem)
    assert fast.status is plain.status is Status.CONVERGED
    # Without fixed signs there is no Newton finish, and only the KKT limits differ.
    assert problem.is_tied or fast.iterations <= plain.iterations
    assert_same(fast, plain, problem)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_equals_itself_on_any_layout(layout, tmp_path):
    rng = np.random.default_rng(1)
    # Numbers that float32 holds exactly, so that every layout is the same matrix.
    X = rng.normal(size=(30, 6)).astype(np.float32).astype(np.float64)
    y = X @ rng.normal(size=(6, 1)) + rng.normal(size=(30, 1))
    array = LAYOUTS[layout](X, tmp_path)
    before = array.tobytes()
    reference = solve(X, y, ElasticNetPenalty(0.1, 0.1))
    there = solve(array, y, ElasticNetPenalty(0.1, 0.1))
    np.testing.assert_allclose(there.coef, reference.coef, rtol=1e-10, atol=1e-12)
    assert array.tobytes() == before


# --- Closed forms


def orthonormal(rng, n=40, p=5):
    """Return columns with mean 0, variance 1 and no correlation."""
    Q = np.linalg.qr(np.hstack([np.ones((n, 1)), rng.normal(size=(n, p))]))[0]
    return Q[:, 1:] * np.sqrt(n)


@pytest.mark.parametrize("l2", [0.0, 0.7])
def test_orthonormal_design_is_soft_thresholding(l2):
    rng = np.random.default_rng(2)
    X = orthonormal(rng)
    y = X @ [[1.0], [0.3], [-0.5], [0.05], [0]] + 0.1 * rng.normal(size=(40, 1)) + 3
    z = X.T @ (y - y.mean()) / 40
    expected = np.sign(z) * np.maximum(np.abs(z) - 0.2, 0) / (1 + l2)
    solution = solve(X, y, ElasticNetPenalty(0.2, l2))
    np.testing.assert_allclose(solution.coef, expected, atol=1e-12)
    assert np.array_equal(solution.coef == 0, expected == 0)
    assert solution.intercept[0] == pytest.approx(y.mean(), rel=1e-12)


@pytest.mark.parametrize("shape", ["tall", "wide", "shifted and scaled", "correlated", "square"])
@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("newton", [True, False])
def test_ridge_is_its_closed_form(shape, fit_intercept, newton):
    rng = np.random.default_rng(3)
    X = SHAPES[shape](rng)
    y = rng.normal(size=(len(X), 2)) + 1
    w = rng.random(len(X))
    w /= w.sum()
    centre, mean = (w @ X, w @ y) if fit_intercept else (0.0, 0.0)
    Z, t = X - centre, y - mean
    W = w[:, None]
    expected = np.linalg.solve(Z.T @ (W * Z) + 0.3 * np.eye(X.shape[1]), Z.T @ (W * t))
    solver = CoordinateDescent(tol=1e-15, kkt_tol=1e-12, newton=newton, max_iter=200)
    solution = solve(
        X, y, ElasticNetPenalty(0, 0.3), solver=solver, weights=w, fit_intercept=fit_intercept
    )
    np.testing.assert_allclose(
        solution.coef, expected, rtol=1e-9 if newton else 1e-6, atol=1e-12 if newton else 1e-8
    )


@pytest.mark.parametrize("fit_intercept", [True, False])
def test_no_penalty_is_the_least_squares_solution_of_smallest_norm(fit_intercept):
    rng = np.random.default_rng(4)
    for n, p in ((40, 5), (10, 30), (6, 6)):
        X, y = rng.normal(size=(n, p)) + 2, rng.normal(size=(n, 1))
        Z, t = (X - X.mean(axis=0), y - y.mean()) if fit_intercept else (X, y)
        solution = solve(X, y, ElasticNetPenalty(0, 0), fit_intercept=fit_intercept)
        np.testing.assert_allclose(
            solution.coef, np.linalg.pinv(Z, rcond=1e-10) @ t, rtol=1e-8, atol=1e-10
        )


def test_no_penalty_survives_badly_scaled_columns():
    rng = np.random.default_rng(5)
    scales = 10.0 ** np.arange(-8, 8, 2)
    Z = rng.normal(size=(60, 8))
    y = Z.sum(axis=1, keepdims=True) + rng.normal(size=(60, 1))
    expected = np.linalg.lstsq(np.hstack([Z, np.ones((60, 1))]), y)[0][:-1]
    solution = solve(Z * scales, y, ElasticNetPenalty(0, 0))
    assert solution.status is Status.CONVERGED
    np.testing.assert_allclose(solution.coef * scales[:, None], expected, rtol=1e-8)


def test_elastic_net_is_the_lasso_on_augmented_data():
    rng = np.random.default_rng(6)
    X, y = rng.normal(size=(30, 6)), rng.normal(size=(30, 1))
    w = rng.random(30) + 0.1
    w /= w.sum()
    l1, l2 = 0.05, 0.4
    direct = solve(X, y, ElasticNetPenalty(l1, l2), weights=w, fit_intercept=False)
    big = np.vstack([np.sqrt(w)[:, None] * X, np.sqrt(l2) * np.eye(6)])
    target = np.vstack([np.sqrt(w)[:, None] * y, np.zeros((6, 1))])
    # Weights of 1 each become 1/36 each, and the l1 strength with them.
    lasso = solve(big, target, ElasticNetPenalty(l1 / 36, 0), fit_intercept=False)
    np.testing.assert_allclose(direct.coef, lasso.coef, rtol=1e-9, atol=1e-12)


def test_least_squares_of_one_sign_matches_scipy():
    from scipy.optimize import nnls

    rng = np.random.default_rng(7)
    X, y = rng.normal(size=(30, 6)), rng.normal(size=(30, 1))
    solution = solve(X, y, ElasticNetPenalty(0, 0, lower=0.0), fit_intercept=False)
    assert solution.status is Status.CONVERGED
    np.testing.assert_allclose(solution.coef[:, 0], nnls(X, y[:, 0])[0], atol=1e-9)


# --- Scaling, permutation, sign


@pytest.mark.parametrize("c", [2.0**20, 3.0, 1e-6])
def test_scaling_of_y(c):
    rng = np.random.default_rng(8)
    X, y = rng.normal(size=(30, 6)), rng.normal(size=(30, 1))
    here = solve(X, y, ElasticNetPenalty(0.05, 0.2))
    there = solve(X, c * y, ElasticNetPenalty(c * 0.05, 0.2))
    np.testing.assert_allclose(there.coef, c * here.coef, rtol=1e-12, atol=1e-14 * c)


@pytest.mark.parametrize("s", [2.0**20, 3.0, 1e-6])
def test_scaling_of_the_features(s):
    rng = np.random.default_rng(9)
    X, y = rng.normal(size=(30, 6)), rng.normal(size=(30, 1))
    here = solve(X, y, ElasticNetPenalty(0.05, 0.2))
    there = solve(s * X, y, ElasticNetPenalty(s * 0.05, s**2 * 0.2))
    np.testing.assert_allclose(there.coef, here.coef / s, rtol=1e-12, atol=1e-14 / s)


@every_loss
def test_permuting_and_flipping_permutes_and_flips(loss):
    rng = np.random.default_rng(10)
    case = LOSSES[loss]
    X = rng.normal(size=(40, 6))
    y = case.simulate(rng, X)
    penalty = ElasticNetPenalty(0.02, 0.1)
    here = solve(X, y, penalty, case.loss)
    rows, columns, signs = rng.permutation(40), rng.permutation(6), rng.choice([-1.0, 1.0], 6)
    there = solve((X * signs)[rows][:, columns], y[rows], penalty, case.loss)
    np.testing.assert_allclose(there.coef, (here.coef * signs[:, None])[columns], atol=1e-10)
    np.testing.assert_allclose(there.intercept, here.intercept, atol=1e-10)


@every_loss
def test_duplicate_columns_share_equally(loss):
    problem = make_problem(loss, "elastic", "duplicate columns")
    coef = TIGHT.solve(problem).coef
    np.testing.assert_allclose(coef[0], coef[2], atol=1e-10)
    np.testing.assert_allclose(coef[1], coef[5], atol=1e-10)


@every_loss
@pytest.mark.parametrize("penalty", ["lasso", "elastic", "boxed"])
def test_constant_columns_get_zero(loss, penalty):
    problem = make_problem(loss, penalty, "constant columns")
    assert not TIGHT.solve(problem).coef[[1, 3]].any()


def test_centred_intercepts_of_multinomial():
    for fit_intercept in (True, False):
        problem = make_problem("multinomial", "elastic", fit_intercept=fit_intercept)
        assert TIGHT.solve(problem).intercept.sum() == pytest.approx(0, abs=1e-12)


def test_two_classes_of_multinomial_are_half_a_logistic():
    # eta_1 - eta_0 = b, with b_1 = -b_0 = b / 2: a ridge of l2 on both is one of l2 / 2 on b.
    rng = np.random.default_rng(11)
    X = rng.normal(size=(40, 4))
    y = (rng.random((40, 1)) < 0.5).astype(float)
    both = LOSSES["multinomial"].loss
    two = solve(X, np.hstack([1 - y, y]), ElasticNetPenalty(0, 0.2), both)
    one = solve(X, y, ElasticNetPenalty(0, 0.1), Logistic())
    np.testing.assert_allclose(two.coef[:, 1:] - two.coef[:, :1], one.coef, atol=1e-9)


# --- Starts and ends


@every_loss
@every_penalty
def test_a_start_changes_nothing_but_the_work(loss, penalty):
    problem = make_problem(loss, penalty, weighted=True)
    cold = CoordinateDescent().solve(problem)
    again = CoordinateDescent().solve(problem, (cold.coef, cold.intercept))
    assert again.iterations == 0
    np.testing.assert_allclose(again.coef, cold.coef, atol=1e-9)
    wild = np.random.default_rng(12).normal(size=cold.coef.shape)
    far = CoordinateDescent().solve(problem, (wild, cold.intercept + 1))
    assert far.status is Status.CONVERGED
    assert_same(far, cold, problem)


def test_stopping_short_is_told():
    problem = make_problem("logistic", "elastic", "wide")
    short = CoordinateDescent(max_iter=1, newton=False, tol=1e-14).solve(problem)
    assert short.status is Status.STOPPED
    assert short.iterations == 1
    assert "max_iter" in short.status.value
    assert ProximalGradient(max_iter=2).solve(problem).status is Status.STOPPED


def test_numbers_that_end_are_told():
    X = np.random.default_rng(13).normal(size=(10, 2)) * 1e200
    with np.errstate(all="ignore"):
        solution = solve(X, 1e100 * X[:, :1], ElasticNetPenalty(0.1, 0.1))
    assert solution.status is Status.NOT_FINITE
    assert not solution.certificate.meets(1e-6)


def test_the_certificate_is_the_problems():
    problem = make_problem("multinomial", "elastic")
    solution = CoordinateDescent().solve(problem)
    assert solution.certificate == problem.certify(solution.coef, solution.intercept)


# --- The kernel and its slow twin


def slow_descend(X, weight, column, center, scale, curvature, l1, l2, lower, upper, coef, residual,
                 limit, tolerance):  # fmt: skip
    coef, residual = coef.copy(), residual.copy()
    done, largest = 0, np.inf
    while done < limit and largest > tolerance:
        done += 1
        largest = 0.0
        for k, j in enumerate(column):
            x = (X[:, j].astype(np.float64) - center[k]) / scale[k]
            if curvature[k] <= 0:
                coef[k] = 0.0
                continue
            pull = np.sum(weight * x * residual) + curvature[k] * coef[k]
            new = np.sign(pull) * max(abs(pull) - l1[k], 0) / (curvature[k] + l2[k])
            new = min(max(new, lower[k]), upper[k])
            largest = max(largest, (curvature[k] + l2[k]) * (new - coef[k]) ** 2)
            residual -= (new - coef[k]) * x
            coef[k] = new
    return done, largest, coef, residual


def descend(
    array, weight, column, center, scale, curvature, l1, l2, lower, upper, coef, residual, **limits
):
    columns = _core.Columns(column, center, scale)
    coordinates = _core.Coordinates(columns, curvature, l1, l2, lower, upper)
    return _core.descend(array, weight, coordinates, coef, residual, **limits)


def kernel_arguments(array, seed=0):
    rng = np.random.default_rng(seed)
    n, p = array.shape
    column = np.array([3, 0, p - 1, 1])
    weight = rng.random(n)
    weight[0] = 0.0
    center, scale = rng.normal(size=4), rng.random(4) + 0.5
    x = (np.asarray(array, dtype=np.float64)[:, column] - center) / scale
    curvature = weight @ x**2
    curvature[3] = 0.0
    return {
        "weight": weight,
        "column": column,
        "center": center,
        "scale": scale,
        "curvature": curvature,
        "l1": np.array([0.1, 0.0, 1.0, 0.1]),
        "l2": np.array([0.0, 1.0, 0.5, 0.0]),
        "lower": np.array([-np.inf, -0.05, -1.0, -1.0]),
        "upper": np.array([np.inf, 0.05, 0.0, 1.0]),
        "coef": np.array([0.2, 0.0, -0.3, 0.4]),
        "residual": rng.normal(size=n),
    }


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("limit", [1, 2, 50])
def test_kernel_matches_naive(layout, limit, tmp_path):
    X = np.random.default_rng(14).normal(size=(37, 6))
    array = LAYOUTS[layout](X, tmp_path)
    arguments = kernel_arguments(array)
    sweeps, gain, coef, residual = slow_descend(array, **arguments, limit=limit, tolerance=1e-14)
    done = descend(array, **arguments, limit=limit, tolerance=1e-14)
    assert done[0] == sweeps
    assert done[1] == pytest.approx(gain, rel=1e-6, abs=1e-20)
    np.testing.assert_allclose(arguments["coef"], coef, rtol=1e-10, atol=1e-13)
    np.testing.assert_allclose(arguments["residual"], residual, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("n", [0, 1, 2, 3, 5, 8, 15, 16, 17, 33])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_kernel_matches_naive_at_any_length(n, dtype):
    array = np.random.default_rng(15).normal(size=(n, 6)).astype(dtype, order="F")
    arguments = kernel_arguments(np.ones((1, 6)))
    arguments["weight"], arguments["residual"] = np.ones(n), np.arange(n, dtype=float)
    _, _, coef, residual = slow_descend(array, **arguments, limit=3, tolerance=0.0)
    descend(array, **arguments, limit=3, tolerance=0.0)
    np.testing.assert_allclose(arguments["coef"], coef, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(arguments["residual"], residual, rtol=1e-10, atol=1e-10)


SHORT = ("weight", "residual", "center", "scale", "curvature", "l1", "l2", "lower", "upper", "coef")


@pytest.mark.parametrize("name", SHORT)
def test_kernel_refuses_a_wrong_length(name):
    X = np.ones((10, 6))
    arguments = kernel_arguments(X)
    arguments[name] = arguments[name][:-1].copy()
    length = 10 if name in ("weight", "residual") else 4
    with pytest.raises(
        ValueError, match=rf"{name} must have length {length}\..*length {length - 1}"
    ):
        descend(X, **arguments, limit=1, tolerance=0.0)


@pytest.mark.parametrize("column", [-1, 6, 2**40])
def test_kernel_refuses_a_column_that_is_not_there(column):
    X = np.ones((10, 6))
    arguments = kernel_arguments(X)
    arguments["column"][2] = column
    with pytest.raises(ValueError, match=rf"column must lie in \[0, 6\)\. Received: {column}"):
        descend(X, **arguments, limit=1, tolerance=0.0)
    with pytest.raises(ValueError, match="column must lie in"):
        _core.moments(X, np.ones(10), np.array([column]), np.empty(1), np.empty(1))


def test_kernel_refuses_outputs_that_it_would_have_to_copy():
    X = np.ones((10, 6))
    for name, wrong in (("coef", np.ones(4, np.float32)), ("residual", np.ones(20)[::2])):
        arguments = kernel_arguments(X)
        arguments[name] = wrong
        with pytest.raises(TypeError):
            descend(X, **arguments, limit=1, tolerance=0.0)
    with pytest.raises(TypeError):
        descend(X.astype(int), **kernel_arguments(X), limit=1, tolerance=0.0)


LEVEL_SCRIPT = """
import json
import numpy as np
from bridle import _core
rng = np.random.default_rng(0)
found = {"level": _core.level()}
for name in ("float64", "float32"):
    for order in "CF":
        X = rng.normal(size=(101, 7)).astype(name, order=order)
        weight = np.full(101, 1 / 101)
        column = np.arange(7)
        mean, variance = np.empty(7), np.empty(7)
        _core.moments(X, weight, column, mean, variance)
        coef, residual = np.zeros(7), rng.normal(size=101)
        some, none = np.full(7, 0.05), np.full(7, np.inf)
        columns = _core.Columns(column, mean, np.ones(7))
        coordinates = _core.Coordinates(columns, variance, some, some, -none, none)
        _core.descend(X, weight, coordinates, coef, residual, 20, 1e-14)
        found[name + order] = [*mean, *variance, *coef, *residual]
print(json.dumps(found))
"""


def test_every_instruction_set_gives_the_same():
    levels = _core.available_levels()
    assert _core.level() in levels
    running = [
        subprocess.Popen(
            [sys.executable, "-c", LEVEL_SCRIPT],
            env={**os.environ, "BRIDLE_CPU_LEVEL": level},
            stdout=subprocess.PIPE,
            text=True,
        )
        for level in levels
    ]
    found = [json.loads(one.communicate(timeout=60)[0]) for one in running]
    assert [one.pop("level") for one in found] == levels
    for one in found[1:]:
        for key, numbers in one.items():
            np.testing.assert_allclose(numbers, found[0][key], rtol=1e-12, atol=1e-13)


def test_other_threads_run_while_a_kernel_runs():
    X = np.asfortranarray(np.random.default_rng(16).normal(size=(20_000, 6)))
    arguments = kernel_arguments(X)
    arguments["l1"][:] = 0.0

    def turns_during(sweeps):
        """Count how often this thread lends the interpreter and gets it back during a call."""
        call = functools.partial(descend, X, **arguments, limit=sweeps, tolerance=-1.0)
        thread = threading.Thread(target=call)
        thread.start()
        turns = 0
        while thread.is_alive():
            time.sleep(1e-4)
            turns += 1
        return turns

    # Longer calls until one is long enough on this machine; one that kept the interpreter to itself
    # would allow a turn before it and one after.
    assert any(turns_during(1000 << k) > 10 for k in range(10))
