"""Coefficients by name and summaries of fitted estimators and cross-validations."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import ConvergenceWarning, NotFittedError

from bridle import (
    ElasticNet,
    ElasticNetClassifier,
    ElasticNetClassifierCV,
    ElasticNetCV,
    ElasticNetPenalty,
    elastic_net_path,
)
from bridle.errors import InputError

N, P = 90, 30
RNG = np.random.default_rng(0)
X = RNG.normal(size=(N, P)) + 2.0
FRAME = pd.DataFrame(X, columns=[f"gene {j}" for j in range(P)])
Y = 3.0 + X[:, :3].sum(axis=1) + RNG.normal(size=N)
LABELS = np.array(["low", "mid", "high"])[np.digitize(X[:, 0], [1.6, 2.4])]
GRID = {"alphas": [1.0, 0.3, 0.1, 0.03, 1e-3], "cv": 3, "random_state": 0}


@pytest.fixture(scope="module")
def chosen():
    return ElasticNetCV(l1_ratio=[0.5, 1.0], rule="1se", **GRID).fit(FRAME, Y)


def fact(summary, name):
    return next(one.value for one in summary.facts if one.name == name)


@pytest.mark.parametrize("zeros", [True, False])
def test_a_table_of_coefficients_predicts_as_the_model_does(zeros):
    model = ElasticNet(alpha=0.1, standardize=True).fit(FRAME, Y)
    table = model.coef_table(zeros=zeros).set_index("feature")["coefficient"]
    assert len(table) == 1 + (P if zeros else np.count_nonzero(model.coef_))
    by_name = FRAME[table.index[1:]] @ table.iloc[1:] + table["(intercept)"]
    np.testing.assert_allclose(by_name, model.predict(FRAME), rtol=1e-12)


def test_features_without_names_are_numbered():
    table = ElasticNet(alpha=0.1, l1_ratio=1.0).fit(X, Y).coef_table(zeros=True)
    assert table["feature"].tolist() == ["(intercept)", *(f"x{j}" for j in range(P))]


def test_each_class_has_its_coefficients():
    model = ElasticNetClassifier(alpha=0.05).fit(FRAME, LABELS)
    table = model.coef_table()
    assert [*table] == ["feature", *(f"coefficient of {name}" for name in ("high", "low", "mid"))]
    kept = np.any(model.coef_ != 0, axis=0)
    assert 0 < kept.sum() < P
    assert table["feature"].tolist()[1:] == FRAME.columns[kept].tolist()
    np.testing.assert_array_equal(table.iloc[1:, 1:], model.coef_[:, kept].T)
    two = ElasticNetClassifier(alpha=0.05).fit(FRAME, LABELS == "low").coef_table()
    assert [*two] == ["feature", "coefficient"]


def test_zeros_is_a_switch():
    with pytest.raises(InputError, match="zeros must be"):
        ElasticNet().fit(X, Y).coef_table(zeros="no")


@pytest.mark.parametrize("loss", ["squared", "poisson"])
@pytest.mark.parametrize("weighted", [True, False])
def test_deviance_explained_is_that_of_the_path(loss, weighted):
    y = Y - Y.min()
    weights = np.where(np.arange(N) % 3, 1.5, 0.0) if weighted else None
    path = elastic_net_path(FRAME, y, loss=loss, alphas=[0.1], sample_weight=weights)
    model = ElasticNet(alpha=0.1, loss=loss).fit(FRAME, y, sample_weight=weights)
    assert model.deviance_explained_ == pytest.approx(path.deviance_explained[0], rel=1e-6)
    assert model.deviance_explained_ == pytest.approx(model.score(FRAME, y, weights), rel=1e-6)
    assert model.n_rows_ == (60 if weighted else N)


def test_deviance_explained_after_a_cross_validation_is_that_of_the_chosen_fit(chosen):
    assert chosen.deviance_explained_ == pytest.approx(chosen.score(FRAME, Y), rel=1e-6)


def test_a_constant_target_leaves_nothing_to_explain():
    assert ElasticNet().fit(X, np.ones(N)).deviance_explained_ == 0.0


def test_summary_states_what_was_fitted(chosen):
    found = chosen.summary()
    assert fact(found, "rows") == N
    assert fact(found, "features") == P
    assert fact(found, "alpha") == chosen.alpha_
    assert fact(found, "l1_ratio") == chosen.l1_ratio_
    assert fact(found, "nonzero features") == np.count_nonzero(chosen.coef_)
    assert fact(found, "relative gap") == chosen.certificate_.relative_gap
    pd.testing.assert_frame_equal(found.coefficients, chosen.coef_table())
    table = found.frame()
    assert [*table] == ["fact", "value", "note"]
    assert table.set_index("fact").loc["rows", "value"] == N


def test_both_choices_are_in_the_summary(chosen):
    cv = chosen.cv_
    table = chosen.summary().choices.set_index("rule")
    assert table["alpha"].tolist() == [cv.best.alpha, cv.one_standard_error.alpha]
    assert table.loc["1se", "alpha"] == chosen.alpha_
    assert table["chosen"].tolist() == ["", "yes"]
    scores = cv.tidy().set_index(["l1_ratio", "lambda"])
    for row in table.itertuples():
        best = scores.loc[(row.l1_ratio, row.alpha)]
        assert row.deviance == best["estimate"]
        assert row.nonzero == best["nzero"]
    pd.testing.assert_frame_equal(cv.summary().choices, chosen.summary().choices)


def test_a_summary_is_read_as_text(chosen):
    text = str(chosen.summary())
    first, *lines = text.splitlines()
    assert first == (
        "Linear regression with an elastic-net penalty, chosen by cross-validation in 3 folds"
    )
    assert "rows                90" in lines
    assert any(line.startswith("rule  ") for line in lines)
    assert any(line.startswith("1se") and line.endswith("yes") for line in lines)
    assert any(line.startswith("gene 0") for line in lines)
    assert max(map(len, lines)) <= 100
    assert repr(chosen.summary()) == text
    assert "largest gap" in str(chosen.cv_.summary())


def test_a_long_table_is_cut_and_says_so():
    model = ElasticNet(alpha=1e-4).fit(FRAME, Y)
    lines = str(model.summary()).splitlines()
    assert lines[-1] == "and 11 more; coef_table() lists all"
    assert len(model.summary().coefficients) == 31


def test_a_missed_tolerance_is_said():
    model = ElasticNet(alpha=1e-3, max_iter=1, tol=1e-15)
    with pytest.warns(ConvergenceWarning):
        model.fit(FRAME, Y)
    assert "tol 1e-15: not reached" in str(model.summary())


def test_factors_bounds_and_offsets_are_said():
    penalty = ElasticNetPenalty(0.0, 0.0, factors=np.ones(P))
    model = ElasticNet(alpha=0.1, positive=True, penalty=penalty, standardize=True)
    text = str(model.fit(FRAME, Y, offset=np.ones(N)).summary())
    assert "with an offset" in text
    assert "standardized" in text
    assert "the penalty's factors and bounds, at least 0" in text


@pytest.mark.parametrize(
    ("model", "y", "said"),
    [
        (ElasticNet(loss="poisson", alpha=0.1), Y - Y.min(), "Poisson regression"),
        (ElasticNetClassifier(), LABELS, "Multinomial regression of 3 classes"),
        (ElasticNetClassifierCV(**GRID), LABELS == "low", "Logistic regression of 2 classes"),
    ],
)
@pytest.mark.filterwarnings("ignore::bridle.errors.DataWarning")
def test_the_title_names_the_model(model, y, said):
    assert str(model.fit(FRAME, y).summary()).startswith(said)


@pytest.mark.parametrize("kind", [ElasticNet, ElasticNetCV, ElasticNetClassifierCV])
def test_an_unfitted_estimator_has_none(kind):
    for ask in ("summary", "coef_table"):
        with pytest.raises(NotFittedError):
            getattr(kind(), ask)()
