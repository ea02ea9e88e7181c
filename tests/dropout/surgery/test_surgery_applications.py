"""Surgery on the networks of keras.applications, without their weights."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from bridle.backend import backend_available

if backend_available() is not None:
    pytest.skip(str(backend_available()), allow_module_level=True)

from tests.networks.keras_networks import keras

from bridle.dropout.surgery import add_dropout, dropout_summary, restore
from bridle.errors import BridleWarning

# Each with its input, and how many places it has of each kind.
APPLICATIONS = {
    "MobileNetV2": ((32, 32, 3), {"SpatialDropout2D": 52}),
    "ResNet50": ((32, 32, 3), {"SpatialDropout2D": 49}),
    "VGG16": ((32, 32, 3), {"SpatialDropout2D": 13, "Dropout": 2}),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", APPLICATIONS)
def test_application_is_cut_and_restored(name):
    shape, expected = APPLICATIONS[name]
    model = getattr(keras.applications, name)(weights=None, input_shape=shape, classes=3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", BridleWarning)
        cut = add_dropout(model, (0.05, 0.2), seed=0)
    kinds = [entry.kind for entry in dropout_summary(cut).entries]
    assert {kind: kinds.count(kind) for kind in kinds} == expected
    x = np.random.default_rng(0).standard_normal((2, *shape)).astype("float32")
    plain = restore(cut)
    assert plain.get_config() == model.get_config()
    before = model.predict(x, verbose=0)
    np.testing.assert_array_equal(cut.predict(x, verbose=0), before)
    np.testing.assert_array_equal(plain.predict(x, verbose=0), before)
