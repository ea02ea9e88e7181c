"""Faults of the targets: numbers 20 to 26 of docs/trust.md."""

import numpy as np
import pytest
from sklearn.model_selection import KFold
from tests.elastic_net.robust.ways_in import (
    ALL,
    CLASSIFICATIONS,
    REGRESSIONS,
    STRENGTHS,
    assert_close,
    coef_of,
    data_for,
    intercept_of,
)

from bridle import (
    ElasticNet,
    ElasticNetClassifier,
    ElasticNetClassifierCV,
    ElasticNetCV,
    ElasticNetPenalty,
    elastic_net_path,
)
from bridle.elastic_net import Problem
from bridle.elastic_net.design import DenseDesign
from bridle.elastic_net.loss import Logistic, Multinomial, Squared
from bridle.elastic_net.solver import CoordinateDescent
from bridle.errors import DataWarning, InputError

every_way = pytest.mark.parametrize("way", ALL)
every_regression = pytest.mark.parametrize("way", REGRESSIONS)
every_classification = pytest.mark.parametrize("way", CLASSIFICATIONS)

STEPS = {"path": "alphas", "ElasticNet": "alpha", "ElasticNetCV": "alphas"}


@pytest.mark.fault(20)
@every_regression
@pytest.mark.parametrize("scale", [1e-300, 1e-200, 1e200, 1e300])
@pytest.mark.parametrize("standardize", [True, False])
def test_extreme_scale_of_y(way, scale, standardize):
    """``(c y, c l1, l2)`` gives ``c b``: the lasso at c alpha, and ridge at alpha itself."""
    X, y = data_for(way)
    for l1_ratio, factor in ((1.0, scale), (0.0, 1.0)):
        options = {"l1_ratio": l1_ratio, "standardize": standardize}
        here = REGRESSIONS[way](X, y, **strengths(way, 1.0), **options)
        with pytest.warns(
            DataWarning, match=r"The squares of y are outside the float64 range.* divided by 2\*\*"
        ):
            there = REGRESSIONS[way](X, scale * y, **strengths(way, factor), **options)
        assert coef_of(here).any()
        assert_close(coef_of(there) / scale, coef_of(here), 1e-9)
        assert intercept_of(there) / scale == pytest.approx(intercept_of(here), rel=1e-9)
        if way == "path":
            last = there.alphas[-1]
            predicted = there.predict(X, alpha=last)
            assert there.deviance_explained == pytest.approx(here.deviance_explained, rel=1e-9)
            between = there.at(last * 1.5).coef / scale
            assert_close(between, here.at(here.alphas[-1] * 1.5).coef, 1e-9)
            assert there.df == pytest.approx(here.df)
        else:
            predicted = there.predict(X)
        assert_close(predicted / scale, X @ coef_of(here) + intercept_of(here), 1e-9)


def strengths(way, factor):
    values = [one * factor for one in STRENGTHS]
    if way == "ElasticNet":
        return {"alpha": values[-1]}
    return {"alphas": values if way == "path" else values[-1:]}


@pytest.mark.fault(20)
@pytest.mark.parametrize("scale", [2.0**-990, 2.0**900])
@pytest.mark.filterwarnings("ignore:The squares of y:bridle.errors.DataWarning")
def test_the_grid_and_the_choice_of_cross_validation_scale_along(scale):
    X, y = data_for("ElasticNetCV")
    options = {"alphas": 8, "cv": 4, "l1_ratio": 1.0, "rule": "1se", "keep_coefs": True}
    here, there = (ElasticNetCV(**options).fit(X, one) for one in (y, scale * y))
    np.testing.assert_allclose(there.alphas_ / scale, here.alphas_, rtol=1e-12)
    assert there.alpha_ == pytest.approx(scale * here.alpha_, rel=1e-12)
    assert_close(there.oof_prediction_ / scale, here.oof_prediction_, 1e-6)
    for one, other in zip(there.cv_.fold_models[0], here.cv_.fold_models[0], strict=True):
        coefs = [np.array([each.toarray() for each in models.coefs]) for models in (one, other)]
        assert_close(coefs[0] / scale, coefs[1], 1e-4)
    bounded = ElasticNetPenalty(0, 0, lower=-0.3 * scale, upper=0.2 * scale)
    coef = coef_of(
        elastic_net_path(X, scale * y, alphas=[0.01 * scale], l1_ratio=1.0, penalty=bounded)
    )
    assert coef.min() == pytest.approx(-0.3 * scale)
    assert coef.max() == pytest.approx(0.2 * scale)


@pytest.mark.fault(20)
def test_strengths_beyond_all_numbers_are_refused():
    X, y = data_for("path")
    with (
        pytest.raises(InputError, match=r"Cannot choose alphas.* outside the float64 range"),
    ):
        elastic_net_path(X * 1e-200, y * 1e-200, alphas=3)


@pytest.mark.fault(21)
@every_regression
@pytest.mark.parametrize("value", [0.0, 0.1, -1e7 / 3, 1e-310, 1e300])
@pytest.mark.filterwarnings("ignore:The squares of y:bridle.errors.DataWarning")
def test_constant_y_gives_0_and_the_constant(way, value):
    X, _ = data_for(way)
    y = np.full(40, value)
    fitted = REGRESSIONS[way](X, y)
    assert not coef_of(fitted).any()
    assert intercept_of(fitted) == pytest.approx(value, rel=1e-15, abs=0)
    weighted = REGRESSIONS[way](X, y, np.random.default_rng(0).random(40))
    assert not coef_of(weighted).any()
    assert intercept_of(weighted) == pytest.approx(value, rel=1e-14, abs=0)


@pytest.mark.fault(21)
def test_constant_y_without_an_intercept_is_fitted():
    X, _ = data_for("path")
    assert coef_of(elastic_net_path(X, np.ones(40), alphas=[0.01], fit_intercept=False)).any()


@pytest.mark.fault(22)
@every_way
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_y_that_is_not_finite_names_the_row(way, bad):
    X, y = data_for(way)
    y = y.astype(float)
    y[[7, 30]] = bad
    with pytest.raises(InputError, match=rf"y must hold finite.*{bad} in row 7 \(2 such rows\)"):
        ALL[way](X, y)


@pytest.mark.fault(22)
@every_way
def test_wrong_length_names_both(way):
    X, y = data_for(way)
    with pytest.raises(ValueError, match=r"40.*39"):
        ALL[way](X, y[:-1])


@pytest.mark.fault(22)
@every_regression
def test_text_for_a_regression(way):
    X, _ = data_for(way)
    with pytest.raises(ValueError, match=r"'?low|numbers"):
        REGRESSIONS[way](X, np.array(["low", "high"] * 20))


@pytest.mark.fault(23)
@every_classification
def test_one_class_is_named(way):
    X, y = data_for(way)
    with pytest.raises(InputError, match=r"at least two classes.*1 class: \['only'\]"):
        CLASSIFICATIONS[way](X, np.full(40, "only"))
    with pytest.raises(InputError, match=r"at least two classes.*1 class: \[1\]"):
        CLASSIFICATIONS[way](X, y, (y == 1).astype(float))


@pytest.mark.fault(23)
def test_a_class_that_a_fold_lacks_is_named():
    X, _ = data_for("logistic path")
    y = np.where(np.arange(40) > 25, "late", "early")
    with pytest.raises(InputError, match=r"fold 1 without class 'late'\. Use fewer folds"):
        ElasticNetClassifierCV(cv=KFold(2)).fit(X, y)


@pytest.mark.fault(24)
@every_classification
@pytest.mark.parametrize("l1_ratio", [1.0, 0.0])
def test_separation_is_flagged(way, l1_ratio):
    X, _ = data_for(way)
    y = (X[:, 0] > 1).astype(int)
    options = {"l1_ratio": l1_ratio, "tol": 1e-6}
    tiny = {"alpha": 1e-9} if way == "ElasticNetClassifier" else {"alphas": [1e-9]}
    with pytest.warns(DataWarning, match=r"features separate the classes: at alpha=1e-09 less"):
        fitted = CLASSIFICATIONS[way](X, y, **tiny, **options)
    assert np.all(np.isfinite(coef_of(fitted)))
    if "path" in way and l1_ratio == 1.0:  # which puts every row on its side
        with pytest.warns(DataWarning, match="every row is classified correctly"):
            CLASSIFICATIONS[way](X, y, **options)
    else:
        CLASSIFICATIONS[way](X, y, **options)  # held by the penalty: without a warning


@pytest.mark.fault(24)
def test_separation_along_a_path_names_where_it_begins_and_cuts_nothing():
    X, _ = data_for("logistic path")
    y = (X[:, 0] > 1).astype(int)
    with pytest.warns(DataWarning, match=r"at alpha=1e-06 and below less than 0\.001"):
        path = elastic_net_path(X, y, loss="logistic", alphas=[0.1, 1e-6, 1e-7, 0.0])
    assert len(path.coefs) == 4
    assert path.deviance_explained[0] < 0.999 < path.deviance_explained[1]


@pytest.mark.fault(24)
def test_separation_of_several_classes():
    X = np.linspace(-1, 1, 30)[:, None]
    with pytest.warns(DataWarning, match="separate the classes"):
        model = ElasticNetClassifier(alpha=1e-9).fit(X, np.digitize(X[:, 0], [-0.3, 0.4]))
    assert np.all(np.isfinite(model.coef_))


@pytest.mark.fault(25)
@every_classification
def test_numbers_are_no_labels(way):
    X, _ = data_for(way)
    with pytest.raises(InputError, match=r"y must hold class labels.*continuous"):
        CLASSIFICATIONS[way](X, X[:, 0])


@pytest.mark.fault(25)
@pytest.mark.parametrize("loss", [Logistic(), Multinomial()])
@pytest.mark.parametrize("wrong", [-0.1, 1.5])
def test_shares_outside_0_and_1_name_the_row(loss, wrong):
    outputs = 1 if loss.name == "logistic" else 3
    y = np.full((40, outputs), 1 / outputs)
    y[4, -1] = wrong
    with pytest.raises(InputError, match=rf"y must lie in \[0, 1\].*{wrong} in row 4"):
        Problem.build(DenseDesign(data_for("path")[0]), y, loss, ElasticNetPenalty(1, 0))


@pytest.mark.fault(26)
@pytest.mark.parametrize("loss", [Squared(), Logistic(), Multinomial()])
@pytest.mark.parametrize("size", [700.0, 1e4, 1e8])
def test_large_predictors_do_not_overflow(loss, size):
    rng = np.random.default_rng(0)
    outputs = 3 if loss.name == "multinomial" else 1
    eta = size * rng.choice([-1.0, 1.0], (20, outputs))
    y = np.eye(3)[rng.integers(0, 3, 20)] if outputs == 3 else (rng.random((20, 1)) < 0.5) * 1.0
    weights = np.full(20, 1 / 20)
    for name in ("value", "gradient", "curvature", "diagonal_curvature"):
        assert np.all(np.isfinite(getattr(loss, name)(eta, y, weights)))
    assert np.all(np.isfinite(loss.inverse_link(eta)))


@pytest.mark.fault(26)
@pytest.mark.parametrize("size", [1e3, 1e5])
def test_a_fit_with_a_large_offset_stays_finite(size):
    X, y = data_for("logistic path")
    offset = np.where(y > 0, size, -size) * np.where(np.arange(40) % 5, 1.0, -1.0)
    path = elastic_net_path(X, y, loss="logistic", alphas=[0.1], offset=offset, tol=1e-6)
    assert np.all(np.isfinite(coef_of(path)))
    assert np.all(np.isfinite(path.predict(X, alpha=0.1, offset=offset)))
    problem = path.specification.problem()
    start = np.full((5, 1), size), np.zeros(1)
    solution = CoordinateDescent().solve(problem.with_penalty(ElasticNetPenalty(0.1, 0.1)), start)
    assert solution.certificate.meets(1e-6)


@pytest.mark.fault(26)
@pytest.mark.parametrize("scale", [1e8, 1e16])
def test_prediction_far_out_is_a_probability(scale):
    X, y = data_for("logistic path")
    model = ElasticNetClassifier(alpha=0.01).fit(X, y)
    assert np.all((model.predict_proba(scale * X) >= 0) & (model.predict_proba(scale * X) <= 1))
    assert np.all(np.isfinite(model.predict_log_proba(scale * X)))
    assert np.all(np.isfinite(ElasticNet().fit(X, y).predict(scale * X)))
