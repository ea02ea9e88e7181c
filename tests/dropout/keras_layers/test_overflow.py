"""A number that float16 cannot hold is said, not only made infinite."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from tests.dropout.keras_layers.catalogue import BERNOULLI, array, noisy, ops

from bridle.errors import BridleWarning


@pytest.mark.fault(55)
@pytest.mark.parametrize("name", BERNOULLI)
def test_float16_that_overflows_is_infinite_and_warned_of(name):
    case = BERNOULLI[name]
    layer = case.make(0.5, seed=1, dtype="float16")
    with pytest.warns(BridleWarning, match=r"up to 80000, which overflows float16"):
        y = noisy(layer, np.full(case.shape, 40000, "float16"))
    assert set(np.unique(y)) == {0.0, np.inf}


@pytest.mark.parametrize(
    ("dtype", "value"), [("float16", 20000), ("float32", 40000), ("bfloat16", 40000)]
)
def test_what_fits_is_not_warned_of(dtype, value):
    layer = BERNOULLI["Dropout"].make(0.5, seed=1, dtype=dtype)
    x = ops.cast(ops.full((4, 8), value), dtype)
    with warnings.catch_warnings():
        warnings.simplefilter("error", BridleWarning)
        assert np.all(np.isfinite(array(ops.cast(layer(x, training=True), "float32"))))


def test_infinity_that_was_there_is_not_warned_of():
    layer = BERNOULLI["Dropout"].make(0.5, seed=1, dtype="float16")
    with warnings.catch_warnings():
        warnings.simplefilter("error", BridleWarning)
        noisy(layer, np.full((4, 8), np.inf, "float16"))
