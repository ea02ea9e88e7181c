"""Features without a penalty that explain everything are named, and end the fit at once."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from bridle.elastic_net import elastic_net_path
from bridle.elastic_net.penalty.penalty import ElasticNetPenalty
from bridle.errors import DataWarning

FREE = ElasticNetPenalty(0.0, 0.0, factors=np.array([0.0, 0.0, 1.0, 1.0]))


def table(n, nearly_collinear=False):
    X = np.random.default_rng(0).normal(size=(n, 4))
    if nearly_collinear:
        X[:, 1] = X[:, 0] + 1e-9 * X[:, 1]
    return pd.DataFrame(X, columns=["age", "dose", "left", "right"])


@pytest.mark.parametrize("nearly_collinear", [False, True])
def test_features_that_interpolate_are_named(nearly_collinear):
    X = table(30, nearly_collinear)
    with pytest.warns(DataWarning, match=r"explain y without an error: 'age', 'dose'\. Nothing"):
        path = elastic_net_path(X, 2 * X["age"] - X["dose"], alphas=[0.1, 0.01], penalty=FREE)
    assert path.iterations.max() == 1
    assert all(one.meets(1e-6) for one in path.certificates)
    assert not any(one[2:].nnz for one in path.coefs)


def test_features_that_separate_are_named():
    X = table(30)
    with pytest.warns(DataWarning, match=r"separate the classes: 'age', 'dose'\. Nothing"):
        path = elastic_net_path(
            X, (X["age"] > X["dose"]).astype(int), loss="logistic", alphas=[0.1], penalty=FREE
        )
    assert path.iterations.max() == 1
    assert path.certificates[0].meets(1e-6)


def test_features_that_leave_something_are_not_named():
    X = table(30)
    y = X["age"] + X["left"]
    path = elastic_net_path(X, y, alphas=[0.1, 0.01], penalty=FREE)
    assert all(one.meets(1e-6) for one in path.certificates)
