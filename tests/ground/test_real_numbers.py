"""Masked values, and integers beyond floats: numbers 2 to 4 of docs/trust.md."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

import bridle
from bridle import (
    CoxElasticNet,
    ElasticNet,
    ElasticNetClassifier,
    ElasticNetCV,
    ElasticNetPenalty,
    MultiTaskElasticNet,
    elastic_net_path,
)
from bridle.backend import backend_available
from bridle.dropout.monte_carlo.prediction import MonteCarloPrediction
from bridle.dropout.rate import checked_rate
from bridle.errors import DataTypeError, InputError
from bridle.workbench.data.dataset import from_arrays
from bridle.workbench.data.row_arrays import from_row_arrays

RNG = np.random.default_rng(0)
X = RNG.normal(size=(30, 3))
Y = X[:, 0] + 0.1 * RNG.normal(size=30)
LABELS = (Y > 0).astype(int)
ONES = np.ones(30)
FITTED = ElasticNet(alpha=0.1).fit(X, Y)
PATH = elastic_net_path(X, Y, alphas=[0.1], offset=ONES)

# What takes an array, the array as it should be, and its name in messages.
TAKERS = {
    "X of a regressor": (lambda X: ElasticNet(alpha=0.1).fit(X, Y), X, "X"),
    "X of a classifier": (lambda X: ElasticNetClassifier(alpha=0.1).fit(X, LABELS), X, "X"),
    "X of a path": (lambda X: elastic_net_path(X, Y, alphas=[0.1]), X, "X"),
    "X of a prediction": (FITTED.predict, X, "X"),
    "X of cross-validation": (lambda X: ElasticNetCV(alphas=[0.1], cv=2).fit(X, Y), X, "X"),
    "y of a regressor": (lambda y: ElasticNet(alpha=0.1).fit(X, y), Y, "y"),
    "y of a path": (lambda y: elastic_net_path(X, y, alphas=[0.1]), Y, "y"),
    "y of cross-validation": (lambda y: ElasticNetCV(alphas=[0.1], cv=2).fit(X, y), Y, "y"),
    "times": (lambda y: CoxElasticNet(alpha=0.1).fit(X, y), np.c_[np.exp(Y), ONES], "y"),
    "weights": (lambda w: ElasticNet(alpha=0.1).fit(X, Y, w), ONES, "sample_weight"),
    "weights of a path": (
        lambda w: elastic_net_path(X, Y, alphas=[0.1], sample_weight=w),
        ONES,
        "sample_weight",
    ),
    "offset": (lambda o: elastic_net_path(X, Y, alphas=[0.1], offset=o), ONES, "offset"),
    "offset of a prediction": (lambda o: PATH.predict(X, alpha=0.1, offset=o), ONES, "offset"),
    "factors": (lambda f: ElasticNetPenalty(1, 1, factors=f), np.ones(3), "factors"),
    "lower": (lambda f: ElasticNetPenalty(1, 1, lower=f), -np.ones(3), "lower"),
    "upper": (lambda f: ElasticNetPenalty(1, 1, upper=f), np.ones(3), "upper"),
    "alphas": (lambda a: elastic_net_path(X, Y, alphas=a), np.ones(2), "alphas"),
    "targets of a prediction": (MonteCarloPrediction(np.ones((2, 3, 1))).coverage, np.ones(3), "y"),
}
takers = pytest.mark.parametrize("taker", TAKERS)
# Labels need not be numbers, and a row of responses is refused without its place.
MASKED = TAKERS | {
    "y of a classifier": (lambda y: ElasticNetClassifier(alpha=0.1).fit(X, y), LABELS, "y"),
    "y of several responses": (
        lambda y: MultiTaskElasticNet(alpha=0.1).fit(X, y),
        np.c_[Y, -Y],
        "y",
    ),
}
maskable = pytest.mark.parametrize("taker", MASKED)


@pytest.mark.fault(3)
@maskable
def test_masked_values_are_refused_by_name_and_place(taker):
    take, good, name = MASKED[taker]
    masked = np.ma.masked_array(good, mask=np.arange(good.size).reshape(good.shape) == 1)
    place = "column 1, row 0" if good.ndim == 2 else "row 1"
    with pytest.raises(
        DataTypeError,
        match=rf"{name} must have no masked values\. Received: 1 of them, the first in {place}\. Fill",
    ):
        take(masked)


@pytest.mark.fault(3)
@maskable
def test_masked_array_without_a_masked_value_is_an_array(taker):
    take, good, _ = MASKED[taker]
    take(np.ma.masked_array(good))
    take(np.ma.masked_array(good, mask=np.zeros(good.shape, dtype=bool)))


BEYOND = [10**400, -(10**400), 10**5000, Fraction(10**400, 3)]


@pytest.mark.fault(4)
@takers
@pytest.mark.parametrize("value", BEYOND, ids=["400", "minus", "5000", "fraction"])
def test_integer_beyond_floats_is_refused_by_name(taker, value):
    take, good, name = TAKERS[taker]
    wrong = good.astype(object)
    wrong.flat[1] = value
    place = "" if name == "alphas" else "column 1, row 0" if good.ndim == 2 else "row 1"
    with pytest.raises(InputError, match=rf"(?s){name} must .*{place}"):
        take(wrong)


@pytest.mark.fault(2)
@takers
@pytest.mark.parametrize("kind", [Fraction, Decimal, str])
def test_numbers_of_other_kinds_count_as_the_floats_that_they_are(taker, kind):
    take, good, _ = TAKERS[taker]
    take(np.array([kind(one) for one in good.ravel().tolist()], dtype=object).reshape(good.shape))


SETTINGS = {
    "l1": lambda value: ElasticNetPenalty(value, 0),
    "factors": lambda value: ElasticNetPenalty(1, 0, factors=value),
    "y_sd": lambda value: ElasticNetPenalty.from_glmnet(1, 1, value),
    "alpha": lambda value: ElasticNet(alpha=value).fit(X, Y),
    "l1_ratio": lambda value: ElasticNet(l1_ratio=value).fit(X, Y),
    "tol": lambda value: ElasticNet(tol=value).fit(X, Y),
    "max_iter": lambda value: ElasticNet(max_iter=value).fit(X, Y),
    "sample_weight": lambda value: ElasticNet().fit(X, Y, value),
    "rate": checked_rate,
}


@pytest.mark.fault(4)
@pytest.mark.parametrize("name", SETTINGS)
@pytest.mark.parametrize("value", [10**400, 10**5000], ids=["400", "5000"])
def test_setting_beyond_floats_is_refused_by_name(name, value):
    with pytest.raises(InputError, match=f"{name} must .*integer of .* bits"):
        SETTINGS[name](value)


@pytest.mark.fault(3)
@pytest.mark.fault(4)
def test_masked_and_beyond_floats_in_the_workbench():
    masked = np.ma.masked_array(X, mask=X > 1)
    for values, y in ((masked, Y), (X, np.ma.masked_array(Y, mask=Y > 1))):
        with pytest.raises(DataTypeError, match="must have no masked values"):
            from_arrays(values, y)
    images = np.ma.masked_array(np.ones((4, 3, 2)), mask=True)
    with pytest.raises(DataTypeError, match="X must have no masked values"):
        from_row_arrays(images, np.ones(4))
    with pytest.raises(DataTypeError, match="X must have no masked values"):
        bridle.compare([(masked, Y)])
    frame = pd.DataFrame({"a": [*range(29), 10**400], "b": X[:, 0]})
    with pytest.raises(
        InputError, match=r"'a' holds an integer of .* in row 29, too large for a float"
    ):
        from_arrays(frame, Y)
    with pytest.raises(InputError, match=r"'y' holds an integer of .*, too large for a float"):
        from_arrays(X, pd.Series([*range(29), 10**400], name="y", dtype=object))


@pytest.mark.fault(3)
@pytest.mark.fault(4)
@pytest.mark.skipif(backend_available() is not None, reason=str(backend_available()))
@pytest.mark.parametrize("name", ["X", "y", "sample_weight"])
def test_masked_and_beyond_floats_in_estimators_with_a_network(name):
    good = {"X": X, "y": Y, "sample_weight": ONES}
    masked = np.ma.masked_array(good[name], mask=np.zeros_like(good[name]))
    masked[1] = np.ma.masked
    beyond = good[name].astype(object)
    beyond[1] = 10**400
    for wrong, said in ((masked, "have no masked values"), (beyond, "hold numbers.*row 1")):
        with pytest.raises(InputError, match=f"{name} must {said}"):
            bridle.DropoutRegressor(hidden=(2,), epochs=1).fit(**{**good, name: wrong})


def test_labels_of_another_length_are_refused_for_their_length():
    with pytest.raises(ValueError, match=r"inconsistent numbers of samples: \[30, 29\]"):
        ElasticNetClassifier(alpha=0.1).fit(X, np.where(LABELS, "yes", "no")[:29])
    with pytest.raises(InputError, match="y must hold numbers"):
        ElasticNet(alpha=0.1).fit(X, np.where(LABELS, "yes", "no"))
