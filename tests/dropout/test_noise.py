"""Laws of the noise's mathematics, on NumPy draws: every kind crossed with every rate."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest
from scipy.optimize import fsolve
from scipy.stats import norm

from bridle import streams
from bridle.dropout.noise import SELU_SATURATION, Noise, block_multiplier, shared_axes_of
from bridle.dropout.rate import checked_rate, checked_seed, stream_key
from bridle.errors import InputError

KINDS = ("bernoulli", "gaussian", "alpha")
RATES = (0.1, 0.25, 0.5, 0.8)
X = np.array([-3.0, -0.0, 0.0, 1e-30, 0.7, 5e8], np.float32)

every_kind = pytest.mark.parametrize("kind", KINDS)
every_rate = pytest.mark.parametrize("rate", RATES)


def draws(noise, shape, seed=1):
    generator = streams.generator(seed, noise.kind)
    if noise.draw == "normal":
        return generator.standard_normal(shape, np.float32)
    return generator.random(shape, np.float32)


def apply(noise, x, drawn, rate=None, cast=np.float32):
    y = x * noise.multiplier(drawn, rate, cast)
    shift = noise.shift(drawn, rate, cast)
    return y if shift is None else y + shift


def noisy(noise, x, n=1, seed=1):
    return apply(noise, x, draws(noise, (n, *noise.draw_shape(x.shape)), seed))


@every_rate
def test_output_is_zero_or_scaled_input(rate):
    x = np.linspace(1, 2, 1000, dtype=np.float32)
    y = noisy(Noise(rate=rate), x)[0]
    kept = y != 0
    np.testing.assert_array_max_ulp(y[kept], (x / np.float32(1 - rate))[kept], 2)
    assert 0 < kept.sum() < 1000


@every_kind
def test_rate_zero_is_the_identity_bit_for_bit(kind):
    y = noisy(Noise(kind, 0.0), X, n=50)
    assert y.dtype == np.float32
    assert y.tobytes() == np.broadcast_to(X, (50, 6)).tobytes()


@every_kind
def test_rate_one_gives_zeros(kind):
    noise = Noise(kind, 1.0)
    drawn = draws(noise, (50, 6))
    assert not apply(noise, X, drawn).any()
    assert not np.any(noise.multiplier(drawn, cast=np.float32))


@every_kind
def test_a_rate_beside_the_noise_acts_as_the_noise_s_own(kind):
    drawn = draws(Noise(kind), (9, 6))
    for rate in (0.0, 0.3, 1.0):
        beside = apply(Noise(kind, 0.9), X, drawn, np.float32(rate))
        np.testing.assert_allclose(beside, apply(Noise(kind, rate), X, drawn), rtol=1e-6)


@pytest.mark.fault(57)
@every_kind
@pytest.mark.parametrize("rate", [0.0, 0.5, 1.0])
def test_nan_stays_visible(kind, rate):
    assert np.isnan(noisy(Noise(kind, rate), np.full(100, np.nan, np.float32))).all()


@every_rate
def test_number_of_kept_units_is_binomial(rate):
    n = 1_000_000
    kept = np.count_nonzero(noisy(Noise(rate=rate), np.ones(n, np.float32)))
    assert abs(kept - n * (1 - rate)) < 5 * sqrt(n * rate * (1 - rate))


@every_kind
@every_rate
def test_mean_is_the_input_and_variance_is_the_formula(kind, rate):
    x = np.array([-1.0, 0.3, 2.0], np.float32)
    noise, n = Noise(kind, rate), 200_000
    y = noisy(noise, x, n).astype(np.float64)
    variance = noise.variance(x.astype(np.float64))
    np.testing.assert_allclose(y.var(axis=0), variance, rtol=0.05)
    if kind != "alpha":
        assert np.all(np.abs(y.mean(axis=0) - x) < 5 * np.sqrt(variance / n))


@every_kind
def test_rate_one_has_no_variance(kind):
    np.testing.assert_array_equal(Noise(kind, 1.0).variance(X.astype(np.float64)), 0.0)


@pytest.mark.parametrize("kept", range(5))
def test_uniform_draws_on_a_grid_keep_exactly_their_share(kept):
    """A draw that equals the rate is kept: draws reach 0 and do not reach 1."""
    rate, grid = 1 - kept / 4, np.arange(4) / 4
    alpha = Noise("alpha", rate)
    assert np.count_nonzero(Noise(rate=rate).multiplier(grid, cast=np.float64)) == kept
    assert np.count_nonzero(block_multiplier(grid, rate, 1, 2, np.float64)) == kept
    assert np.count_nonzero(alpha.multiplier(grid, cast=np.float64)) == kept
    assert np.count_nonzero(alpha.shift(grid, cast=np.float64) > 0) == (kept if rate else 0)


@every_rate
def test_gaussian_multiplier_is_one_plus_a_share_of_the_draw(rate):
    drawn = np.array([-2.0, 0.0, 1.0])
    multiplier = Noise("gaussian", rate).multiplier(drawn, cast=np.float64)
    np.testing.assert_allclose(multiplier, 1 + drawn * sqrt(rate / (1 - rate)))


def test_selu_saturates_where_it_keeps_the_moments_of_a_standard_normal():
    """Klambauer et al. 2017: the mean 0 and the variance 1 determine alpha and the scale."""

    def moments(parameters):
        alpha, scale = parameters
        falls = [np.exp(k**2 / 2) * norm.cdf(-k) for k in range(3)]  # E exp(k z) for z < 0
        mean = scale * (norm.pdf(0) + alpha * (falls[1] - falls[0]))
        square = scale**2 * (0.5 + alpha**2 * (falls[2] - 2 * falls[1] + falls[0]))
        return mean, square - 1

    alpha, scale = fsolve(moments, (1.5, 1.0), xtol=1e-14)
    assert pytest.approx(-alpha * scale, rel=1e-12) == SELU_SATURATION


@every_rate
def test_alpha_keeps_mean_and_variance_of_standard_input(rate):
    x = streams.generator(0, "x").standard_normal(400_000, np.float32)
    y = noisy(Noise("alpha", rate), x)
    assert abs(y.mean()) < 0.02
    assert abs(y.var() - 1) < 0.02


def test_shared_axes_are_drawn_once():
    assert Noise(shared_axes=(1, -2)).draw_shape((4, 5, 6, 7)) == (4, 1, 1, 7)
    assert Noise(groups=3).draw_shape((7, 5)) == (3, 5)
    assert Noise(groups=3).group_rows(7).tolist() == [0, 0, 0, 1, 1, 2, 2]
    assert Noise(groups=3).group_rows(2).tolist() == [0, 1]
    assert Noise(groups=1).group_rows(2).tolist() == [0, 0]
    assert Noise(groups=3).group_rows(0).tolist() == []
    assert Noise().group_rows(3).tolist() == [0, 1, 2]


def blocks(rate, block=3, size=5, n=20_000):
    grid = size + block - 1
    draws = streams.generator(1, "blocks").random((n, grid, grid), np.float32)
    windows = np.lib.stride_tricks.sliding_window_view(draws, (block, block), axis=(1, 2))
    return block_multiplier(windows.min(axis=(3, 4)), rate, block, 2, np.float32)


@every_rate
def test_blocks_drop_each_unit_at_the_rate(rate):
    y = blocks(rate)
    assert y.shape[1:] == (5, 5)
    np.testing.assert_allclose(y[y > 0], 1 / (1 - rate), rtol=1e-6)
    dropped = (y == 0).mean(axis=0)
    assert np.all(np.abs(dropped - rate) < 5 * sqrt(rate * (1 - rate) / len(y)))


def test_blocks_at_the_ends_of_the_rate():
    assert np.all(blocks(0.0) == 1)
    assert np.all(blocks(1.0) == 0)


@pytest.mark.parametrize(
    ("noise_shape", "axes"), [((None, 1, None), (1,)), ((4, 5, 6), ()), ((1, 1, 6), (0, 1))]
)
def test_noise_shape_names_shared_axes(noise_shape, axes):
    assert shared_axes_of(noise_shape, (4, 5, 6)) == axes
    assert shared_axes_of(noise_shape, (None, None, None)) == axes


@pytest.mark.parametrize(("size", "axes"), [(1, ()), (2, (0,)), (None, (0,))])
def test_axis_of_one_place_has_nothing_to_share(size, axes):
    assert shared_axes_of((1,), (size,)) == axes


@pytest.mark.parametrize("entry", [0, -1])
def test_size_below_one_is_refused_where_the_size_is_not_known(entry):
    with pytest.raises(InputError, match="must be 1, None or the size of the input at axis 0"):
        shared_axes_of((entry,), (None,))
    with pytest.raises(InputError, match="must be 1, None or 5 at axis 0"):
        shared_axes_of((entry,), (5,))


@pytest.mark.fault(61)
@pytest.mark.parametrize(
    ("noise_shape", "named"),
    [
        ((None, 2, None), "axis 1"),
        ((True, None, None), "axis 0"),
        ((None, None, 1.0), "axis 2"),
        ((None, None, 0), "axis 2"),
        ((None, None), "each of the 3 axes"),
        ("451", "a tuple"),
        (4, "a tuple"),
    ],
)
def test_wrong_noise_shape_names_the_axis(noise_shape, named):
    with pytest.raises(InputError, match=named) as caught:
        shared_axes_of(noise_shape, (4, 5, 6))
    assert repr(noise_shape) in str(caught.value)


@pytest.mark.fault(53)
@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        (-0.1, "in [0, 1]"),
        (float("nan"), "in [0, 1]"),
        (True, "0.5"),
        (None, "0.5"),
        ("0.5", "0.5"),
        (1.5, "percentage, write 0.015."),
        (50, "percentage, write 0.5."),
        (100, "percentage, write 1."),
        (100.5, "not the number of units"),
        (256, "not the number of units"),
        (np.float32(20), "percentage, write 0.2."),
    ],
)
def test_wrong_rate_is_quoted_with_a_remedy(wrong, hint):
    with pytest.raises(InputError) as caught:
        checked_rate(wrong, "dropout")
    assert "dropout must be a number in [0, 1]" in str(caught.value)
    assert f"Received: dropout={wrong!r}" in str(caught.value)
    assert hint in str(caught.value)


@pytest.mark.parametrize("right", [0, 1, 0.3, np.float32(0.5), np.int64(1)])
def test_right_rate_is_a_float(right):
    assert type(checked_rate(right)) is float
    assert checked_rate(right) == right


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "gausian"},
        {"rate": 2},
        {"shared_axes": [1]},
        {"shared_axes": (True,)},
        {"groups": 0},
        {"groups": True},
        {"groups": 2, "shared_axes": (0,)},
    ],
)
def test_wrong_noise_is_refused(wrong):
    with pytest.raises(InputError):
        Noise(**wrong)


def test_axis_that_does_not_exist_is_refused():
    for axis in (3, -4):
        with pytest.raises(InputError, match=f"there is no axis {axis}"):
            Noise(shared_axes=(axis,)).draw_shape((2, 2, 2))
    assert Noise(shared_axes=(-3,)).draw_shape((2, 2, 2)) == (1, 2, 2)


def test_keys_of_seeds_and_positions_are_all_different():
    seeds = (0, 1, 2, -1, -3, 2**40, -(2**40), np.int64(7))
    keys = {stream_key(seed, index) for seed in seeds for index in range(50)}
    assert len(keys) == len(seeds) * 50
    assert all(0 <= key < 2**31 for key in keys)
    assert stream_key(np.int64(7), 3) == stream_key(7, 3)
    for seed in (0, 1, 7):
        assert stream_key(seed, 0) == streams.integer(seed, "noise", 0)


@pytest.mark.parametrize("wrong", [True, 1.5, "1", None])
def test_wrong_seed_is_quoted(wrong):
    with pytest.raises(InputError, match="seed must be an integer") as caught:
        checked_seed(wrong)
    assert f"Received: seed={wrong!r}" in str(caught.value)
