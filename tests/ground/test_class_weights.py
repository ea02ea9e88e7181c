"""Weights of classes: those of scikit-learn, or a refusal that names what is allowed."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.utils import compute_sample_weight

from bridle import ElasticNetClassifier, ElasticNetClassifierCV
from bridle.arguments.class_weights import class_weights
from bridle.errors import InputError

LABELS = np.array(["a", "b", "b", "c"])


@pytest.mark.parametrize("given", [None, "balanced", {"a": 2}, {"a": 2, "b": 0.0, "c": 1.5}])
def test_weights_are_those_of_sklearn(given):
    expected = compute_sample_weight(given, LABELS)
    np.testing.assert_array_equal(class_weights(given, LABELS), expected)


@pytest.mark.parametrize(
    "wrong", ["foo", 3, [1, 2], {"a": -1}, {"a": "x"}, {"a": np.nan}, {"z": 1}, {"a": [1]}]
)
@pytest.mark.parametrize("kind", [ElasticNetClassifier, ElasticNetClassifierCV])
def test_what_are_no_weights_is_refused(wrong, kind):
    with pytest.raises(InputError, match="class_weight must"):
        class_weights(wrong, LABELS)
    with pytest.raises(InputError, match="class_weight must"):
        kind(class_weight=wrong).fit(np.eye(4), LABELS)
