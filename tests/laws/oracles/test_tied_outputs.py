"""Several responses, and classes tied by rows, beside glmnet, scikit-learn and the slow solver."""

import json
from pathlib import Path

import numpy as np
import pytest
from scipy import sparse
from sklearn.linear_model import MultiTaskElasticNet as Theirs

from bridle import (
    ElasticNetClassifier,
    ElasticNetClassifierCV,
    ElasticNetPenalty,
    MultiTaskElasticNet,
    MultiTaskElasticNetCV,
    elastic_net_path,
)
from bridle.elastic_net.design import DenseDesign, design_of
from bridle.elastic_net.loss import Multinomial, Squared
from bridle.elastic_net.problem import Problem
from bridle.elastic_net.solver import CoordinateDescent, ProximalGradient
from bridle.errors import InputError

STORED = json.loads((Path(__file__).parents[2] / "fixtures" / "glmnet" / "tied.json").read_text())
ROWS = ElasticNetPenalty(0.0, 0.0, group="rows")
every_loss = pytest.mark.parametrize("loss", ["squared", "multinomial"])


def draw(loss, n=60, p=25, outputs=3, seed=0):
    """Return X and targets, of which four features are of use, as a problem takes them."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, p)) * (rng.random((n, p)) < 0.6) + rng.normal(size=(n, 1))
    eta = X[:, :4] @ rng.normal(size=(4, outputs))
    if loss == "squared":
        return X, eta + 0.5 * rng.normal(size=eta.shape) + [1.0, -2.0, 0.0]
    chosen = np.argmax(0.5 * eta + rng.gumbel(size=eta.shape), axis=1)
    chosen[:outputs] = np.arange(outputs)
    return X, np.eye(outputs)[chosen]


def labels_of(loss, y):
    return y if loss == "squared" else np.argmax(y, axis=1)


@pytest.mark.parametrize("case", STORED["cases"], ids=lambda c: f"{c['family']}, {c['alpha']}")
def test_glmnet_agrees(case):
    several = case["family"] == "mgaussian"
    path = elastic_net_path(
        np.array(STORED["X"]),
        np.array(STORED["Y"] if several else STORED["group"]),
        loss="squared" if several else "multinomial",
        alphas=case["lambda"],
        l1_ratio=case["alpha"],
        penalty=ROWS,
        sample_weight=np.array(STORED["weights"]) if case["weighted"] else None,
        standardize=case["standardize"],
        tol=1e-10,
    )
    for k, coef in enumerate(path.coefs):
        assert coef.toarray() == pytest.approx(np.array(case["beta"])[:, :, k].T, abs=5e-5)
        assert path.intercepts[k] == pytest.approx(np.array(case["a0"])[:, k], abs=5e-5)


@pytest.mark.parametrize("weighted", [False, True])
def test_scikit_learn_agrees(weighted):
    X, Y = draw("squared")
    weights = np.random.default_rng(1).random(60) if weighted else None
    ours = MultiTaskElasticNet(0.2, tol=1e-10).fit(X, Y, sample_weight=weights)
    theirs = Theirs(0.2, tol=1e-10, max_iter=100_000).fit(X, Y, sample_weight=weights)
    assert ours.coef_ == pytest.approx(theirs.coef_, abs=1e-7)
    assert ours.intercept_ == pytest.approx(theirs.intercept_, abs=1e-7)
    assert ours.score(X, Y) == pytest.approx(theirs.score(X, Y))


@every_loss
@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("kind", ["dense", "sparse"])
def test_the_slow_solver_agrees(loss, fit_intercept, kind):
    X, y = draw(loss)
    rng = np.random.default_rng(2)
    factors = np.ones(25)
    factors[[3, 7, 9]] = 2.0, np.inf, 0.0
    problem = Problem.build(
        DenseDesign(X) if kind == "dense" else design_of(sparse.csc_array(X)),
        y,
        Squared() if loss == "squared" else Multinomial(),
        ElasticNetPenalty(0.0, 0.0, factors=factors, group="rows"),
        weights=np.where(rng.random(60) < 0.1, 0.0, rng.random(60) + 0.1),
        offset=0.2 * rng.normal(size=y.shape),
        fit_intercept=fit_intercept,
    )
    largest = problem.strength_max(0.7)
    for share in (1.001, 0.5, 0.05):
        at = problem.with_penalty(problem.penalty.with_strength(share * largest, 0.7))
        fast, slow = CoordinateDescent().solve(at), ProximalGradient(tol=1e-11).solve(at)
        assert fast.certificate.meets(1e-6)
        coefs = [one.coef.copy() for one in (fast, slow)]
        if loss == "multinomial":
            # Without a penalty, a common shift of the classes changes nothing.
            for coef in coefs:
                coef[9] -= coef[9].mean()
        assert coefs[0] == pytest.approx(coefs[1], abs=1e-4)
        used = np.any(fast.coef != 0, axis=1)
        assert not used[7]
        if share > 1:
            assert not used[factors > 0].any()
        # All outputs of a feature or none.
        assert np.array_equal(used, np.all(fast.coef != 0, axis=1))


@every_loss
@pytest.mark.parametrize("shape", [(40, 120), (300, 10)])
def test_paths_of_every_layout_are_certified_and_agree(loss, shape, tmp_path):
    X, y = draw(loss, *shape)
    labels = labels_of(loss, y)
    np.save(tmp_path / "x.npy", X)
    options = {"loss": loss, "penalty": ROWS, "alphas": 12, "standardize": True, "eps": 0.05}
    exact = elastic_net_path(X, labels, **options, tol=1e-10)
    assert exact.method == "lockstep"
    for given, tol in (
        (X, 2e-3),
        (sparse.csr_array(X), 2e-3),
        (np.load(tmp_path / "x.npy", mmap_mode="r"), 2e-3),
        (X.astype(np.float32), 5e-3),
    ):
        path = elastic_net_path(given, labels, **options)
        assert all(one.meets(1e-6) for one in path.certificates)
        for one, other in zip(path.coefs, exact.coefs, strict=True):
            assert one.toarray() == pytest.approx(other.toarray(), abs=tol)
    problem = exact.specification.problem()
    for k in (3, 11):
        at = problem.with_penalty(problem.penalty.with_strength(float(exact.alphas[k]), 0.5))
        judged = at.certify(
            *exact.specification.from_original(at, exact.coefs[k], exact.intercepts[k])
        )
        assert judged.meets(1e-9)
        assert judged.objective == pytest.approx(exact.certificates[k].objective, rel=1e-9)
        assert exact.losses[k] == pytest.approx(judged.objective - at.penalty.value(
            exact.specification.from_original(at, exact.coefs[k], exact.intercepts[k])[0]
        ))  # fmt: skip
    assert np.all(exact.df <= 3 * exact.n_nonzero + 1e-9)


@every_loss
@pytest.mark.filterwarnings("ignore:The best strength")
def test_folds_are_fitted_as_if_alone(loss):
    X, y = draw(loss)
    labels = labels_of(loss, y)
    tested = np.arange(60) % 3
    folds = [(np.flatnonzero(tested != k), np.flatnonzero(tested == k)) for k in range(3)]
    options = {"alphas": [0.9, 0.05], "cv": folds, "keep_coefs": True}
    model = (
        MultiTaskElasticNetCV(**options)
        if loss == "squared"
        else ElasticNetClassifierCV(group="rows", **options)
    ).fit(X, labels)
    for fold, (train, _) in enumerate(folds):
        alone = elastic_net_path(
            X[train], labels[train], loss=loss, alphas=[0.9, 0.05], penalty=ROWS
        )
        kept = model.cv_.fold_models[0][fold]
        for k in range(2):
            assert kept.coefs[k].toarray() == pytest.approx(alone.coefs[k].toarray(), abs=1e-3)
    assert model.oof_prediction_.shape == (60, 3)
    assert model.certificate_.meets(1e-6)
    assert np.array_equal(np.any(model.coef_ != 0, axis=0), np.all(model.coef_ != 0, axis=0))


def test_scores_of_several_responses():
    X, Y = draw("squared")
    model = MultiTaskElasticNetCV(alphas=[0.1], cv=3, keep_coefs=True).fit(X, Y)
    left = Y - model.oof_prediction_
    assert model.mean_scores_[0, 0] == pytest.approx(np.mean(np.sum(left**2, axis=1)))
    other = MultiTaskElasticNetCV(alphas=10, cv=3, scoring="r2", l1_ratio=[0.2, 1.0]).fit(X, Y)
    assert other.mean_scores_.max() <= 1
    assert other.predict(X).shape == Y.shape
    assert list(other.coef_table().columns[1:]) == [f"coefficient of y{k}" for k in range(3)]
    assert "3 responses" in str(other.summary())


def test_one_response_is_a_plain_elastic_net():
    X, Y = draw("squared")
    one = elastic_net_path(X, Y[:, 0], alphas=[0.1])
    tied = elastic_net_path(X, Y[:, :1], alphas=[0.1], penalty=ROWS)
    assert tied.coefs[0].toarray() == pytest.approx(one.coefs[0].toarray(), abs=1e-9)


def test_bounds_are_refused_with_the_reason():
    X, y = draw("multinomial")
    with pytest.raises(InputError, match="the norm of a row"):
        ElasticNetPenalty(1.0, 0.0, lower=0.0, group="rows")
    with pytest.raises(InputError, match="the norm of a row"):
        ElasticNetClassifier(group="rows", positive=True).fit(X, np.argmax(y, axis=1))
    with pytest.raises(InputError, match="group must be None or 'rows'"):
        ElasticNetClassifier(group="columns").fit(X, np.argmax(y, axis=1))
    with pytest.raises(InputError, match="For a single response use ElasticNet"):
        MultiTaskElasticNet().fit(X, y[:, 0])
    with pytest.raises(InputError, match="row 4"):
        MultiTaskElasticNet().fit(X, np.where(np.arange(60)[:, None] == 4, np.nan, y))


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_warm_start_at_a_solution_makes_no_iteration(dtype):
    """In float32 too, though its rounded coefficients are off the solution."""
    X, y = draw("squared")
    model = MultiTaskElasticNet(alpha=0.1, warm_start=True).fit(X.astype(dtype), y)
    assert model.n_iter_ >= 1
    assert model.fit(X.astype(dtype), y).n_iter_ == 0
    assert model.coef_.dtype == dtype
