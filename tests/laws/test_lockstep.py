from __future__ import annotations

import os
from dataclasses import replace

import numpy as np
import pytest

from bridle import _core
from bridle.elastic_net.design import DenseDesign, standardized
from bridle.elastic_net.loss import Logistic, Squared
from bridle.elastic_net.penalty import ElasticNetPenalty
from bridle.elastic_net.problem import Problem
from bridle.elastic_net.solver import CoordinateDescent
from bridle.elastic_net.solver.lockstep import solve_in_lockstep, supports_lockstep
from bridle.elastic_net.solver.solve_paths import solve_one_by_one, solve_paths
from bridle.elastic_net.solver.working_set import RowClasses

N = 60
EXACT = CoordinateDescent()

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
            one = replace(one, design=standardized(design, one.weights, center=fit_intercept))
        made.append(one)
    return made


def grid(some, l1_ratio):
    return some[0].strength_max(l1_ratio) * np.geomspace(1.1, 2e-2, 10)


def agree(ours, theirs, problem, tol):
    for k, (coef, other) in enumerate(zip(ours.coefs, theirs.coefs, strict=True)):
        np.testing.assert_allclose(
            problem.design.matvec(coef.toarray()), problem.design.matvec(other.toarray()), atol=tol
        )
        np.testing.assert_allclose(ours.intercepts[k], theirs.intercepts[k], atol=tol)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("penalty", PENALTIES)
@pytest.mark.parametrize(
    ("fit_intercept", "standardize"), [(True, False), (True, True), (False, True)]
)
def test_lockstep_equals_one_by_one(shape, penalty, fit_intercept, standardize):
    chosen, l1_ratio = PENALTIES[penalty]
    some = problems(
        matrix(SHAPES[shape]),
        chosen,
        FOLDS["partition"],
        fit_intercept=fit_intercept,
        standardize=standardize,
    )
    assert supports_lockstep(some, l1_ratio)
    strengths = grid(some, l1_ratio)
    ours = solve_in_lockstep(some, strengths, l1_ratio, EXACT)
    theirs = solve_one_by_one(some, strengths, l1_ratio, EXACT)
    for problem, one, other in zip(some, ours, theirs, strict=True):
        agree(one, other, problem, 1e-5)
        for k in range(0, strengths.size, 3):
            penalised = problem.with_penalty(problem.penalty.with_strength(strengths[k], l1_ratio))
            judged = penalised.certify(one.coefs[k].toarray(), one.intercepts[k])
            assert judged.meets(EXACT.tol)
            assert one.certificates[k].meets(EXACT.tol)
            np.testing.assert_allclose(judged.objective, one.certificates[k].objective)


@pytest.mark.parametrize("folds", FOLDS)
@pytest.mark.parametrize(("order", "dtype"), [("C", np.float64), ("F", np.float32)])
def test_any_weights_and_layout_give_what_one_by_one_gives(folds, order, dtype):
    some = problems(matrix(80, order, dtype), ElasticNetPenalty(1, 1), FOLDS[folds])
    strengths = grid(some, 0.5)
    ours = solve_in_lockstep(some, strengths, 0.5, EXACT)
    theirs = solve_one_by_one(some, strengths, 0.5, EXACT)
    for problem, one, other in zip(some, ours, theirs, strict=True):
        agree(one, other, problem, 1e-6)


def test_number_of_threads_changes_no_bit(monkeypatch):
    some = problems(matrix(300), ElasticNetPenalty(1, 1), FOLDS["partition"])
    strengths = grid(some, 0.5)
    found = []
    for threads in (1, 2, 4):
        monkeypatch.setattr(os, "cpu_count", lambda threads=threads: threads)
        found.append(solve_in_lockstep(some, strengths, 0.5, EXACT))
    for other in found[1:]:
        for one, two in zip(found[0], other, strict=True):
            assert np.array_equal(one.intercepts, two.intercepts)
            for a, b in zip(one.coefs, two.coefs, strict=True):
                assert np.array_equal(a.toarray(), b.toarray())


def test_callers_order_of_strengths_is_kept():
    some = problems(matrix(30), ElasticNetPenalty(1, 1), FOLDS["partition"])
    strengths = grid(some, 0.5)
    shuffled = np.random.default_rng(0).permutation(strengths.size)
    straight = solve_paths(some, strengths, 0.5, EXACT)
    other = solve_paths(some, strengths[shuffled], 0.5, EXACT)
    for one, two in zip(straight, other, strict=True):
        for k, place in enumerate(shuffled):
            assert np.array_equal(two.coefs[k].toarray(), one.coefs[place].toarray())


def test_what_lockstep_cannot_do_is_left_to_one_by_one():
    some = problems(matrix(12), ElasticNetPenalty(1, 1), FOLDS["partition"])
    assert not supports_lockstep(some, 0.0)
    free = [replace(one, penalty=ElasticNetPenalty(1, 1, factors=0.0)) for one in some]
    assert not supports_lockstep(free, 0.5)
    assert not supports_lockstep([replace(one, loss=Logistic()) for one in some], 0.5)
    elsewhere = [some[0], replace(some[1], design=DenseDesign(matrix(12)))]
    assert not supports_lockstep(elsewhere, 0.5)


def test_row_classes_rebuild_the_weights():
    rng = np.random.default_rng(0)
    for folds in FOLDS.values():
        weights = np.stack([np.ones(N), *folds(rng)], axis=1)
        classes = RowClasses.of(weights)
        rebuilt = np.zeros_like(weights)
        for rows, weight, share in zip(classes.rows, classes.weights, classes.shares, strict=True):
            rebuilt[rows] += weight[:, None] * share
        np.testing.assert_allclose(rebuilt, weights, rtol=1e-12)


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


def test_screen_finds_the_worst_and_the_reach():
    rng = np.random.default_rng(0)
    X, right = rng.normal(size=(40, 21)), rng.normal(size=(40, 9))
    scale, l1 = rng.random((2, 21)) + 0.5, rng.random(9) + 0.1
    group = np.arange(9) % 2
    up, down = rng.random(21), np.where(np.arange(21) % 3 == 0, 0.0, 1.0)
    worst, reach = np.empty(9), np.empty(15)
    _core.screen(X, 4, 19, right, scale, group, l1, up, down, worst, reach)
    slope = (X.T @ right) * scale[group].T
    excess = np.maximum(up[:, None] * slope, -down[:, None] * slope)[4:19] / l1
    np.testing.assert_allclose(worst, excess.max(axis=0))
    np.testing.assert_allclose(reach, excess.max(axis=1))
