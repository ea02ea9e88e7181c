"""Several classes in lockstep: the solutions and certificates of one by one, for any X and penalty."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse

from bridle import ElasticNetClassifierCV, ElasticNetPenalty, elastic_net_path
from bridle.elastic_net.design import DenseDesign, SparseDesign, standardized
from bridle.elastic_net.grid import Grid
from bridle.elastic_net.loss import Multinomial
from bridle.elastic_net.methods.base import Traits
from bridle.elastic_net.methods.certificates.class_bounds import ClassLoss
from bridle.elastic_net.methods.lockstep import Lockstep, solve_in_lockstep
from bridle.elastic_net.methods.one_by_one import solve_one_by_one
from bridle.elastic_net.problem import Problem
from bridle.elastic_net.solver import CoordinateDescent, ProximalGradient
from bridle.threads.workers import Workers

N = 60
CLASSES = 4
TOL = 1e-10

SHAPES = {"tall": 12, "wide": 90}
PENALTIES = {
    "lasso": (ElasticNetPenalty(1, 0), 1.0),
    "elastic": (ElasticNetPenalty(1, 1), 0.5),
    "nearly ridge": (ElasticNetPenalty(1, 1), 0.01),
    "positive": (ElasticNetPenalty(1, 1, lower=0.0), 0.5),
    "boxed": (ElasticNetPenalty(1, 1, lower=-0.1, upper=0.2), 0.7),
}
LAYOUTS = {
    "C": lambda X: DenseDesign(np.ascontiguousarray(X)),
    "float32": lambda X: DenseDesign(np.asfortranarray(X, dtype=np.float32)),
    "sparse": lambda X: SparseDesign(sparse.csc_array(X)),
}


def matrix(p):
    rng = np.random.default_rng(p)
    X = rng.normal(size=(N, p)) + rng.normal(size=p) + 0.7 * rng.normal(size=(N, 1))
    X[rng.random(X.shape) < 0.4] = 0.0
    X[:, 1] = 3.0
    X[:, 3] = X[:, 2]
    return np.asarray(X, dtype=np.float32).astype(np.float64)


def labels(X):
    rng = np.random.default_rng(1)
    scores = X[:, 4:8] @ rng.normal(size=(4, CLASSES)) + 1.5 * rng.gumbel(size=(N, CLASSES))
    return np.eye(CLASSES)[scores.argmax(axis=1)]


def problems(X, penalty, *, layout="C", fit_intercept=True, standardize=False):
    """Return the problem of all rows and of three folds."""
    rng = np.random.default_rng(1)
    y, design, made = labels(X), LAYOUTS[layout](X), []
    factors = np.ones(X.shape[1])
    factors[:5] = [0.5, 1, 1, 1, np.inf]
    offset = np.tile([0.3, -0.2, 0.0, 0.1], (N, 1))
    fold = rng.permutation(N) % 3
    for weights in [1 + rng.random(N), *(1.0 * (fold != f) for f in range(3))]:
        one = Problem.build(
            design,
            y,
            Multinomial(),
            replace(penalty, factors=factors),
            weights=weights,
            offset=offset,
            fit_intercept=fit_intercept,
        )
        if standardize:
            scaled = standardized(design, *design.moments(one.weights), center=fit_intercept)
            one = replace(one, design=scaled)
        made.append(one)
    return made


def grid(some, l1_ratio, weakest=2e-2, count=4):
    return Grid(some[0].strength_max(l1_ratio) * np.geomspace(1.1, weakest, count), l1_ratio)


def in_lockstep(some, strengths, threads=2, tol=TOL):
    with Workers(threads) as workers:
        return solve_in_lockstep(some, strengths, CoordinateDescent(tol=tol), workers)


def judged(problem, path, strengths):
    """Return the certificates that the problems themselves give."""
    for k, strength in enumerate(strengths.strengths):
        penalty = problem.penalty.with_strength(float(strength), strengths.l1_ratio)
        yield problem.with_penalty(penalty).certify(path.coefs[k].toarray(), path.intercepts[k])


# layout, fit_intercept, standardize; each penalty meets each of them once.
KINDS = [
    ("C", True, True),
    ("float32", True, False),
    ("sparse", False, True),
    ("sparse", True, True),
    ("C", False, False),
]
CROSSED = [
    (shape, penalty, *KINDS[(a + 2 * b) % len(KINDS)])
    for b, shape in enumerate(SHAPES)
    for a, penalty in enumerate(PENALTIES)
]


@pytest.mark.parametrize(("shape", "penalty", "layout", "fit_intercept", "standardize"), CROSSED)
def test_lockstep_equals_one_by_one(shape, penalty, layout, fit_intercept, standardize):
    chosen, l1_ratio = PENALTIES[penalty]
    some = problems(
        matrix(SHAPES[shape]),
        chosen,
        layout=layout,
        fit_intercept=fit_intercept,
        standardize=standardize,
    )[:2]
    assert Lockstep.takes(Traits.of(some))
    strengths = grid(some, l1_ratio)
    ours = in_lockstep(some, strengths)
    theirs = solve_one_by_one(some, strengths, CoordinateDescent(tol=TOL))
    for problem, one, other in zip(some, ours, theirs, strict=True):
        for found, given, twin in zip(
            judged(problem, one, strengths), one.certificates, other.certificates, strict=True
        ):
            assert found.meets(TOL)
            assert given.meets(TOL)
            np.testing.assert_allclose(found.objective, given.objective, rtol=1e-11)
            np.testing.assert_allclose(found.objective, twin.objective, rtol=1e-9)


def test_no_polish_is_needed_for_the_tolerance(monkeypatch):
    module = "bridle.elastic_net.methods.tracks.working_track.wants_all_digits"
    monkeypatch.setattr(module, lambda problem, settings: False)
    for name in ("lasso", "boxed"):
        chosen, l1_ratio = PENALTIES[name]
        some = problems(matrix(90), chosen, standardize=True)
        strengths = grid(some, l1_ratio)
        for problem, path in zip(some, in_lockstep(some, strengths, tol=1e-6), strict=True):
            assert all(one.meets(1e-6) for one in judged(problem, path, strengths))
            assert all(one.meets(1e-6) for one in path.certificates)


def test_lockstep_equals_the_slow_twin():
    some = problems(matrix(12), ElasticNetPenalty(1, 1), standardize=True)[:1]
    strengths = grid(some, 0.5, count=3)
    (path,) = in_lockstep(some, strengths)
    for k, strength in enumerate(strengths.strengths):
        penalty = some[0].penalty.with_strength(float(strength), 0.5)
        twin = ProximalGradient(tol=1e-12, max_iter=100_000).solve(some[0].with_penalty(penalty))
        np.testing.assert_allclose(path.coefs[k].toarray(), twin.coef, atol=1e-5)
        np.testing.assert_allclose(path.intercepts[k], twin.intercept, atol=1e-5)


def test_number_of_threads_changes_no_bit():
    some = problems(matrix(300), ElasticNetPenalty(1, 1))
    strengths = grid(some, 0.5)
    one, two = (in_lockstep(some, strengths, threads, 1e-6) for threads in (1, 2))
    for path, other in zip(one, two, strict=True):
        assert path.coefs.stacked.data.tobytes() == other.coefs.stacked.data.tobytes()
        assert path.intercepts.tobytes() == other.intercepts.tobytes()
        assert path.certificates == other.certificates


def test_intercepts_are_centred():
    (path, *_) = in_lockstep(some := problems(matrix(12), ElasticNetPenalty(1, 1)), grid(some, 0.5))
    np.testing.assert_allclose(path.intercepts.sum(axis=1), 0.0, atol=1e-12)


@pytest.mark.filterwarnings("ignore:The features separate")
def test_classes_that_separate_and_classes_of_two_rows_are_certified():
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1, 2, 3], [2, 2, 28, 28])
    X = rng.normal(size=(60, 40)) + 4.0 * rng.normal(size=(4, 40))[y]
    path = elastic_net_path(X, y, loss="multinomial", l1_ratio=0.9, alphas=30, eps=1e-6)
    assert path.method == "lockstep"
    assert all(one.meets(1e-6) for one in path.certificates)
    assert path.deviance_explained[-1] > 0.999


def test_rows_without_a_class_are_certified():
    some = problems(matrix(12), ElasticNetPenalty(1, 1))
    without = [one.with_weights(one.weights * (one.y[:, 0] == 0)) for one in some]
    strengths = grid(some, 0.5)
    for problem, path in zip(without, in_lockstep(without, strengths, tol=1e-6), strict=True):
        assert all(one.meets(1e-6) for one in judged(problem, path, strengths))


@pytest.mark.filterwarnings("ignore:The best strength")
def test_cross_validation_chooses_what_one_by_one_chooses(monkeypatch):
    rng = np.random.default_rng(5)
    X = rng.normal(size=(120, 15))
    y = np.argmax(X[:, :3] + 0.8 * rng.gumbel(size=(120, 3)), axis=1)
    fitted = ElasticNetClassifierCV(l1_ratio=[0.5, 1.0], alphas=12, cv=4).fit(X, y)
    monkeypatch.setattr(Lockstep, "takes", classmethod(lambda cls, problems: False))
    slow = ElasticNetClassifierCV(l1_ratio=[0.5, 1.0], alphas=12, cv=4).fit(X, y)
    assert {one.method for one in fitted.cv_.paths} == {"lockstep"}
    assert {one.method for one in slow.cv_.paths} == {"one by one"}
    np.testing.assert_allclose(fitted.alphas_, slow.alphas_)
    np.testing.assert_allclose(fitted.scores_, slow.scores_, rtol=1e-6)
    assert (fitted.alpha_, fitted.l1_ratio_) == (slow.alpha_, slow.l1_ratio_)


@pytest.mark.parametrize("fit_intercept", [True, False])
def test_class_pass_equals_the_loss(fit_intercept):
    rng = np.random.default_rng(2)
    problem = problems(matrix(12), ElasticNetPenalty(1, 1), fit_intercept=fit_intercept)[1]
    eta = 3 * rng.normal(size=(11, N, CLASSES))
    right = np.full((N, 2 + 11 * CLASSES), np.nan)
    by_class = np.ascontiguousarray(eta.swapaxes(1, 2)).reshape(11, -1)
    found = ClassLoss.at(problem, by_class, right, 2)
    duals = found.dual.reshape(N, CLASSES, 11)
    for m in range(11):
        value = problem.loss.value(eta[m], problem.y, problem.weights)
        gradient = problem.loss.gradient(eta[m], problem.y, problem.weights)
        np.testing.assert_allclose(found.values[m], value, rtol=1e-13)
        sums = np.abs(gradient.sum(axis=0)).max()
        np.testing.assert_allclose(found.intercept_gradients[m], sums, rtol=1e-9)
        if fit_intercept:
            np.testing.assert_allclose(duals[:, :, m].sum(axis=0), 0.0, atol=1e-14)
        else:
            np.testing.assert_allclose(duals[:, :, m], -gradient, atol=1e-15)
        # The bound of the loss is never above what the exact conjugate gives.
        for scale in (1.0, 0.7, 0.0):
            fitted = np.array([np.sum(duals[:, :, m] * (eta[m] - problem.offset))])
            dual = -scale * duals[:, :, m]
            exact = np.sum(dual * problem.offset)
            exact -= problem.loss.conjugate(dual, problem.y, problem.weights)
            single = ClassLoss(found.dual, found.totals[:, m : m + 1])
            assert single.lower_bounds(np.array([scale]), fitted)[0] <= exact + 1e-12
