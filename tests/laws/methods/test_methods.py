"""The choice of a path method: made once, by the problems, and named in the result."""

import numpy as np
import pytest
from scipy import sparse

from bridle import ElasticNetCV, ElasticNetPenalty, elastic_net_path
from bridle.elastic_net.loss import Huber, Tweedie


def data(n, p, kind="number"):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, p))
    y = X[:, 0] + rng.normal(size=n)
    made = {"number": y, "two": y > 0, "three": np.digitize(y, [-0.5, 0.5])}
    return X, made[kind]


CHOICES = [
    ("moments", (200, 5), {}),
    ("lockstep", (30, 60), {}),
    ("lockstep", (200, 5), {"sparse": True}),
    ("reweighted", (200, 5), {"loss": "logistic"}),
    ("reweighted", (200, 5), {"loss": "poisson"}),
    ("reweighted", (200, 5), {"loss": "gamma"}),
    ("lockstep", (30, 60), {"loss": Tweedie(1.2)}),
    ("reweighted", (200, 5), {"loss": "huber"}),
    ("lockstep", (30, 60), {"loss": Huber(scale=0.5)}),
    ("lockstep", (30, 60), {"loss": "logistic"}),
    ("lockstep", (200, 5), {"loss": "multinomial"}),
    ("one by one", (200, 5), {"loss": "multinomial", "l1_ratio": 0.0}),
    ("one by one", (200, 5), {"l1_ratio": 0.0}),
    ("one by one", (200, 5), {"alphas": [0.1, 0.0]}),
    ("one by one", (200, 5), {"penalty": ElasticNetPenalty(0, 0, factors=[0.0, 1, 1, 1, 1])}),
]


@pytest.mark.parametrize(("method", "shape", "options"), CHOICES)
def test_path_names_its_method(method, shape, options):
    options = {"alphas": 3, **options}
    loss = options.get("loss", "squared")
    X, y = data(*shape, {"logistic": "two", "multinomial": "three"}.get(loss, "number"))
    made = {"poisson": np.floor(np.exp(y)), "gamma": np.exp(y), "tweedie": np.maximum(y, 0.0)}
    y = made.get(getattr(loss, "name", loss), y)
    X = sparse.csc_array(X) if options.pop("sparse", False) else X
    path = elastic_net_path(X, y, **options)
    assert path.method == method
    assert all(one.meets(1e-6) for one in path.certificates)


@pytest.mark.filterwarnings("ignore:The best strength")
def test_each_l1_ratio_of_a_cross_validation_has_the_method_that_suits_it():
    X, y = data(200, 5)
    model = ElasticNetCV(l1_ratio=[0.0, 0.5], alphas=5, cv=3).fit(X, y)
    found = {one.l1_ratio: one.method for one in model.cv_.paths}
    assert found == {0.0: "one by one", 0.5: "moments"}
