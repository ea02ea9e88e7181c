"""Statistical laws of the masks, with fixed seeds and bounds of five standard errors."""

from __future__ import annotations

from itertools import combinations
from math import sqrt

import numpy as np
import pytest
from scipy.stats import chi2

from bridle import streams
from bridle.backend import backend_available

if backend_available() is not None:
    pytest.skip(str(backend_available()), allow_module_level=True)

from tests.dropout.keras_layers.catalogue import noisy, ours

RATES = (0.1, 0.5)
N = 1_000_000

every_rate = pytest.mark.parametrize("rate", RATES)


def mask(rate, shape=(N // 64, 64), seed=1, layer=ours.Dropout):
    return noisy(layer(rate, seed=seed), np.ones(shape, np.float32)) > 0


@every_rate
@pytest.mark.parametrize(
    ("layer", "shape", "draws"),
    [
        (ours.Dropout, (1000, 1000), N),
        (ours.SpatialDropout1D, (1000, 2, 1000), N),
        (ours.DropPath, (N, 1), N),
    ],
)
def test_number_of_kept_units_is_binomial(rate, layer, shape, draws):
    kept = mask(rate, shape, layer=layer).sum() * (draws / np.prod(shape))
    assert abs(kept - draws * (1 - rate)) < 5 * sqrt(draws * rate * (1 - rate))


@every_rate
def test_units_are_uncorrelated_at_every_stride(rate):
    kept = (mask(rate) - (1 - rate)) / sqrt(rate * (1 - rate))
    for axis in (0, 1):
        along = np.moveaxis(kept, axis, 0)
        stride = 1
        while stride < len(along):
            products = along[stride:] * along[:-stride]
            assert abs(products.mean()) * sqrt(products.size) < 5, (axis, stride)
            stride *= 2


@every_rate
def test_every_unit_has_the_rate(rate):
    kept = mask(rate)
    n = len(kept)
    statistic = np.sum((kept.sum(axis=0) - n * (1 - rate)) ** 2) / (n * rate * (1 - rate))
    assert 1e-6 < chi2.sf(statistic, kept.shape[1]) < 1 - 1e-6


@every_rate
def test_masks_of_seeds_and_steps_agree_as_independent_ones_do(rate):
    layers = [ours.Dropout(rate, seed=seed) for seed in (1, 2, -1)]
    ones = np.ones((N // 8,), np.float32)[None]
    masks = [noisy(layer, ones) > 0 for layer in layers for _ in range(2)]
    agreement = rate**2 + (1 - rate) ** 2
    bound = 5 * sqrt(agreement * (1 - agreement) / ones.size)
    for one, other in combinations(masks, 2):
        assert abs((one == other).mean() - agreement) < bound


@every_rate
@pytest.mark.parametrize("layer", [ours.Dropout, ours.GaussianDropout])
def test_linear_function_keeps_its_mean_and_has_the_variance_of_the_formula(rate, layer):
    generator = streams.generator(0, "linear")
    x, w, n = generator.standard_normal(6), generator.standard_normal(6), 200_000
    y = noisy(layer(rate, seed=3), np.tile(x.astype(np.float32), (n, 1))).astype(float) @ w
    variance = rate / (1 - rate) * np.sum((x * w) ** 2)
    assert abs(y.mean() - x @ w) < 5 * sqrt(variance / n)
    assert abs(y.var() / variance - 1) < 0.02


def test_block_is_dropped_at_the_rate_at_the_border_too():
    layer = ours.DropBlock2D(0.3, 3, data_format="channels_last", seed=1)
    dropped = (noisy(layer, np.ones((4000, 5, 4, 1), np.float32)) == 0).mean(axis=0)
    assert np.all(np.abs(dropped - 0.3) < 5 * sqrt(0.3 * 0.7 / 4000))
