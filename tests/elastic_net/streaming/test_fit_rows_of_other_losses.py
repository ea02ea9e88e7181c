"""Fits of rows that are elsewhere, for losses that are not quadratic: as in memory, in few scans."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from sklearn.exceptions import ConvergenceWarning
from tests.elastic_net.streaming.test_fit_rows import pairs
from tests.rows.tables import Rows, write_parquet

from bridle import (
    ElasticNet,
    ElasticNetClassifier,
    ElasticNetClassifierCV,
    ElasticNetCV,
    ElasticNetPenalty,
)
from bridle.elastic_net.loss import Tweedie
from bridle.errors import InputError

pytestmark = pytest.mark.filterwarnings("ignore::bridle.errors.DataWarning")

LOSSES = {
    "poisson": lambda rng, mean: rng.poisson(mean).astype(float),
    "gamma": lambda rng, mean: mean * rng.gamma(2.0, 0.5, mean.size),
    "tweedie": lambda rng, mean: (
        mean * rng.gamma(2.0, 0.5, mean.size) * rng.integers(0, 2, mean.size)
    ),
    "logistic": lambda rng, mean: np.where(rng.random(mean.size) < mean / (1 + mean), 5.0, 2.0),
}


def table(loss: str, n: int = 700, p: int = 5, *, weights: bool = False, groups: bool = False):
    rng = np.random.default_rng(8)
    X = rng.normal(size=(n, p)) * rng.uniform(0.5, 3.0, p) + rng.normal(size=p)
    X[:, 4] = 0.5
    target = LOSSES[loss](rng, np.exp(0.3 * X[:, 0] - 0.2 * X[:, 1]))
    return Rows(
        {f"x{j}": X[:, j].copy() for j in range(p)},
        target,
        rng.integers(0, 3, n) * 0.7 if weights else None,
        np.array([f"g{k}" for k in rng.integers(0, 60, n)]) if groups else None,
    )


def named(rows: Rows) -> dict[str, str]:
    columns = {"sample_weight": rows.weights, "groups": rows.groups}
    names = {"sample_weight": "weight", "groups": "group"}
    return {role: names[role] for role, values in columns.items() if values is not None}


def single(loss: str, **options):
    return (
        ElasticNetClassifier(**options) if loss == "logistic" else ElasticNet(loss=loss, **options)
    )


def cross_validated(loss: str, **options):
    if loss == "logistic":
        return ElasticNetClassifierCV(**options)
    return ElasticNetCV(loss=loss, **options)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize(
    "options",
    [{}, {"standardize": True}, {"fit_intercept": False}, {"l1_ratio": 1.0, "alpha": 1e-4}],
    ids=["plain", "standardised", "no intercept", "weak lasso"],
)
def test_one_strength_equals_that_in_memory(tmp_path, loss, options):
    rows = table(loss, weights=True)
    model = single(loss, **{"alpha": 0.02, "tol": 1e-10, **options})
    found = model.fit(write_parquet(rows, tmp_path), "y", sample_weight="weight")
    assert found.certificate_.meets(1e-10)
    assert found.n_scans_ <= 12
    coef, level = found.coef_.copy(), np.copy(found.intercept_)
    explained = found.deviance_explained_
    expected = model.fit(rows.matrix, rows.target, sample_weight=rows.weights)
    assert np.abs(coef - expected.coef_).max() <= 1e-6
    assert np.abs(level - expected.intercept_).max() <= 1e-6
    assert explained == pytest.approx(expected.deviance_explained_, abs=1e-9)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("kind", ["plain", "weights", "groups"])
def test_cross_validation_equals_that_in_memory(tmp_path, loss, kind):
    rows = table(loss, weights=kind == "weights", groups=kind == "groups")
    options = {"l1_ratio": [0.5, 1.0], "alphas": 15, "tol": 1e-8, "standardize": kind == "groups"}
    found = cross_validated(loss, cv=3, random_state=2, **options)
    found.fit(write_parquet(rows, tmp_path), "y", **named(rows))
    expected = cross_validated(loss, cv=pairs(rows, 3, 2), **options)
    expected.fit(rows.matrix, rows.target, sample_weight=rows.weights)
    assert np.allclose(found.alphas_, expected.alphas_, rtol=1e-9)
    assert (found.alpha_, found.l1_ratio_) == (
        pytest.approx(expected.alpha_, rel=1e-9),
        expected.l1_ratio_,
    )
    # Both are solved to a gap of 1e-10, and errors of coefficients are its root.
    assert np.allclose(found.scores_, expected.scores_, rtol=2e-5, atol=1e-12)
    assert np.abs(found.coef_ - expected.coef_).max() <= 1e-5
    assert found.certificate_.meets(1e-8)
    assert found.n_rows_ == expected.n_rows_
    if loss == "logistic":
        assert found.classes_.tolist() == [2.0, 5.0]


def test_certificates_are_those_of_the_rows(tmp_path):
    """Each is at least as large as one that is computed from X alone, and its gap bounds the truth."""
    rows = table("poisson")
    model = ElasticNetCV(loss="poisson", alphas=8, cv=3, tol=1e-4)
    path = model.fit(write_parquet(rows, tmp_path), "y").path_
    exact = ElasticNet(loss="poisson", tol=1e-13)
    for alpha, certificate in zip(path.alphas, path.certificates, strict=True):
        best = exact.set_params(alpha=alpha).fit(rows.matrix, rows.target).certificate_.objective
        assert certificate.objective >= best - 1e-12
        assert certificate.objective - certificate.gap <= best + 1e-12


def test_a_path_takes_at_most_twelve_scans(tmp_path):
    rows = table("logistic", n=2000)
    path = write_parquet(rows, tmp_path, group=500)
    model = ElasticNetClassifierCV(alphas=100, cv=3).fit(path, "y")
    assert model.n_scans_ <= 12
    assert len(model.alphas_) == 100


def test_factors_and_bounds_are_kept(tmp_path):
    rows = table("gamma")
    shape = ElasticNetPenalty(0.0, 0.0, factors=np.linspace(0.5, 2.0, 5), upper=np.full(5, 0.1))
    model = ElasticNet(alpha=0.01, loss="gamma", penalty=shape, tol=1e-9)
    found = model.fit(write_parquet(rows, tmp_path), "y").coef_
    expected = model.fit(rows.matrix, rows.target).coef_
    assert np.abs(found - expected).max() <= 1e-6
    assert found.max() <= 0.1


def test_a_loss_keeps_its_parameter(tmp_path):
    rows = table("tweedie")
    model = ElasticNet(alpha=0.01, loss=Tweedie(1.2), tol=1e-9)
    found = model.fit(write_parquet(rows, tmp_path), "y").coef_
    assert np.abs(found - model.fit(rows.matrix, rows.target).coef_).max() <= 1e-6


def test_threads_do_not_change_a_bit(tmp_path):
    path = write_parquet(table("poisson"), tmp_path, files=4, group=60)
    first, *others = (
        ElasticNetCV(loss="poisson", alphas=6, cv=3, n_jobs=jobs).fit(path, "y")
        for jobs in (1, 2, 5)
    )
    for other in others:
        assert np.array_equal(other.coef_, first.coef_)
        assert np.array_equal(other.scores_, first.scores_)


def test_classes_are_predicted_and_scored_where_the_rows_are(tmp_path):
    rows = table("logistic")
    path = write_parquet(rows, tmp_path)
    model = ElasticNetClassifier(alpha=0.01).fit(path, "y")
    frame = pa.table(rows.features).to_pandas()
    labels = model.predict(path).read_all()["prediction"].to_numpy()
    second = model.predict_proba(path).read_all()["prediction"].to_numpy()
    assert np.array_equal(labels, model.predict(frame))
    assert np.allclose(second, model.predict_proba(frame)[:, 1], rtol=1e-12)
    assert model.score(path, "y") == model.score(frame, rows.target)


@pytest.mark.parametrize("loss", ["poisson", "gamma"])
def test_deviance_is_scored_where_the_rows_are(tmp_path, loss):
    rows = table(loss)
    path = write_parquet(rows, tmp_path)
    model = ElasticNet(alpha=0.01, loss=loss).fit(path, "y")
    frame = pa.table(rows.features).to_pandas()
    assert model.score(path, "y") == pytest.approx(model.score(frame, rows.target), rel=1e-10)


def changed(rows: Rows, target: np.ndarray) -> Rows:
    return Rows(rows.features, target)


@pytest.mark.parametrize(
    ("loss", "target", "words"),
    [
        ("poisson", lambda y: y - 1, ["at least 0", "-1", "'y'"]),
        ("gamma", lambda y: np.where(np.arange(y.size) == 3, 0.0, y), ["above 0", "'y'"]),
        ("poisson", lambda y: 0 * y, ["y must differ", "all rows", "'y'"]),
        ("logistic", lambda y: 0 * y, ["two labels", "0", "'y'"]),
        (
            "logistic",
            lambda y: np.where(np.arange(y.size) == 200, 3.0, y),
            ["two classes", "2, 5 and 3", "part-0.parquet, row group 1, row 30"],
        ),
    ],
)
def test_targets_that_a_loss_does_not_allow_are_named(tmp_path, loss, target, words):
    rows = table(loss)
    path = write_parquet(changed(rows, target(rows.target)), tmp_path)
    with pytest.raises(InputError) as caught:
        single(loss).fit(path, "y")
    assert all(word in str(caught.value) for word in words), str(caught.value)


@pytest.mark.parametrize("loss", ["squared", "poisson"])
def test_a_strength_of_zero_is_refused(tmp_path, loss):
    path = write_parquet(table("poisson"), tmp_path)
    with pytest.raises(InputError, match=r"alphas must be above 0 .*not in memory"):
        ElasticNetCV(loss=loss, alphas=[1.0, 0.0], cv=2).fit(path, "y")


def test_class_weights_are_refused(tmp_path):
    path = write_parquet(table("logistic"), tmp_path)
    with pytest.raises(InputError, match="class_weight must be None"):
        ElasticNetClassifier(class_weight="balanced").fit(path, "y")


def test_a_model_of_several_outputs_is_not_asked_about_rows_elsewhere(tmp_path):
    rows = table("logistic")
    path = write_parquet(rows, tmp_path)
    labels = np.arange(len(rows.target)) % 3
    model = ElasticNetClassifier().fit(pa.table(rows.features).to_pandas(), labels)
    with pytest.raises(InputError, match="3 outputs"):
        model.predict(path)


def test_fits_that_stop_early_say_so(tmp_path):
    path = write_parquet(table("poisson"), tmp_path)
    with pytest.warns(ConvergenceWarning):
        model = ElasticNet(alpha=1e-3, loss="poisson", max_iter=1).fit(path, "y")
    assert not model.certificate_.meets(1e-6)


def test_a_separated_table_ends(tmp_path):
    """The lasso's coefficients are finite, but far from the null model, where curvatures vanish."""
    rows = table("logistic")
    split = changed(rows, np.where(rows.features["x0"] > 0.4, 5.0, 2.0))
    model = ElasticNetClassifier(alpha=1e-4, l1_ratio=1.0)
    found = model.fit(write_parquet(split, tmp_path), "y")
    assert found.certificate_.meets(1e-6)
    coef = found.coef_.copy()
    expected = model.fit(split.matrix, split.target).coef_
    assert np.abs(coef - expected).max() <= 1e-2 * np.abs(expected).max()


def test_a_model_with_an_offset_is_not_scored_where_the_rows_are(tmp_path):
    rows = table("logistic")
    path = write_parquet(rows, tmp_path)
    frame = pa.table(rows.features).to_pandas()
    model = ElasticNetClassifier().fit(frame, rows.target, offset=np.zeros(len(rows.target)))
    with pytest.raises(InputError, match="offset"):
        model.score(path, "y")
