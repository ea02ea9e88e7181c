from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bridle import _core
from bridle.elastic_net.design import DenseDesign, standardized
from bridle.elastic_net.grid import Grid
from bridle.elastic_net.loss import Logistic, Squared
from bridle.elastic_net.methods import Methods
from bridle.elastic_net.methods.base import Traits
from bridle.elastic_net.methods.certificates.confirm import confirm
from bridle.elastic_net.methods.lockstep import Lockstep, solve_in_lockstep
from bridle.elastic_net.methods.moments import solve_from_moments, sum_problems
from bridle.elastic_net.methods.one_by_one import OneByOne, solve_one_by_one
from bridle.elastic_net.methods.reweighted import solve_reweighted
from bridle.elastic_net.moments.row_classes import RowClasses
from bridle.elastic_net.penalty.penalty import ElasticNetPenalty
from bridle.elastic_net.problem import Problem
from bridle.elastic_net.solver import CoordinateDescent
from bridle.threads.workers import Workers

N = 60
EXACT = CoordinateDescent(tol=1e-13)

SHAPES = {"tall": 12, "square": 60, "wide": 150}
PENALTIES = {
    "lasso": (ElasticNetPenalty(1, 0), 1.0),
    "elastic": (ElasticNetPenalty(1, 1), 0.5),
    "nearly ridge": (ElasticNetPenalty(1, 1), 0.01),
    "positive": (ElasticNetPenalty(1, 1, lower=0.0), 0.5),
    "boxed": (ElasticNetPenalty(1, 1, lower=-0.1, upper=0.2), 0.7),
}
FOLDS = {
    "partition": lambda rng: [1.0 * (rng.permutation(N) % 3 != f) for f in range(3)],
    "bootstrap": lambda rng: [rng.multinomial(N, np.full(N, 1 / N)) * 1.0 for _ in range(3)],
    "weighted": lambda rng: [rng.random(N) * (rng.random(N) > 0.3) for _ in range(3)],
}


def matrix(p, order="F", dtype=np.float64):
    rng = np.random.default_rng(p)
    X = rng.normal(size=(N, p)) + rng.normal(size=p) + 0.7 * rng.normal(size=(N, 1))
    X[:, 1] = 3.0
    X[:, 3] = X[:, 2]
    return np.asarray(X, dtype=dtype, order=order)


def problems(X, penalty, folds, *, fit_intercept=True, standardize=False):
    rng = np.random.default_rng(1)
    y = (X[:, :3] @ [1.0, 0.5, -2.0] + 2 * rng.normal(size=N))[:, None]
    design = DenseDesign(X)
    made = []
    for weights in [np.ones(N), *folds(rng)]:
        factors = np.ones(X.shape[1])
        factors[:5] = [0.5, 1, 1, 1, np.inf]
        one = Problem.build(
            design,
            y,
            Squared(),
            replace(penalty, factors=factors),
            weights=weights,
            offset=np.full_like(y, 0.3),
            fit_intercept=fit_intercept,
        )
        if standardize:
            one = replace(
                one, design=standardized(design, *design.moments(one.weights), center=fit_intercept)
            )
        made.append(one)
    return made


def grid(some, l1_ratio):
    return some[0].strength_max(l1_ratio) * np.geomspace(1.1, 2e-2, 10)


def in_lockstep(some, strengths, l1_ratio, threads=2):
    with Workers(threads) as workers:
        return solve_in_lockstep(some, Grid(strengths, l1_ratio), EXACT, workers)


def from_moments(some, strengths, l1_ratio, threads=2):
    with Workers(threads) as workers:
        sums = sum_problems(some, RowClasses.of([one.weights for one in some]), workers)
        one = Grid(strengths, l1_ratio)
        found = solve_from_moments(some, one, EXACT, sums, workers)
        return confirm(some, [one], [found], EXACT.tol, workers)[0]


def reweighted(some, strengths, l1_ratio, threads=2):
    with Workers(threads) as workers:
        classes = RowClasses.of([one.weights for one in some])
        return solve_reweighted(some, Grid(strengths, l1_ratio), EXACT, classes, workers)


FAST = {"lockstep": in_lockstep, "moments": from_moments, "reweighted": reweighted}


def agree(ours, theirs, problem, tol):
    for k, (coef, other) in enumerate(zip(ours.coefs, theirs.coefs, strict=True)):
        np.testing.assert_allclose(
            problem.design.matvec(coef.toarray()), problem.design.matvec(other.toarray()), atol=tol
        )
        np.testing.assert_allclose(ours.intercepts[k], theirs.intercepts[k], atol=tol)


@pytest.mark.parametrize(
    ("fast", "shape"), [*(("lockstep", one) for one in SHAPES), ("moments", "tall")]
)
@pytest.mark.parametrize("penalty", PENALTIES)
@pytest.mark.parametrize(
    ("fit_intercept", "standardize"), [(True, False), (True, True), (False, True)]
)
def test_fast_path_equals_one_by_one(fast, shape, penalty, fit_intercept, standardize):
    chosen, l1_ratio = PENALTIES[penalty]
    some = problems(
        matrix(SHAPES[shape]),
        chosen,
        FOLDS["partition"],
        fit_intercept=fit_intercept,
        standardize=standardize,
    )
    assert Lockstep.takes(Traits.of(some))
    strengths = grid(some, l1_ratio)
    ours = FAST[fast](some, strengths, l1_ratio)
    theirs = solve_one_by_one(some, Grid(strengths, l1_ratio), CoordinateDescent())
    for problem, one, other in zip(some, ours, theirs, strict=True):
        agree(one, other, problem, 1e-5)
        for k in range(0, strengths.size, 3):
            penalised = problem.with_penalty(problem.penalty.with_strength(strengths[k], l1_ratio))
            judged = penalised.certify(one.coefs[k].toarray(), one.intercepts[k])
            assert judged.meets(EXACT.tol)
            assert one.certificates[k].meets(EXACT.tol)
            np.testing.assert_allclose(judged.objective, one.certificates[k].objective)


def labelled(some):
    """Return the same problems with labels, whose offset makes one class likelier."""
    labels = (some[0].y > np.median(some[0].y)).astype(float)
    return [replace(one, y=labels, loss=Logistic()) for one in some]


@pytest.mark.parametrize(
    ("fast", "shape"), [*(("lockstep", one) for one in SHAPES), ("reweighted", "tall")]
)
@pytest.mark.parametrize("penalty", PENALTIES)
@pytest.mark.parametrize(
    ("fit_intercept", "standardize"),
    [(True, False), (True, True), pytest.param(False, True, marks=pytest.mark.slow)],
)
def test_fast_logistic_path_equals_one_by_one(fast, shape, penalty, fit_intercept, standardize):
    chosen, l1_ratio = PENALTIES[penalty]
    some = labelled(
        problems(
            matrix(SHAPES[shape]),
            chosen,
            FOLDS["partition"],
            fit_intercept=fit_intercept,
            standardize=standardize,
        )
    )
    assert Lockstep.takes(Traits.of(some))
    strengths = grid(some, l1_ratio)
    settings = CoordinateDescent(tol=1e-10)
    ours = FAST[fast](some, strengths, l1_ratio)
    theirs = solve_one_by_one(some, Grid(strengths, l1_ratio), settings)
    for problem, one, other in zip(some, ours, theirs, strict=True):
        agree(one, other, problem, 1e-4)
        for k in range(0, strengths.size, 3):
            penalised = problem.with_penalty(problem.penalty.with_strength(strengths[k], l1_ratio))
            judged = penalised.certify(one.coefs[k].toarray(), one.intercepts[k])
            assert judged.meets(1e-10)
            np.testing.assert_allclose(judged.objective, one.certificates[k].objective, rtol=1e-9)


@pytest.mark.parametrize("folds", FOLDS)
@pytest.mark.parametrize(("order", "dtype"), [("C", np.float64), ("F", np.float32)])
def test_any_weights_and_layout_give_what_one_by_one_gives(folds, order, dtype):
    some = problems(matrix(80, order, dtype), ElasticNetPenalty(1, 1), FOLDS[folds])
    strengths = grid(some, 0.5)
    ours = in_lockstep(some, strengths, 0.5)
    theirs = solve_one_by_one(some, Grid(strengths, 0.5), CoordinateDescent())
    for problem, one, other in zip(some, ours, theirs, strict=True):
        agree(one, other, problem, 1e-5)


@pytest.mark.fault(49)
@pytest.mark.parametrize(
    ("fast", "p", "logistic"),
    [
        ("lockstep", 300, False),
        ("lockstep", 300, True),
        ("moments", 12, False),
        ("reweighted", 12, True),
    ],
)
def test_number_of_threads_changes_no_bit(fast, p, logistic):
    some = problems(matrix(p), ElasticNetPenalty(1, 1), FOLDS["partition"])
    some = labelled(some) if logistic else some
    strengths = grid(some, 0.5)
    found = [FAST[fast](some, strengths, 0.5, threads) for threads in (1, 2, 4)]
    for other in found[1:]:
        for one, two in zip(found[0], other, strict=True):
            assert np.array_equal(one.intercepts, two.intercepts)
            for a, b in zip(one.coefs, two.coefs, strict=True):
                assert np.array_equal(a.toarray(), b.toarray())


def test_callers_order_of_strengths_is_kept():
    some = problems(matrix(30), ElasticNetPenalty(1, 1), FOLDS["partition"])
    strengths = grid(some, 0.5)
    shuffled = np.random.default_rng(0).permutation(strengths.size)
    with Workers(2) as workers:
        straight, other = Methods(Lockstep(tuple(some)), OneByOne(tuple(some))).solve(
            [Grid(strengths, 0.5), Grid(strengths[shuffled], 0.5)], EXACT, workers
        )
    for one, two in zip(straight, other, strict=True):
        for k, place in enumerate(shuffled):
            assert np.array_equal(two.coefs[k].toarray(), one.coefs[place].toarray())


def test_what_lockstep_cannot_do_is_left_to_one_by_one():
    some = problems(matrix(12), ElasticNetPenalty(1, 1), FOLDS["partition"])
    methods = Methods(Lockstep(tuple(some)), OneByOne(tuple(some)))
    assert methods.of(Grid(np.ones(1), 0.5)) is methods.together
    assert methods.of(Grid(np.ones(1), 0.0)) is methods.alone
    assert methods.of(Grid(np.zeros(1), 0.5)) is methods.alone
    free = [replace(one, penalty=ElasticNetPenalty(1, 1, factors=0.0)) for one in some]
    assert not Lockstep.takes(Traits.of(free))
    elsewhere = [some[0], replace(some[1], design=DenseDesign(matrix(12)))]
    assert not Lockstep.takes(Traits.of(elsewhere))


@pytest.mark.parametrize("folds", ["partition", "repeated"])
def test_row_classes_rebuild_the_weights(folds):
    rng = np.random.default_rng(0)
    common = rng.random(N) * (rng.random(N) > 0.2)
    if folds == "partition":
        parts = FOLDS["partition"](rng)
    else:
        parts = [1.0 + (rng.permutation(N) % 3 == f) for f in range(3)]
    vectors = [common * one / (common * one).sum() for one in [np.ones(N), *parts]]
    weights, classes = np.stack(vectors, axis=1), RowClasses.of(vectors)
    used = classes.of_row >= 0
    rebuilt = np.zeros_like(weights)
    rebuilt[used] = classes.weights[used, None] * classes.shares[classes.of_row[used]]
    np.testing.assert_allclose(rebuilt, weights, rtol=1e-10)


def test_weights_without_classes_are_no_matter_for_moments():
    rng = np.random.default_rng(0)
    assert RowClasses.of(list(rng.random((4, N)))) is None


@pytest.mark.parametrize(("n", "p", "m"), [(1, 1, 1), (300, 17, 13), (5, 8, 6), (700, 9, 100)])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_products_are_those_of_numpy(n, p, m, dtype):
    rng = np.random.default_rng(n)
    X = rng.normal(size=(2 * n, p + 3)).astype(dtype)[::-2, 1:-2]
    right = rng.normal(size=(n, m))
    columns = rng.permutation(p)
    out = np.empty((p, m))
    _core.products(X, columns, right, out)
    np.testing.assert_allclose(out, X.astype(float)[:, columns].T @ right, atol=1e-10)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_row_products_take_the_listed_rows(dtype):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(30, 12)).astype(dtype)
    rows, columns = rng.permutation(30)[:20], rng.permutation(12)[:9]
    right, out = rng.normal(size=(20, 7)), np.empty((9, 7))
    _core.row_products(X, rows, columns, right, out)
    expected = X.astype(float)[np.ix_(rows, columns)].T @ right
    np.testing.assert_allclose(out, expected, atol=1e-12)


def test_screen_finds_the_worst_and_the_reach():
    rng = np.random.default_rng(0)
    X, right = rng.normal(size=(40, 21)), rng.normal(size=(40, 9))
    scale, l1 = rng.random((2, 21)) + 0.5, rng.random(9) + 0.1
    first, group = np.array([0, 4, 9]), np.repeat([0, 1], [4, 5])
    held = (rng.random((2, 21)) < 0.3).astype(np.uint8)
    ahead, distance = rng.random(2) + 0.1, np.array([0.0, 2.5])
    up, down = rng.random(21), np.where(np.arange(21) % 3 == 0, 0.0, 1.0)
    worst, reach = np.empty(9), np.full((2, 21), np.nan)
    asked = _core.Screen(scale, held, up, down, first, l1, ahead, distance)
    _core.screen(X, 4, 19, right, asked, worst, reach)
    slope = (X.T @ right) * scale[group].T * (1 - held[group].T)

    def excess(slope):
        return np.maximum(up[:, None] * slope, -down[:, None] * slope)

    here = excess(slope) / l1
    np.testing.assert_allclose(worst, here[4:19].max(axis=0))
    last = np.array([3, 8])
    there = excess(slope[:, last] + distance * (slope[:, last] - slope[:, last - 1])) / ahead
    for g in range(2):
        expected = np.maximum(here[:, group == g].max(axis=1), there[:, g])
        np.testing.assert_allclose(reach[g, 4:19], expected[4:19])
    assert np.isnan(reach[:, :4]).all()
    assert np.isnan(reach[:, 19:]).all()


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_class_moments_are_sums_about_a_shift(dtype):
    rng = np.random.default_rng(0)
    X = (rng.normal(size=(300, 11)) + 5).astype(dtype)
    of_row, weights = rng.integers(-1, 3, 300), rng.random(300)
    shift, sums, squares = np.empty(11), np.empty((3, 11)), np.empty((3, 11))
    _core.class_moments(X, 0, 11, of_row, weights, shift, sums, squares)
    wide = X.astype(float)
    used = of_row >= 0
    np.testing.assert_allclose(shift, np.average(wide[used], axis=0, weights=weights[used]))
    for g in range(3):
        about, weight = wide[of_row == g] - shift, weights[of_row == g]
        np.testing.assert_allclose(sums[g], weight @ about, atol=1e-10)
        np.testing.assert_allclose(squares[g], weight @ about**2)


@pytest.mark.parametrize("p", [1, 6, 7, 8, 30])
def test_gram_of_rows_adds_cross_products_above_the_diagonal(p):
    rng = np.random.default_rng(p)
    X, y, weights = rng.normal(size=(500, p)), rng.normal(size=500), rng.random(500)
    rows, shift = rng.permutation(500)[:310], rng.normal(size=p)
    gram = np.ones((p + 2, p + 2))
    _core.gram_of_rows(X, rows, weights, y, shift, gram)
    joined = np.hstack([X - shift, y[:, None], np.ones((500, 1))])[rows]
    expected = 1 + (weights[rows, None] * joined).T @ joined
    np.testing.assert_allclose(np.triu(gram), np.triu(expected), atol=1e-10)
