"""An old or a newer pickle loads, or says which version it is of: number 52 of docs/trust.md."""

from __future__ import annotations

import copy
import inspect
import pickle
import tempfile
import warnings
from pathlib import Path

import numpy as np
import pytest
from sklearn.base import clone

import bridle
from bridle.backend import backend_available
from bridle.dropout.monte_carlo.prediction import MonteCarloPrediction
from bridle.errors import InputError, VersionWarning
from bridle.files import pickled
from bridle.files.pickled import PICKLE_FORMAT, Pickled
from bridle.networks.penalty.input_selection import InputSelection

RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 3))
Y = X[:, 0] + 0.1 * RNG.normal(size=40)
LABELS = np.where(Y > 0, "yes", "no")
SURVIVAL = np.c_[np.exp(Y), np.ones(40)]


def study():
    return bridle.compare(X, Y, arms=["dummy", "linear"], seeds=2)


MADE = {
    "ElasticNet": lambda: bridle.ElasticNet(alpha=0.1).fit(X, Y),
    "ElasticNetCV": lambda: bridle.ElasticNetCV(cv=2, alphas=[0.01]).fit(X, Y),
    "ElasticNetClassifier": lambda: bridle.ElasticNetClassifier(alpha=0.1).fit(X, LABELS),
    "ElasticNetClassifierCV": lambda: bridle.ElasticNetClassifierCV(cv=2, alphas=[0.01]).fit(
        X, LABELS
    ),
    "MultiTaskElasticNet": lambda: bridle.MultiTaskElasticNet(alpha=0.1).fit(X, np.c_[Y, Y]),
    "MultiTaskElasticNetCV": lambda: bridle.MultiTaskElasticNetCV(cv=2, alphas=[0.01]).fit(
        X, np.c_[Y, Y]
    ),
    "CoxElasticNet": lambda: bridle.CoxElasticNet(alpha=0.1).fit(X, SURVIVAL),
    "CoxElasticNetCV": lambda: bridle.CoxElasticNetCV(cv=2, alphas=[0.01]).fit(X, SURVIVAL),
    "DropoutRegressor": lambda: bridle.DropoutRegressor(hidden=(2,)),
    "DropoutClassifier": lambda: bridle.DropoutClassifier(hidden=(2,)),
    "ElasticNetPenalty": lambda: bridle.ElasticNetPenalty(1.0, 2.0, factors=np.ones(3)),
    "Path": lambda: bridle.elastic_net_path(X, Y, alphas=3),
    "CrossValidation": lambda: bridle.ElasticNetCV(cv=2, alphas=[0.01]).fit(X, Y).cv_,
    "Study": study,
    "Trials": lambda: bridle.Trials(Path(tempfile.mkdtemp())),
    "Verdict": lambda: study().verdict,
    "MonteCarloPrediction": lambda: MonteCarloPrediction(np.ones((2, 3, 1))),
}


@pytest.fixture(scope="module", params=MADE)
def held(request):
    return MADE[request.param]()


def marked(held, **mark):
    """Return the pickle as another version wrote it."""
    state = held.__getstate__()
    state = {**state, "_bridle_pickle": {**state["_bridle_pickle"], **mark}}
    return _Other(type(held), state)


class _Other:
    def __init__(self, cls, state):
        self.cls, self.state = cls, state

    def __reduce__(self):
        return object.__new__, (self.cls,), self.state


def test_every_class_that_bridle_gives_away_is_versioned():
    public = {one for one in map(bridle.__getattr__, bridle.__all__) if inspect.isclass(one)}
    # It holds compiled functions, and has no pickle.
    ours = {one for one in public if one.__name__ != "MonteCarlo"} | {InputSelection}
    assert all(issubclass(one, Pickled) for one in ours)
    assert {one.__name__ for one in ours} - {"InputSelection"} <= MADE.keys()


@pytest.mark.fault(52)
def test_pickle_and_copy_come_back_without_a_word_and_without_the_mark(held):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for other in (pickle.loads(pickle.dumps(held)), copy.deepcopy(held), copy.copy(held)):
            assert vars(other).keys() == vars(held).keys()
            assert "_bridle_pickle" not in vars(other)


@pytest.mark.fault(52)
def test_pickle_says_which_bridle_wrote_it(held):
    mark = held.__getstate__()["_bridle_pickle"]
    assert mark == {"version": pickled._version(), "format": PICKLE_FORMAT}


@pytest.mark.fault(52)
def test_pickle_of_another_version_loads_with_a_warning(held):
    old = pickle.dumps(marked(held, version="0.0.1"))
    with pytest.warns(
        VersionWarning, match=rf"of {type(held).__name__} comes from bridle 0\.0\.1, and"
    ):
        other = pickle.loads(old)
    assert vars(other).keys() == vars(held).keys()


@pytest.mark.fault(52)
@pytest.mark.parametrize("written", [PICKLE_FORMAT + 1, PICKLE_FORMAT - 1, None])
def test_pickle_of_another_format_is_refused_with_both_versions(held, written):
    newer = pickle.dumps(marked(held, version="9.8.7", format=written))
    said = rf"of {type(held).__name__} must be in format.*Received: format {written}, of bridle 9\.8\.7"
    with pytest.raises(InputError, match=said):
        pickle.loads(newer)


@pytest.mark.fault(52)
def test_pickle_without_a_version_is_refused(held):
    state = {k: v for k, v in held.__getstate__().items() if k != "_bridle_pickle"}
    with pytest.raises(InputError, match="must record the version of bridle"):
        pickle.loads(pickle.dumps(_Other(type(held), state)))


def test_clone_of_an_estimator_has_no_mark():
    assert "_bridle_pickle" not in vars(clone(bridle.ElasticNet(alpha=0.5)))


@pytest.mark.skipif(backend_available() is not None, reason=str(backend_available()))
def test_fitted_network_travels_with_the_mark():
    fitted = bridle.DropoutRegressor(hidden=(2,), epochs=1, random_state=0).fit(X, Y)
    other = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(other.predict(X), fitted.predict(X))
    with pytest.warns(VersionWarning):
        pickle.loads(pickle.dumps(marked(fitted, version="0.0.1")))
