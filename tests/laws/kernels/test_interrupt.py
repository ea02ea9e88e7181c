"""Every kernel can be ended: it looks up again and again, and ends where it sees that it should."""

from __future__ import annotations

import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from scipy import sparse

from bridle import _core

N, P, VECTORS = 3000, 400, 16
LONG = 1 << 20
# A piece of work, in numbers read or multiplied, within which each kernel looks up; and how many
# of them a call here has at least.
PIECE = 1 << 22
PIECES = 3


def matrix(kind):
    X = np.random.default_rng(0).normal(size=(N, P))
    if kind == "sparse":
        X[np.abs(X) < 0.3] = 0
        columns = sparse.csc_array(X)
        return _core.SparseMatrix(columns.data, columns.indices, columns.indptr, N)
    return X.astype(np.float32 if "float32" in kind else np.float64, order=kind[0])


def repeat(call, work):
    """Return a kernel's call that is repeated until it comes to some pieces of work."""
    times = -(-PIECES * PIECE // work)

    def repeated(X):
        for _ in range(times):
            call(X)

    return repeated


def columns_of(X):
    return np.arange(X.shape[1])


def products(X):
    out = np.empty((P, VECTORS))
    _core.products(X, columns_of(X), np.ones((N, VECTORS)), out)


def vector_products(X):
    _core.vector_products(X, np.ones(N), np.empty(P))


def solve_definite(X):
    _core.solve_definite(np.eye(P) + 1.0, np.ones(P))


def row_products(X):
    out = np.empty((P, VECTORS))
    _core.row_products(X, np.arange(N), columns_of(X), np.ones((N, VECTORS)), out)


def screen(X):
    ones = np.ones((1, P))
    _core.screen(
        X, 0, P, np.ones((N, VECTORS)),
        _core.Screen(
            ones, np.zeros((1, P), np.uint8), ones[0], ones[0], np.array([0, VECTORS]),
            np.ones(VECTORS), np.ones(1), np.ones(1),
        ),
        np.empty(VECTORS), np.empty((1, P)),
    )  # fmt: skip


def moments(X):
    _core.moments(X, np.full(N, 1 / N), columns_of(X), np.empty(P), np.empty(P))


def class_moments(X):
    classes = np.zeros(N, dtype=int)
    out = np.empty((1, P)), np.empty((1, P))
    _core.class_moments(X, 0, P, classes, np.full(N, 1 / N), np.empty(P), *out)


def gram_of_rows(X):
    gram = np.zeros((P + 2, P + 2))
    _core.gram_of_rows(X, np.arange(N), np.ones(N), np.ones(N), np.zeros(P), gram)


def descend(X, limit=5, coef=None):
    ones, none = np.ones(P), np.full(P, np.inf)
    coef = np.zeros(P) if coef is None else coef
    columns = _core.Columns(columns_of(X), np.zeros(P), ones)
    coordinates = _core.Coordinates(columns, ones, 1e-9 * ones, 1e-9 * ones, -none, none)
    residual = np.sin(np.arange(N))
    _core.descend(X, np.full(N, 1 / N), coordinates, coef, residual, limit, -1.0)


def column_path(X, limit=5, coef=None, loss="logistic"):
    ones, none = np.ones(P), np.full(P, np.inf)
    target = (np.arange(N) % 3 == 0).astype(float)
    coef = np.zeros((2, P)) if coef is None else coef
    _core.column_path(
        X, _core.Columns(columns_of(X), np.zeros(P), ones),
        _core.Rows(loss, True, np.full(N, 1 / N), target, np.zeros(N)),
        _core.Features(ones, -none, none), _core.Grid(np.array([1e-3, 1e-9]), np.zeros(2)),
        _core.Precision(-1.0, 0.0, 1.0, limit),
        _core.Solutions(coef, np.empty(2), np.empty((2, N)), np.empty(2)),
    )  # fmt: skip


def gram_path(X, limit=5, coef=None):
    one = np.random.default_rng(0).normal(size=(P, P))
    coef = np.zeros((2, P)) if coef is None else coef
    none = np.full(P, np.inf)
    _core.gram_path(
        one.T @ one, np.ones((1, P)), np.ones(2), _core.Features(np.ones(P), -none, none),
        _core.Grid(np.array([1e-3, 1e-9]), np.zeros(2)), _core.Precision(-1.0, -1.0, 1.0, limit), coef,
    )  # fmt: skip


def loss_pass(X):
    eta, dual = np.ones((VECTORS, N)), np.empty((N, VECTORS))
    totals = np.empty((4, VECTORS))
    _core.loss_pass(rows_of_a_problem(), eta, dual, 0, totals)


def loss_terms(X):
    eta, terms = np.ones((VECTORS, N)), np.empty((N, 2 * VECTORS))
    totals = np.empty((4, VECTORS))
    _core.loss_terms(rows_of_a_problem(), eta, terms, 0, VECTORS, totals)


def rows_of_a_problem(n=N):
    return _core.Rows("logistic", True, np.full(n, 1 / n), np.ones(n), np.zeros(n))


def column_extremes(X):
    _core.column_extremes(X, np.empty(P), np.empty(P))


def objective(X):
    ones = np.ones(LONG)
    features = _core.Features(ones, -ones, ones)
    _core.objective(rows_of_a_problem(LONG), features, 1.0, 1.0, ones, ones)


def judge_rows(X):
    _core.judge_rows(rows_of_a_problem(LONG), np.ones(LONG), 0.0, np.empty(LONG), np.empty(LONG))


def dual_value(X):
    _core.dual_value(rows_of_a_problem(LONG), np.full(LONG, -0.5 / LONG), 1.0)


def fit_null(X):
    _core.fit_null(rows_of_a_problem(LONG), 1e-14, 0.0, np.empty(LONG))


def judge_features(X):
    ones = np.ones(LONG)
    features = _core.Features(ones, -ones, ones)
    _core.judge_features(features, 1.0, 1.0, ones, ones, ones, ones, 1.0, 1.0, np.empty(LONG))


def gram_of_all(X):
    ones = np.ones(P)
    _core.gram_of_all(X, rows_of_a_problem(), 0 * ones, ones, np.empty((P, P)), np.empty(P))


def dual_bounds(X):
    coef, slopes, ones = np.ones((VECTORS, N)), np.ones((N, VECTORS)), np.ones(N)
    strengths = np.ones(VECTORS)
    _core.dual_bounds(
        coef, slopes, _core.Features(ones, -ones, ones), ones, _core.Grid(strengths, strengths),
        strengths, np.empty((6, VECTORS)),
    )  # fmt: skip


DENSE = ("C float64", "F float64", "F float32")
EVERY = (*DENSE, "sparse")
# Each kernel with the matrices that it takes, and the numbers that one call reads or multiplies.
KERNELS = {
    products: (EVERY, N * P * VECTORS // 2),
    row_products: (DENSE, N * P * VECTORS),
    vector_products: (DENSE, N * P),
    solve_definite: (("F float64",), P**3 // 6),
    screen: (EVERY, N * P * VECTORS // 2),
    moments: (EVERY, N * P),
    class_moments: (DENSE, 2 * N * P),
    gram_of_rows: (DENSE, N * P * P // 2),
    gram_of_all: (DENSE, N * P * P // 2),
    descend: (EVERY, 5 * N * P),
    column_path: (("F float64", "sparse"), 5 * N * P),
    gram_path: (("F float64",), P**3 // 3),
    loss_pass: (("F float64",), N * VECTORS),
    loss_terms: (("F float64",), N * VECTORS),
    column_extremes: (DENSE, N * P),
    objective: (("F float64",), LONG),
    judge_rows: (("F float64",), LONG),
    dual_value: (("F float64",), LONG),
    fit_null: (("F float64",), LONG),
    judge_features: (("F float64",), LONG),
    dual_bounds: (("F float64",), N * VECTORS),
}
CASES = [
    pytest.param(kernel, kind, id=f"{kernel.__name__}-{kind}")
    for kernel, (kinds, _) in KERNELS.items()
    for kind in kinds
]
ENDLESS = [
    pytest.param(kernel, kind, shape, id=f"{kernel.__name__}-{kind}")
    for kernel, kind, shape in (
        (descend, "F float64", P),
        (descend, "sparse", P),
        (column_path, "F float64", (2, P)),
        (column_path, "sparse", (2, P)),
        (gram_path, "F float64", (2, P)),
    )
]


def watching(stop):
    """Return a pool of one thread whose kernels look at a flag."""
    return ThreadPoolExecutor(1, initializer=_core.watch, initargs=(stop,))


@pytest.mark.fault(41)
@pytest.mark.parametrize(("kernel", "kind"), CASES)
def test_a_flag_that_is_set_ends_every_kernel(kernel, kind):
    X, stop = matrix(kind), _core.Stop()
    with watching(stop) as pool:
        pool.submit(kernel, X).result()
        assert not stop.is_set
        stop.set()
        assert stop.is_set
        with pytest.raises(_core.Interrupted):
            pool.submit(kernel, X).result()
    kernel(X)  # another thread's flag means nothing here


@pytest.mark.parametrize(("kernel", "kind"), CASES)
def test_every_kernel_looks_up_once_in_a_piece_of_work(kernel, kind):
    stop = _core.Stop()
    with watching(stop) as pool:
        pool.submit(repeat(kernel, KERNELS[kernel][1]), matrix(kind)).result()
    assert stop.looks >= PIECES


def test_a_sparse_matrix_is_checked_under_the_flag():
    stop = _core.Stop()
    stop.set()
    with watching(stop) as pool, pytest.raises(_core.Interrupted):
        pool.submit(matrix, "sparse").result()


def when_moving(numbers, act):
    """Start a thread that acts once a kernel has written into an array of zeros."""

    def wait():
        while not np.any(numbers):
            time.sleep(1e-3)
        act()

    thread = threading.Thread(target=wait, daemon=True)
    thread.start()
    return thread


@pytest.mark.parametrize(("kernel", "kind", "shape"), ENDLESS)
def test_a_flag_set_by_another_thread_ends_a_kernel_that_runs(kernel, kind, shape):
    stop, coef = _core.Stop(), np.zeros(shape)
    when_moving(coef, stop.set)
    with watching(stop) as pool, pytest.raises(_core.Interrupted):
        pool.submit(kernel, matrix(kind), 10**12, coef).result(timeout=60)


class HandledError(Exception):
    pass


def handler(number, frame):
    raise HandledError


@pytest.mark.fault(41)
@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="needs signals of POSIX")
@pytest.mark.parametrize(("kernel", "kind", "shape"), ENDLESS)
def test_a_signal_ends_a_kernel_in_the_main_thread(kernel, kind, shape):
    if threading.current_thread() is not threading.main_thread():
        pytest.skip("the tests do not run in the main thread")
    before = signal.signal(signal.SIGUSR1, handler)
    coef = np.zeros(shape)
    me = threading.get_ident()
    try:
        when_moving(coef, lambda: signal.pthread_kill(me, signal.SIGUSR1))
        with pytest.raises(HandledError):
            kernel(matrix(kind), 10**12, coef)
    finally:
        signal.signal(signal.SIGUSR1, before)
