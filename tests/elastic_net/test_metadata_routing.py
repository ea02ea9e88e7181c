"""scikit-learn's metadata routing takes weights, offsets and groups to where estimators use them."""

from __future__ import annotations

import numpy as np
import pytest
import sklearn
from sklearn.exceptions import UnsetMetadataPassedError
from sklearn.feature_selection import SelectFromModel
from sklearn.model_selection import GridSearchCV, KFold, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from bridle import DropoutRegressor, ElasticNet, ElasticNetClassifier, ElasticNetCV

N = 60
RNG = np.random.default_rng(0)
X = RNG.normal(size=(N, 4))
EXPOSURE = RNG.normal(size=N)
COUNTS = RNG.poisson(np.exp(0.3 * X[:, 0] + EXPOSURE)).astype(float)
WEIGHTS = RNG.uniform(0.5, 2.0, N)
BOTH = {"sample_weight": WEIGHTS, "offset": EXPOSURE}


@pytest.fixture(autouse=True)
def routing():
    with sklearn.config_context(enable_metadata_routing=True):
        yield


def asking(**options):
    both = {"sample_weight": True, "offset": True}
    model = ElasticNet(loss="poisson", **options).set_fit_request(**both)
    return model.set_score_request(**both).set_predict_request(offset=True)


def scores_by_hand(alpha, folds):
    for train, test in folds.split(X):
        model = ElasticNet(alpha=alpha, loss="poisson")
        model.fit(X[train], COUNTS[train], WEIGHTS[train], EXPOSURE[train])
        yield model.score(X[test], COUNTS[test], WEIGHTS[test], EXPOSURE[test])


def test_cross_validate_passes_weights_and_offsets_to_fit_and_score():
    folds = KFold(3)
    found = cross_validate(asking(alpha=0.05), X, COUNTS, cv=folds, params=BOTH)["test_score"]
    np.testing.assert_allclose(found, list(scores_by_hand(0.05, folds)), rtol=1e-12)


def test_a_grid_search_chooses_by_them():
    folds, grid = KFold(3), [0.01, 0.1]
    search = GridSearchCV(asking(), {"alpha": grid}, cv=folds).fit(X, COUNTS, **BOTH)
    wanted = [np.mean(list(scores_by_hand(alpha, folds))) for alpha in grid]
    np.testing.assert_allclose(search.cv_results_["mean_test_score"], wanted, rtol=1e-12)
    assert search.best_estimator_.has_offset_


def test_a_pipeline_takes_an_offset_to_fit_and_predict():
    scaler = StandardScaler().set_fit_request(sample_weight=False)
    model = make_pipeline(scaler, asking(alpha=0.05)).fit(X, COUNTS, **BOTH)
    scaled = scaler.fit_transform(X)
    plain = ElasticNet(alpha=0.05, loss="poisson").fit(scaled, COUNTS, WEIGHTS, EXPOSURE)
    np.testing.assert_array_equal(
        model.predict(X, offset=EXPOSURE), plain.predict(scaled, EXPOSURE)
    )


def test_groups_reach_the_folds_of_a_cross_validated_estimator():
    groups = np.arange(N) % 6
    inner = ElasticNetCV(cv=3, alphas=[0.1]).set_fit_request(groups=True)
    found = make_pipeline(StandardScaler(), inner).fit(X, 5 * X[:, 0], groups=groups)[-1]
    scaled = StandardScaler().fit_transform(X)
    plain = ElasticNetCV(cv=3, alphas=[0.1])
    plain.fit(scaled, 5 * X[:, 0], groups=groups)
    np.testing.assert_array_equal(found.scores_, plain.scores_)


def test_what_no_one_asked_for_is_an_error():
    with pytest.raises(UnsetMetadataPassedError, match="sample_weight"):
        GridSearchCV(ElasticNet(), {"alpha": [0.1]}, cv=3).fit(X, COUNTS, sample_weight=WEIGHTS)


@pytest.mark.parametrize(
    ("kind", "method", "names"),
    [
        (ElasticNetClassifier, "fit", {"sample_weight", "offset"}),
        (ElasticNetClassifier, "predict_proba", {"offset"}),
        (ElasticNetClassifier, "decision_function", {"offset"}),
        (ElasticNetClassifier, "score", {"sample_weight", "offset"}),
        (ElasticNetCV, "fit", {"sample_weight", "groups", "offset"}),
        (DropoutRegressor, "fit", {"sample_weight"}),
        (DropoutRegressor, "score", {"sample_weight"}),
    ],
)
def test_what_can_be_asked_for(kind, method, names):
    model = kind()
    getattr(model, f"set_{method}_request")(**dict.fromkeys(names, True))
    assert set(getattr(model.get_metadata_routing(), method).requests) == names


def test_selected_features_keep_their_names():
    """Estimators transform nothing themselves; scikit-learn's selector does, with its set_output."""
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame(X, columns=list("abcd"))
    select = SelectFromModel(ElasticNet(alpha=0.1)).set_output(transform="pandas")
    assert select.fit(frame, X[:, 0]).transform(frame).columns.tolist() == ["a"]
