"""Laws of the uniform numbers on JAX: Threefry's, in [0, 1), a matter of key and counter alone."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import kstest

jax = pytest.importorskip("jax")

from bridle.dropout.keras_layers.masks.jax_uniform import uniform  # noqa: E402

PLACE = np.array([123, 7], dtype="uint32")


def test_numbers_are_those_of_jax_random_uniform():
    """Its older layout, in which the two halves of the counters are one block."""
    with jax.threefry_partitionable(False):
        expected = jax.random.uniform(PLACE, (1000,))
    np.testing.assert_array_equal(uniform(PLACE, (1000,)), expected)


def test_numbers_are_uniform():
    draws = np.asarray(uniform(PLACE, (100, 300)))
    assert draws.dtype == np.float32
    assert 0 <= draws.min() < draws.max() < 1
    assert kstest(draws.ravel(), "uniform").pvalue > 1e-3
    lags = [
        np.corrcoef(draws.ravel()[k:], draws.ravel()[: len(draws.ravel()) - k])[0, 1]
        for k in (1, 2, 300)
    ]
    assert np.abs(lags).max() * np.sqrt(draws.size) < 5


@pytest.mark.parametrize("other", [[123, 8], [124, 7], [7, 123]])
def test_other_places_have_other_numbers(other):
    one = np.asarray(uniform(PLACE, (1000,)))
    two = np.asarray(uniform(np.array(other, dtype="uint32"), (1000,)))
    assert abs(np.corrcoef(one, two)[0, 1]) * np.sqrt(1000) < 5


def test_numbers_are_the_same_under_jit_and_vmap():
    expected = np.asarray(uniform(PLACE, (5, 3)))
    np.testing.assert_array_equal(jax.jit(uniform, static_argnums=1)(PLACE, (5, 3)), expected)
    places = np.stack([PLACE, PLACE + np.uint32(1)])
    batch = np.asarray(jax.vmap(lambda place: uniform(place, (5, 3)))(places))
    np.testing.assert_array_equal(batch[0], expected)
    assert not np.array_equal(batch[1], expected)


def test_numbers_of_a_layer_that_is_called_by_itself_are_one_program(caplog):
    """Operation by operation, the twenty rounds took twenty-five times as long."""
    with jax.log_compiles():
        uniform(PLACE, (7, 11, 2))
    programs = [one.message for one in caplog.records if one.message.startswith("Compiling")]
    assert len(programs) == 1
