from __future__ import annotations

import numpy as np
import pytest
from benchmarks.datasets import bag_of_words, correlated_gaussian, standardised_file
from benchmarks.objective import Objective
from benchmarks.solvers.base import cox_score
from benchmarks.solvers.bridle import SOLVER
from benchmarks.task import Task
from benchmarks.timing import Timer
from scipy import sparse
from scipy.special import xlogy

from bridle import elastic_net_path

every_loss = pytest.mark.parametrize("loss", ["squared", "logistic", "poisson", "gamma", "tweedie"])


def judge(loss, n=80, p=12):
    X, y = correlated_gaussian(n, p, loss, 3)
    return Objective(X, y, loss)


def column_of(coef):
    return sparse.csc_matrix(np.reshape(coef, (-1, 1)))


@every_loss
def test_value_is_the_formula(loss):
    objective = judge(loss)
    rng = np.random.default_rng(2)
    coef, intercept, alpha = rng.normal(size=12) * (rng.uniform(size=12) < 0.5), 0.3, 0.7
    eta = objective.X @ coef + intercept
    y = objective.y
    losses = {
        "squared": (y - eta) ** 2 / 2,
        "logistic": np.log1p(np.exp(eta)) - y * eta,
        "poisson": np.exp(eta) - y * eta,
        "gamma": y / np.exp(eta) + eta,
        "tweedie": np.exp(0.5 * eta) / 0.5 - y * np.exp(-0.5 * eta) / -0.5,
    }[loss]
    penalty = 0.5 * np.abs(coef).sum() + 0.25 * (coef**2).sum()
    value = objective.values(np.array([alpha]), column_of(coef), np.array([intercept]))
    np.testing.assert_allclose(value, losses.mean() + alpha * penalty)


@every_loss
def test_sparse_and_dense_are_judged_alike(loss):
    dense = judge(loss)
    thin = Objective(sparse.csc_matrix(dense.X), dense.y, loss)
    alphas = dense.grid(0.01, 25)
    rng = np.random.default_rng(0)
    coefs = sparse.random(12, 25, 0.4, "csc", random_state=rng)
    intercepts = rng.normal(size=25)
    np.testing.assert_allclose(
        thin.values(alphas, coefs, intercepts), dense.values(alphas, coefs, intercepts)
    )


@every_loss
def test_largest_strength_is_where_the_first_feature_enters(loss):
    objective = judge(loss)
    largest = objective.strength_max
    alphas = np.array([largest * 1.0001, largest * 0.99])
    path = elastic_net_path(objective.X, objective.y, loss=loss, alphas=alphas, tol=1e-10)
    assert path.n_nonzero.tolist() == [0, 1]
    null = objective.values(alphas[:1], path.coefs[0], path.intercepts[0])
    y = objective.y
    perfect = {
        "poisson": np.mean(y - xlogy(y, y)),
        "gamma": np.mean(1 + np.log(y)) if loss == "gamma" else 0.0,
        "tweedie": np.mean(4 * np.sqrt(np.abs(y))),
    }.get(loss, 0.0)
    np.testing.assert_allclose(null - perfect, objective.half_null_deviance)


@every_loss
def test_agrees_with_the_certificates_of_bridle(loss):
    objective = judge(loss)
    alphas = objective.grid(0.01, 10)
    loose, tight = (
        elastic_net_path(objective.X, objective.y, loss=loss, alphas=alphas, tol=tol)
        for tol in (1e-2, 1e-11)
    )
    above = [
        objective.values(alphas, sparse.hstack(path.coefs).tocsc(), path.intercepts.ravel())
        for path in (loose, tight)
    ]
    gaps = (above[0] - above[1]) / objective.half_null_deviance
    claimed = [one.relative_gap for one in loose.certificates]
    assert (gaps >= -1e-10).all()
    assert (gaps <= np.array(claimed) + 1e-10).all()


def test_squared_targets_have_unit_variance():
    for _, y in (correlated_gaussian(50, 4, "squared", 2), bag_of_words(50, 40, "squared", 2)):
        np.testing.assert_allclose([y.mean(), y.std()], [0, 1], atol=1e-12)


def test_words_are_rows_of_length_one():
    X, _ = bag_of_words(60, 300, "squared", 5)
    assert X.shape == (60, 300)
    assert (X.data > 0).all()
    np.testing.assert_allclose(sparse.linalg.norm(X, axis=1), 1)


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_variants_hold_the_same_numbers(order, dtype):
    plain, _ = correlated_gaussian(20, 5, "squared", 2)
    X, _ = correlated_gaussian(20, 5, "squared", 2, order=order, dtype=dtype)
    assert X.flags[f"{order}_CONTIGUOUS"]
    assert X.dtype == dtype
    np.testing.assert_array_equal(X, plain.astype(dtype))


SEVERAL = {"multinomial": 3, "responses": 3, "cox": 1}
every_joint_loss = pytest.mark.parametrize("loss", SEVERAL)


def joint_judge(loss, n=80, p=12):
    X, y = correlated_gaussian(n, p, loss, 3, outputs=SEVERAL[loss])
    return Objective(X, y, loss)


def written_out(objective, eta, B):
    """The mean loss and the two norms, row after row; eta has shape (n, K), B (p, K)."""
    y, norms = objective.y, (np.abs(B).sum(), (B**2).sum())
    if objective.loss == "multinomial":
        losses = [
            np.log(np.exp(row).sum()) - row[int(label)] for row, label in zip(eta, y, strict=True)
        ]
    elif objective.loss == "responses":
        losses = [((own - row) ** 2).sum() / 2 for row, own in zip(eta, y, strict=True)]
        norms = (sum(np.sqrt((row**2).sum()) for row in B), norms[1])
    else:
        time, event = y.T
        losses = [
            event[i] * (np.log(np.exp(eta[time >= time[i], 0]).sum()) - eta[i, 0])
            for i in range(time.size)
        ]
    return np.mean(losses), norms


@every_joint_loss
def test_value_of_several_outputs_and_of_times_is_the_formula(loss):
    objective, K = joint_judge(loss), SEVERAL[loss]
    rng = np.random.default_rng(2)
    B = rng.normal(size=(12, K)) * (rng.uniform(size=(12, K)) < 0.5)
    intercepts = rng.normal(size=(K, 1)) * (loss != "cox")
    expected, (size, square) = written_out(objective, objective.X @ B + intercepts.T, B)
    coefs = column_of(B.ravel(order="F"))
    for X in (objective.X, sparse.csc_matrix(objective.X)):
        value = Objective(X, objective.y, loss).values(np.array([0.7]), coefs, intercepts)
        np.testing.assert_allclose(value, expected + 0.7 * (0.5 * size + 0.25 * square))


def test_rows_of_one_time_are_at_risk_together():
    y = np.array([[1.0, 1.0], [1.0, 0.0], [2.0, 1.0], [2.0, 1.0], [3.0, 0.0]])
    X = np.arange(5.0)[:, None] / 5
    objective = Objective(X, y, "cox")
    expected, (size, square) = written_out(objective, X, np.ones((1, 1)))
    value = objective.values(np.array([0.1]), column_of([1.0]), np.zeros(1))
    np.testing.assert_allclose(value, expected + 0.1 * (0.5 * size + 0.25 * square))
    gradient = (
        objective.values(np.zeros(2), sparse.csc_matrix([[1e-6, -1e-6]]), np.zeros(2))
    ) / 2e-6
    np.testing.assert_allclose(
        objective.strength_max, abs(gradient[0] - gradient[1]) / 0.5, rtol=1e-6
    )


def fitted(objective, alphas, tol, folder):
    folds = np.arange(objective.y.shape[0], dtype=np.int32) % 3
    task = Task(objective.X, objective.y, objective.loss, 0.5, alphas, folds, folder)
    return SOLVER.path(task, tol, Timer(repeats=1, announced=False))


@every_joint_loss
def test_largest_strength_of_several_outputs_is_where_the_first_feature_enters(loss, tmp_path):
    objective = joint_judge(loss)
    largest = objective.strength_max
    found = fitted(objective, np.array([largest * 1.0001, largest * 0.999]), 1e-10, tmp_path)
    used = found.coefs.toarray().reshape(SEVERAL[loss], 12, 2).any(axis=0).sum(axis=0)
    assert used.tolist() == [0, 1]
    null = objective.values(np.array([largest]), found.coefs[:, :1], found.intercepts[..., :1])
    np.testing.assert_allclose(null, objective.half_null_deviance)


@every_joint_loss
def test_tighter_fits_of_several_outputs_are_lower(loss, tmp_path):
    objective = joint_judge(loss)
    alphas = objective.grid(0.01, 10)
    loose, tight = (
        objective.values(alphas, found.coefs, found.intercepts)
        for found in (fitted(objective, alphas, tol, tmp_path) for tol in (1e-2, 1e-11))
    )
    gaps = (loose - tight) / objective.half_null_deviance
    assert (gaps >= -1e-10).all()
    assert (gaps <= 1e-2).all()


@pytest.mark.filterwarnings("ignore::bridle.errors.DataWarning")
@every_joint_loss
def test_task_of_several_outputs_survives_the_disk_and_cross_validates(loss, tmp_path):
    objective = joint_judge(loss)
    alphas, folds = objective.grid(0.1, 4), np.arange(80, dtype=np.int32) % 3
    task = Task(objective.X, objective.y, loss, 0.5, alphas, folds, tmp_path / "task")
    task.save()
    again = Task.load(task.folder)
    np.testing.assert_array_equal(again.y, task.y)
    assert again.outputs == SEVERAL[loss]
    found = SOLVER.cv(again, 1e-8, Timer(repeats=1, announced=False))
    assert found.score.shape == (4,)
    if loss == "cox":
        train, test = again.pairs[0]
        added = cox_score(task.y, train, np.zeros((80, 1)))
        # Nothing is explained at the largest strength; other folds have other rows.
        assert 0 < added[0] < 2 * np.log(80)
        assert np.intersect1d(train, test).size == 0
    assert found.score[0] > found.score[-1]


def test_real_data_are_standardised(tmp_path):
    X = np.array([[1.0, 5.0], [3.0, 5.0], [8.0, 5.0]])
    np.savez(tmp_path / "some.npz", X=X, y=np.array([7, 2, 7]))
    found, y = standardised_file(tmp_path / "some.npz")
    np.testing.assert_allclose(found[:, 0], (X[:, 0] - 4) / X[:, 0].std())
    assert found[:, 1].tolist() == [0, 0, 0]
    assert y.tolist() == [1, 0, 1]
