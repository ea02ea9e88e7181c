"""Laws of every arm in the catalogue, on every task; those of networks alone stand beside."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from sklearn.linear_model import ElasticNet
from sklearn.metrics import log_loss, mean_poisson_deviance, mean_squared_error
from tests.workbench.table_arms import ARMS

from bridle.backend import backend_available
from bridle.survival import harrell_c
from bridle.survival.pair_loss import pair_loss
from bridle.workbench.arm import Arm, Part, Split
from bridle.workbench.arm.linear_arms import elastic_net
from bridle.workbench.arm.linear_arms.inner_folds import inner_folds
from bridle.workbench.protocol import Protocol
from bridle.workbench.task import TASK_KINDS, Task
from bridle.workbench.tasks import plain_fits
from bridle.workbench.tasks.catalogue import TASK_TYPES
from bridle.workbench.tasks.survival import outcomes_of, target_of

# Even batches, and as many test rows as others: each size of a batch costs a compilation.
PROTOCOL = Protocol(epochs=2, batch_size=30)
SIZES = (60, 20, 80)
CLASSES = {
    "binary": ("no", "yes"),
    "multiclass": ("a", "b", "c"),
    **dict.fromkeys(("regression", "count", "survival"), ()),
}
LINEAR = ("linear", "lasso", "ridge", "elastic_net")
STRENGTHS = 8
# Every other arm is a compilation for each kind of task, of which the default suite takes one.
QUICK = ("dummy", "permuted_target", *LINEAR, "baseline", "dropout")
CATALOGUE = [
    pytest.param(
        (name, kind),
        id=f"{name}-{kind}",
        marks=[
            pytest.mark.skipif(
                ARMS[name].needs_network and backend_available() is not None,
                reason=str(backend_available()),
            ),
            *([] if kind == "binary" or name in QUICK else [pytest.mark.slow]),
        ],
    )
    for kind in TASK_KINDS
    for name in ARMS
    if not ARMS[name].needs_images
    and (name, kind) != ("mixup", "survival")  # times cannot be mixed
]


@pytest.fixture(scope="module", autouse=True)
def short_path():
    """Fewer strengths than the 20 of the arm, to save time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(elastic_net, "_STRENGTHS", STRENGTHS)
        yield


@pytest.fixture(scope="module", params=CATALOGUE)
def case(request):
    """Name of an arm, and kind of task; the tests of one case run together, on one network."""
    return request.param


def part(kind, n, seed, noise=0.3):
    """Rows whose first two features of three tell the target."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 3))
    signal = X[:, 0] - X[:, 1] + noise * rng.normal(size=n)
    if kind == "regression":
        return Part(X, signal / np.sqrt(2))
    if kind == "count":
        return Part(X, rng.poisson(30 * np.exp(0.5 * signal)) / 30)
    if kind == "survival":
        return Part(X, target_of(np.exp(-signal).round(2), rng.random(n) < 0.8))
    return Part(X, np.digitize(signal, [0.0] if kind == "binary" else [-0.6, 0.6]))


def split_of(kind, train, validation, test):
    names = tuple(f"x{j}" for j in range(train.X.shape[1]))
    return Split(train, validation, test, names, Task(kind, CLASSES[kind]))


@cache
def split(kind):
    return split_of(kind, *(part(kind, n, seed) for seed, n in enumerate(SIZES)))


@cache
def fit(name, kind):
    return ARMS[name].fit(split(kind), PROTOCOL, 0)


@cache
def predict(name, kind):
    return fit(name, kind).predict(split(kind).test.X)


def risk(kind, y, predicted):
    if kind == "regression":
        return mean_squared_error(y, predicted)
    if kind == "count":
        return mean_poisson_deviance(y, predicted)
    if kind == "survival":
        return pair_loss(outcomes_of(y), predicted)
    return log_loss(y, predicted, labels=range(len(CLASSES[kind])))


def garbage(kind):
    return Part(np.full((7, 3), np.nan), part(kind, 7, 99).y[::-1])


def test_catalogue_names_its_arms():
    for name, arm in ARMS.items():
        assert isinstance(arm, Arm)
        assert arm.name == name
        assert arm.title


def test_predictions_have_the_form_of_the_task(case):
    name, kind = case
    predicted = predict(name, kind)
    assert predicted.dtype == np.float64
    assert np.isfinite(predicted).all()
    if not CLASSES[kind]:
        assert predicted.shape == (80,)
        assert kind != "count" or predicted.min() > 0
    else:
        assert predicted.shape == (80, len(CLASSES[kind]))
        assert predicted.min() >= 0
        np.testing.assert_allclose(predicted.sum(axis=1), 1, rtol=1e-12)


def test_same_seed_gives_the_same_bits_whatever_the_test_part_holds(case):
    name, kind = case
    blind = replace(split(kind), test=garbage(kind))
    if not ARMS[name].needs_network:  # these arms leave the validation part alone, too
        blind = replace(blind, validation=garbage(kind))
    again = ARMS[name].fit(blind, PROTOCOL, 0)
    np.testing.assert_array_equal(again.predict(split(kind).test.X), predict(name, kind))
    assert again.details == fit(name, kind).details
    assert again.curves == fit(name, kind).curves


@pytest.mark.parametrize("kind", TASK_KINDS)
@pytest.mark.parametrize("name", LINEAR)
def test_linear_arm_learns_an_easy_problem(name, kind):
    y = split(kind).test.y
    assert risk(kind, y, predict(name, kind)) < 0.5 * risk(kind, y, predict("dummy", kind))


@pytest.mark.parametrize("kind", TASK_KINDS)
def test_dummy_predicts_the_training_part_whatever_the_features(kind):
    y = split(kind).train.y
    if kind == "survival":
        assert (predict("dummy", kind) == 0).all()
        return
    shares = [np.mean(y == code) for code in range(len(CLASSES[kind]))]
    expected = shares if CLASSES[kind] else y.mean()
    assert (predict("dummy", kind) == expected).all()


def test_dummy_gives_a_class_without_training_rows_no_probability():
    data = split("multiclass")
    two = data.train.y != 2
    fitted = ARMS["dummy"].fit(
        replace(data, train=Part(data.train.X[two], data.train.y[two])), PROTOCOL, 0
    )
    assert (fitted.predict(data.test.X)[:, 2] == 0).all()


@pytest.mark.parametrize("kind", TASK_KINDS)
@pytest.mark.parametrize("name", LINEAR)
def test_coefficients_have_a_row_a_feature_and_a_column_an_output(name, kind):
    assert fit(name, kind).coefficients.shape == (3, 3 if kind == "multiclass" else 1)


@pytest.mark.parametrize("kind", [kind for kind in TASK_KINDS if kind != "survival"])
def test_linear_leaves_no_correlation_between_features_and_residuals(kind):
    """The optimality condition of least squares, logistic and Poisson regression alike."""
    train = part(kind, 60, 0, noise=2.0)  # classes that no line separates
    data = split_of(kind, train, train, train)
    fitted = ARMS["linear"].fit(data, PROTOCOL, 0)
    predicted = fitted.predict(train.X).reshape(60, -1)
    target = np.eye(predicted.shape[1])[train.y] if CLASSES[kind] else train.y[:, None]
    X = np.column_stack([np.ones(60), train.X])
    np.testing.assert_allclose(X.T @ (predicted - target) / 60, 0, atol=1e-4)


def test_linear_is_coxs_model_whose_features_are_those_expected_of_the_rows_at_risk():
    """Each event's features minus their mean over the rows at risk, weighted by risk, sum to 0."""
    train = part("survival", 60, 0, noise=2.0)
    data = split_of("survival", train, train, train)
    for name, at_most in (("linear", 1e-6), ("ridge", 0.5)):
        fitted = ARMS[name].fit(data, PROTOCOL, 0)
        risk = np.exp(fitted.predict(train.X))
        total = np.zeros(3)
        for time in np.unique(train.y["time"][train.y["event"]]):
            late = train.y["time"] >= time
            tied = (train.y["time"] == time) & train.y["event"]
            for k in range(tied.sum()):  # Efron: the k-th of d ties meets 1 - k / d of them
                weights = risk * late * np.where(tied, 1 - k / tied.sum(), 1.0)
                total -= weights @ train.X / weights.sum()
            total += train.X[tied].sum(axis=0)
        assert np.abs(total / 60).max() < at_most
        assert fitted.predict.intercept == 0
    assert ARMS["linear"].fit(data, PROTOCOL, 0).details["converged"]


def test_linear_says_that_its_features_order_the_events_without_an_error():
    X = np.random.default_rng(0).normal(size=(60, 3))
    train = Part(X, target_of(np.exp(-X[:, 0]), np.ones(60, dtype=bool)))
    fitted = ARMS["linear"].fit(split_of("survival", train, train, train), PROTOCOL, 0)
    assert fitted.details["converged"] is False
    assert np.isfinite(fitted.coefficients).all()
    assert harrell_c(train.y, fitted.predict(X)) == 1


def test_linear_with_more_features_than_rows_takes_the_shortest_exact_solution():
    rng = np.random.default_rng(0)
    train = Part(rng.normal(size=(8, 20)), rng.normal(size=8))
    fitted = ARMS["linear"].fit(split_of("regression", train, train, train), PROTOCOL, 0)
    np.testing.assert_allclose(fitted.predict(train.X), train.y, atol=1e-10)
    centred = train.X - train.X.mean(axis=0)
    expected = np.linalg.pinv(centred) @ (train.y - train.y.mean())
    np.testing.assert_allclose(fitted.coefficients[:, 0], expected, atol=1e-10)


def test_linear_says_when_the_solver_stopped_short(monkeypatch):
    assert fit("linear", "binary").details["converged"] is True
    monkeypatch.setattr(plain_fits, "_MAX_ITER", 1)
    assert ARMS["linear"].fit(split("binary"), PROTOCOL, 0).details["converged"] is False


@pytest.mark.parametrize("kind", TASK_KINDS)
@pytest.mark.parametrize("p", [39, 40, 400])
def test_linear_without_one_solution_is_that_of_smallest_norm(kind, p):
    """It stands on the rows alone, fits them all, and no direction that they lack is in it."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(40, p)) + 3.0
    y = rng.normal(size=40) if kind == "regression" else np.arange(40) % (2 + (kind != "binary"))
    task = Task(kind, tuple("abc"[: int(y.max()) + 1]) if CLASSES[kind] else ())
    if kind == "survival":
        y = target_of(rng.exponential(size=40), rng.random(40) < 0.7)
    part = Part(X, y)
    names = tuple(f"x{j}" for j in range(p))
    found = ARMS["linear"].fit(Split(part, part, part, names, task), PROTOCOL, 0)
    assert found.details["minimum_norm"] is (p >= 40)
    if p < 40:
        return
    centred = X - X.mean(axis=0)
    spanned = np.linalg.pinv(centred, rcond=1e-10) @ centred
    np.testing.assert_allclose(spanned @ found.coefficients, found.coefficients, atol=1e-10)
    named = found.predict(X)
    if kind == "regression":
        np.testing.assert_allclose(named, y, atol=1e-8)
    elif kind == "count":  # zeros are fitted in the limit alone
        np.testing.assert_allclose(named, y, atol=1e-3)
    elif kind == "survival":
        assert harrell_c(y, named) == 1
        assert found.details["converged"]
    else:
        assert found.details == {"converged": True, "minimum_norm": True, "separated": True}
        np.testing.assert_array_equal(named.argmax(axis=1), y)


def test_elastic_net_says_that_it_separates_the_classes():
    rng = np.random.default_rng(0)
    y = np.arange(60) % 2
    for gap, separated in ((8.0, True), (0.0, False)):
        X = rng.normal(size=(60, 3))
        X[:, 0] += gap * y
        part = Part(X, y)
        one = Split(part, part, part, ("a", "b", "c"), Task("binary", ("no", "yes")))
        assert ARMS["elastic_net"].fit(one, PROTOCOL, 0).details["separated"] is separated


@pytest.mark.parametrize("kind", TASK_KINDS)
def test_elastic_net_hands_in_its_certificate_and_what_it_chose(kind):
    fitted = fit("elastic_net", kind)
    details = fitted.details
    assert 0 <= details["relative_gap"] <= 1e-6
    assert details["alpha"] > 0
    assert details["l1_ratio"] in ((0.5,) if kind == "multiclass" else elastic_net.RATIOS)
    assert details["nonzero"] == np.count_nonzero(np.abs(fitted.coefficients).sum(axis=1))


def scikit(X, y, alpha, l1_ratio):
    return ElasticNet(alpha=alpha, l1_ratio=l1_ratio, tol=1e-10, max_iter=10_000).fit(X, y)


@pytest.mark.parametrize(("name", "ratios"), [("elastic_net", (0.1, 0.5, 0.9)), ("lasso", (1.0,))])
def test_elastic_net_is_scikit_learns_with_the_smallest_cross_validated_risk(name, ratios):
    data = split_of("regression", *(part("regression", 40, seed, noise=2.0) for seed in range(3)))
    fitted = ARMS[name].fit(data, PROTOCOL, 0)
    X, y = data.train.X, data.train.y
    largest = np.abs((X - X.mean(axis=0)).T @ (y - y.mean())).max() / len(y)
    shares = np.geomspace(1, 1e-3, STRENGTHS)
    grid = [(largest / ratio * share, ratio) for ratio in ratios for share in shares]
    folds = list(inner_folds(data, 0))
    risks = [
        np.mean([np.mean((scikit(X[a], y[a], *one).predict(X[b]) - y[b]) ** 2) for a, b in folds])
        for one in grid
    ]
    best = grid[int(np.argmin(risks))]
    assert (fitted.details["alpha"], fitted.details["l1_ratio"]) == pytest.approx(best)
    assert not fitted.details["at_grid_edge"]
    expected = scikit(X, y, *best)
    np.testing.assert_allclose(fitted.coefficients[:, 0], expected.coef_, atol=1e-3)
    predicted = expected.predict(data.test.X)
    np.testing.assert_allclose(fitted.predict(data.test.X), predicted, atol=1e-3)


def test_elastic_net_keeps_few_features_of_pure_noise():
    rng = np.random.default_rng(0)
    train = Part(rng.normal(size=(100, 60)), rng.normal(size=100))
    data = split_of("regression", train, train, train)
    assert np.all(ARMS["linear"].fit(data, PROTOCOL, 0).coefficients != 0)
    kept = [ARMS["elastic_net"].fit(data, PROTOCOL, seed).details["nonzero"] for seed in range(2)]
    assert max(kept) <= 12


def test_elastic_net_says_when_a_weaker_penalty_might_do_better():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(40, 2))
    train = Part(X, X[:, 0] - X[:, 1])
    fitted = ARMS["elastic_net"].fit(split_of("regression", train, train, train), PROTOCOL, 0)
    assert fitted.details["at_grid_edge"]


def test_elastic_net_survives_a_class_that_a_fold_lacks():
    rng = np.random.default_rng(0)
    train = Part(rng.normal(size=(25, 2)), np.arange(25) // 24)
    fitted = ARMS["elastic_net"].fit(split_of("binary", train, train, train), PROTOCOL, 0)
    predicted = fitted.predict(train.X)
    assert np.isfinite(predicted).all()
    assert 0 < predicted[:, 1].mean() < 0.2


@pytest.mark.parametrize("kind", TASK_KINDS)
def test_folds_belong_to_the_seed_and_hold_out_every_training_row_once(kind):
    data = split(kind)
    folds = {seed: list(inner_folds(data, seed)) for seed in (0, 1)}
    for pairs in folds.values():
        assert len(pairs) == 5
        np.testing.assert_array_equal(np.sort(np.concatenate([b for _, b in pairs])), range(60))
        for train, held_out in pairs:
            np.testing.assert_array_equal(np.sort(np.concatenate([train, held_out])), range(60))
            if (codes := TASK_TYPES[kind].strata(data.train.y)) is not None:
                shares = np.bincount(codes[held_out]) / len(held_out)
                whole = np.bincount(codes) / 60
                np.testing.assert_allclose(shares, whole, atol=1 / len(held_out))
    again = list(inner_folds(data, 0))
    assert all(np.array_equal(a[1], b[1]) for a, b in zip(folds[0], again, strict=True))
    assert any(not np.array_equal(a[1], b[1]) for a, b in zip(folds[0], folds[1], strict=True))


@pytest.mark.parametrize("kind", TASK_KINDS)
@pytest.mark.parametrize("n_groups", [1, 3, 12, 60])
def test_folds_hold_out_whole_groups(kind, n_groups):
    groups = np.random.default_rng(0).permutation(np.arange(60) % n_groups)
    pairs = list(inner_folds(replace(split(kind), groups=groups), 0))
    assert len(pairs) == (5 if n_groups == 1 else min(5, n_groups))
    np.testing.assert_array_equal(np.sort(np.concatenate([b for _, b in pairs])), range(60))
    for train, held_out in pairs:
        assert n_groups == 1 or not set(groups[train]) & set(groups[held_out])


def test_groups_do_not_hide_that_features_only_name_them():
    """Each group has its own features and its own level of the target, which rows of it give away."""
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(12), 5)
    X = rng.normal(size=(12, 40))[groups] + 0.01 * rng.normal(size=(60, 40))
    train = Part(X, rng.normal(size=12)[groups])
    data = split_of("regression", train, train, train)
    by_row, by_group = (
        ARMS["ridge"].fit(replace(data, groups=known), PROTOCOL, 0).details["alpha"]
        for known in (None, groups)
    )
    assert by_group > 10 * by_row
