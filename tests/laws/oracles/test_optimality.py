"""Oracles 1, 2 and 9: optimality conditions, duality gap, largest strength and continuity."""

import numpy as np
import pytest
from tests.laws.oracles.ways import DATA, LINES, RATIOS, TOL, WAYS, Task

from bridle import (
    ElasticNetClassifier,
    ElasticNetClassifierCV,
    ElasticNetPenalty,
    elastic_net_path,
)
from bridle.elastic_net import Problem
from bridle.elastic_net.design import DenseDesign
from bridle.elastic_net.loss import Squared

# Of constant and of equal columns it is said that they are there.
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::bridle.errors.DataWarning"),
]

every_line = pytest.mark.parametrize(("way", "shape", "l1_ratio"), LINES)
every_penalised_line = pytest.mark.parametrize(
    ("way", "shape", "l1_ratio"), [one for one in LINES if one[2] > 0]
)
every_shape = pytest.mark.parametrize("shape", DATA)
every_ratio = pytest.mark.parametrize("l1_ratio", RATIOS)
every_penalised_ratio = pytest.mark.parametrize("l1_ratio", [1.0, 0.5, 0.05])
weighted_or_not = pytest.mark.parametrize("weighted", [True, False])


def kkt_violation(task: Task, coef):
    """Return the largest violation, over l1 or, for pure ridge, over the largest null slope."""
    slope = task.slope(coef)
    inside = np.maximum(np.abs(slope) - task.l1, 0.0)
    violation = np.where(coef == 0, inside, np.abs(slope - task.l1 * np.sign(coef)))
    return violation.max() / (task.l1 or np.abs(task.null_slope).max())


@every_line
@weighted_or_not
def test_oracle_1_kkt(way, shape, l1_ratio, weighted):
    """``c_j = l1 sign(b_j)`` where b_j is not 0, else ``|c_j| <= l1``; within 1e-9 of l1."""
    task = Task.of(shape, l1_ratio, weighted=weighted)
    fit = WAYS[way](task)
    assert kkt_violation(task, fit.coef) <= 1e-9
    assert kkt_violation(task, fit.coef + 1e-6) > 1e-9, "the oracle can tell"
    means = task.share @ task.y - task.share @ task.X @ fit.coef
    assert fit.intercept == pytest.approx(means, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("kind", [ElasticNetClassifier, ElasticNetClassifierCV])
@pytest.mark.parametrize("loss", ["logistic", "multinomial"])
@pytest.mark.parametrize("shape", ["tall", "wide", "correlated"])
@every_ratio
def test_oracle_1_kkt_of_classes(kind, loss, shape, l1_ratio):
    """The same for class probabilities: ``c = Z' W (y - p) - l2 b``, of each class."""
    task = Task.of(shape, l1_ratio, weighted=True)
    edges = np.quantile(task.y, [0.5] if loss == "logistic" else [0.3, 0.6])
    y = np.digitize(task.y, edges)
    alpha = 0.02 / max(l1_ratio, 0.1)
    strength = {"alpha": alpha} if kind is ElasticNetClassifier else {"alphas": [alpha], "cv": 2}
    model = kind(l1_ratio=l1_ratio, tol=TOL, **strength).fit(task.X, y, task.weights)
    targets = np.eye(len(edges) + 1)[y]
    dual = task.share[:, None] * (targets - model.predict_proba(task.X))
    if loss == "logistic":
        dual = dual[:, 1:]
    coef, l1 = model.coef_.T, alpha * l1_ratio
    slope = task.X.T @ dual - alpha * (1 - l1_ratio) * coef
    inside = np.maximum(np.abs(slope) - l1, 0.0)
    violation = np.where(coef == 0, inside, np.abs(slope - l1 * np.sign(coef)))
    assert coef.any()
    assert violation.max() <= 1e-9 * max(l1, 0.02)
    assert np.abs(dual.sum(axis=0)).max() <= 1e-11


@every_penalised_line
@weighted_or_not
def test_oracle_2_gap(way, shape, l1_ratio, weighted):
    """``0 <= P - D <= 1e-12 t'Wt`` at the solution."""
    task = Task.of(shape, l1_ratio, weighted=weighted)
    coef = WAYS[way](task).coef
    energy = task.t @ (task.share * task.t)
    rounding = 1e-15 * energy
    assert -rounding <= task.primal(coef) - task.dual(coef) <= 1e-12 * energy


@every_shape
@every_penalised_ratio
@weighted_or_not
def test_oracle_2_gap_bounds_the_distance_from_the_solution(shape, l1_ratio, weighted):
    """``mu/2 |b - b*|^2 <= P - D``, ``mu = eig_min(Z'WZ) + l2``; ours is as good as a certificate."""
    task = Task.of(shape, l1_ratio, weighted=weighted)
    best = WAYS["solver"](task).coef
    strong = max(np.linalg.eigvalsh(task.gram)[0], 0.0) + task.l2
    problem = Problem.build(
        DenseDesign(task.X),
        task.y[:, None],
        Squared(),
        ElasticNetPenalty.from_sklearn(task.alpha, l1_ratio),
        weights=task.weights,
    )
    rng = np.random.default_rng(1)
    for scale in (1.0, 1e-2, 1e-4):
        coef = best + scale * rng.normal(size=best.size)
        distance = 0.5 * strong * np.sum((coef - best) ** 2)
        assert distance <= task.primal(coef) - task.dual(coef)
        intercept = task.share @ (task.y - task.X @ coef)
        certificate = problem.certify(coef[:, None], np.array([intercept]))
        assert certificate.objective == pytest.approx(task.primal(coef), rel=1e-12)
        assert certificate.gap >= distance


@every_penalised_line
@weighted_or_not
def test_oracle_9_strength_max(way, shape, l1_ratio, weighted):
    """``alpha_max = max |Z'Wt| / a``: all coefficients are 0 just above it, and one is not below."""
    task = Task.of(shape, l1_ratio, weighted=weighted)
    assert not WAYS[way](task.at(task.strength_max * (1 + 1e-9))).coef.any()
    assert WAYS[way](task.at(task.strength_max * (1 - 1e-6))).coef.any()


@every_ratio
@weighted_or_not
def test_oracle_9_the_grid_starts_at_strength_max(l1_ratio, weighted):
    """The default grid starts at the largest strength, or above it by rounding.

    Near ridge l1_ratio counts as 1e-3.
    """
    task = Task.of("wide", l1_ratio, weighted=weighted)
    path = elastic_net_path(task.X, task.y, alphas=3, l1_ratio=l1_ratio, sample_weight=task.weights)
    assert path.alphas[0] == pytest.approx(task.strength_max, rel=1e-11)


@every_shape
@pytest.mark.parametrize("l1_ratio", [0.9, 0.5, 0.05])
def test_oracle_9_continuity(shape, l1_ratio):
    """``|b' - b| <= |alpha' - alpha| (a sqrt(p) + (1 - a) |b|) / mu'``, mu' at alpha'."""
    task = Task.of(shape, l1_ratio)
    p = task.X.shape[1]
    smallest = max(np.linalg.eigvalsh(task.gram)[0], 0.0)
    strengths = task.strength_max * np.geomspace(1, 1e-3, 25)
    path = elastic_net_path(task.X, task.y, alphas=strengths, l1_ratio=l1_ratio, tol=1e-13)
    coefs = [one.toarray()[:, 0] for one in path.coefs]
    for k in range(24):
        jump = np.linalg.norm(coefs[k + 1] - coefs[k])
        slope = l1_ratio * np.sqrt(p) + (1 - l1_ratio) * np.linalg.norm(coefs[k])
        strong = smallest + (1 - l1_ratio) * strengths[k + 1]
        assert jump <= (strengths[k] - strengths[k + 1]) * slope / strong * (1 + 1e-9)
