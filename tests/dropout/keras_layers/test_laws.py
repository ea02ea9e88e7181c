"""Laws of the Keras layers: every layer, at every rate, on the backend that is loaded."""

from __future__ import annotations

import numpy as np
import pytest

from bridle.backend import backend_available
from bridle.errors import InputError

if backend_available() is not None:
    pytest.skip(str(backend_available()), allow_module_level=True)

from tests.dropout.keras_layers.catalogue import (
    BERNOULLI,
    CASES,
    ON_INPUT,
    array,
    built,
    compiled,
    copy_weights,
    counters,
    gradient,
    keras,
    noisy,
    ops,
    ours,
    stateless,
    theirs,
)


def every(cases):
    return pytest.mark.parametrize("case", cases.values(), ids=cases)


# --- What comes out


@every(BERNOULLI)
@pytest.mark.parametrize("rate", [0.5, 0.3])
def test_output_is_zero_or_scaled_input(case, rate):
    x = case.batch()
    y = noisy(case.make(rate, seed=5), x)
    kept = y != 0
    np.testing.assert_array_max_ulp(y[kept], (x / np.float32(1 - rate))[kept], 1)
    assert 0 < kept.sum() < x.size


@every(ON_INPUT)
def test_inference_is_the_identity_bit_for_bit(case):
    layer, x = case.make(0.5), case.batch()
    assert array(layer(x)).tobytes() == x.tobytes()
    assert counters(layer) == [0]


@every(ON_INPUT)
def test_rate_zero_is_the_identity_bit_for_bit(case):
    x = case.batch()
    x.flat[:3] = (-0.0, 1e-30, -7e8)
    assert noisy(case.make(0.0), x).tobytes() == x.tobytes()


@every(CASES)
def test_rate_zero_in_training_is_inference(case):
    x = case.batch()
    layer = built(case.make(0.5), x)
    for rate in case.rates:
        setattr(layer, rate, 0)
    np.testing.assert_allclose(noisy(layer, x), array(layer(x)), rtol=1e-6, atol=1e-7)


@pytest.mark.fault(54)
@every(ON_INPUT)
def test_rate_one_gives_zeros_and_zero_gradients(case):
    layer, x = case.make(1.0), case.batch()
    assert not noisy(layer, x).any()
    assert not gradient(stateless(layer), x).any()


@pytest.mark.fault(54)
@every(CASES)
def test_rate_one_has_finite_outputs_and_gradients(case):
    x = case.batch()
    layer = built(case.make(1.0), x)
    assert np.isfinite(noisy(layer, x)).all()
    if x.dtype == np.float32:
        assert np.isfinite(gradient(stateless(layer), x)).all()


@pytest.mark.fault(57)
@every(ON_INPUT)
def test_nan_stays_visible(case):
    x = np.full(case.shape, np.nan, np.float32)
    for rate in (0.5, 1.0):
        assert np.isnan(noisy(case.make(rate), x)).all()


# --- The masks


@every(ON_INPUT)
def test_backward_mask_is_the_forward_mask(case):
    layer = case.make(0.3, seed=2)
    x = np.ones(case.shape, np.float32)
    slope = gradient(stateless(layer), x)
    at_zero = array(stateless(layer)(np.zeros_like(x)))
    forward = array(stateless(layer)(x)) - at_zero
    if case.bernoulli:
        assert slope.tobytes() == forward.tobytes()
    np.testing.assert_allclose(slope, forward, atol=1e-6)


@every(CASES)
def test_compiled_is_eager(case):
    x = case.batch()
    layer = built(case.make(0.5, seed=3), x)
    call = stateless(layer)
    inside = array(compiled(call)(ops.convert_to_tensor(x)))
    eager = array(call(ops.convert_to_tensor(x)))
    assert np.array_equal(inside == 0, eager == 0)
    np.testing.assert_allclose(inside, eager, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(noisy(layer, x), eager, rtol=1e-5, atol=1e-6)


@every(CASES)
def test_each_training_call_advances_the_counter_and_the_mask(case):
    x = case.batch()
    layer = built(case.make(0.5, seed=3), x)
    before, first = counters(layer), noisy(layer, x)
    second = noisy(layer, x)
    layer(x)
    assert before == [0] * len(case.rates)
    assert counters(layer) == [2] * len(case.rates)
    assert not np.array_equal(first, second)


@pytest.mark.fault(59)
@every(CASES)
def test_twins_in_a_network_have_masks_of_their_own_and_a_network_built_anew_has_the_same(case):
    x = case.batch()

    class Twins(keras.Model):
        def __init__(self):
            super().__init__()
            self.one, self.other = (case.make(0.5, seed=1) for _ in range(2))

        def call(self, x, training=False):
            return self.one(x, training=training), self.other(x, training=training)

    def outputs():
        network = built(Twins(), x)
        copy_weights(network.one, network.other)
        values = [one.value for one in network.non_trainable_variables]
        weights = [one.value for one in network.trainable_variables]
        pure, _ = network.stateless_call(weights, values, x, training=True)
        eager = network(x, training=True)
        return [array(one) for one in (*pure, *eager)]

    one, other, eager_one, eager_other = outputs()
    assert not np.array_equal(one, other)
    np.testing.assert_allclose(eager_one, one, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(eager_other, other, rtol=1e-5, atol=1e-6)
    if case.input:
        assert all(map(np.array_equal, outputs(), (one, other, eager_one, eager_other)))


@pytest.mark.fault(58)
@pytest.mark.parametrize("seed", [np.int64(7), -3, 2**40, 0])
def test_any_integer_is_a_seed(seed):
    x = np.ones((3, 50), np.float32)
    once, again = (noisy(ours.Dropout(0.5, seed=seed), x) for _ in range(2))
    other = noisy(ours.Dropout(0.5, seed=int(seed) + 1), x)
    assert np.array_equal(once, again)
    assert not np.array_equal(once, other)


def test_without_a_seed_keys_are_fresh_and_follow_the_seed_of_keras():
    def keys():
        return [int(array(ours.Dropout(0.5).seed_generator.state.value)[0]) for _ in range(3)]

    keras.utils.set_random_seed(1)
    first = keys()
    assert len({*first, *keys()}) == 6
    keras.utils.set_random_seed(1)
    assert keys() == first


# --- Numbers of other kinds


@pytest.mark.fault(55)
@every(ON_INPUT)
@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_half_precision_scales_in_float32(case, dtype):
    x = ops.cast(case.batch(), dtype)
    half = case.make(0.1, seed=4, dtype=dtype)(x, training=True)
    single = case.make(0.1, seed=4)(ops.cast(x, "float32"), training=True)
    assert keras.backend.standardize_dtype(half.dtype) == dtype
    assert np.array_equal(array(ops.cast(single, dtype)), array(half))


@every({name: case for name, case in CASES.items() if case.batch().dtype == np.float32})
def test_mixed_precision_computes_in_half_and_holds_weights_in_single(case):
    layer = built(case.make(0.5, seed=4, dtype="mixed_float16"), case.batch())
    y = layer(case.batch(), training=True)
    assert keras.backend.standardize_dtype(y.dtype) == "float16"
    assert np.isfinite(array(y)).all()
    assert {one.dtype for one in layer.weights} <= {"float32"}


@pytest.mark.fault(56)
@every({name: case for name, case in CASES.items() if case.input or "LSTM" in name})
def test_integers_are_refused(case):
    with pytest.raises(InputError, match=r"must be floating-point numbers.*dtype int32.*Cast"):
        case.make(0.5)(np.ones(case.shape, "int32"), training=True)


# --- What is refused


@pytest.mark.fault(53)
@every(CASES)
@pytest.mark.parametrize("wrong", [float("nan"), "0.5", None, True, -0.1, 50])
def test_wrong_rate_is_quoted(case, wrong):
    with pytest.raises(InputError) as caught:
        case.make(wrong)
    assert f"{case.rates[0]} must be a number in [0, 1]" in str(caught.value)
    assert f"Received: {case.rates[0]}={wrong!r}" in str(caught.value)


@every(CASES)
@pytest.mark.parametrize("wrong", [True, 1.5, "1"])
def test_wrong_seed_is_quoted(case, wrong):
    with pytest.raises(InputError, match="seed must be an integer"):
        case.make(0.5, seed=wrong)


@pytest.mark.fault(61)
@pytest.mark.parametrize("layer", [ours.Dropout, ours.AlphaDropout])
@pytest.mark.parametrize("wrong", [(True, None), (None, 1.5), "12", 3, (0, None)])
def test_wrong_noise_shape_is_refused_at_once(layer, wrong):
    with pytest.raises(InputError, match="noise_shape must be"):
        layer(0.5, noise_shape=wrong)


@pytest.mark.fault(61)
@pytest.mark.parametrize("layer", [ours.Dropout, ours.AlphaDropout])
def test_noise_shape_that_does_not_fit_names_the_axis(layer):
    with pytest.raises(InputError, match=r"None or 3 at axis 1"):
        noisy(layer(0.5, noise_shape=(None, 2)), np.ones((2, 3), np.float32))


def test_a_schedule_of_another_kind_is_refused():
    with pytest.raises(InputError, match="schedule must be a schedule"):
        ours.Dropout(0.5, schedule="linear")


def test_a_rate_that_was_zero_cannot_be_raised_in_a_recurrent_layer():
    with pytest.raises(InputError, match=r"weight_dropout of DropoutLSTM .* above 0"):
        ours.DropoutLSTM(3, dropout=0.5).weight_dropout = 0.5


@pytest.mark.parametrize("wrong", [0, True, 1.5])
def test_wrong_block_size_is_quoted(wrong):
    with pytest.raises(InputError, match="block_size must be an integer"):
        ours.DropBlock2D(0.5, wrong)


def test_wrong_data_format_is_quoted():
    with pytest.raises(InputError, match="channels_last"):
        ours.SpatialDropout2D(0.5, data_format="last")


# --- Which units go together


def test_spatial_dropout_drops_channels():
    for layer, shape in (
        (ours.SpatialDropout1D(0.5), (9, 3, 8)),
        (ours.SpatialDropout2D(0.5, data_format="channels_last"), (9, 3, 2, 8)),
        (ours.SpatialDropout3D(0.5, data_format="channels_first"), (9, 8, 3, 2, 2)),
    ):
        y = noisy(layer, np.ones(shape, np.float32))
        y = y.reshape(9, 8, -1) if shape[1] == 8 else y.reshape(9, -1, 8).swapaxes(1, 2)
        assert np.array_equal(y, np.broadcast_to(y[:, :, :1], y.shape))
        assert {*y[:, :, 0].flat} == {0.0, 2.0}


def test_drop_path_drops_samples():
    y = noisy(ours.DropPath(0.5), np.ones((40, 3, 2), np.float32)).reshape(40, -1)
    assert np.array_equal(y, np.broadcast_to(y[:, :1], y.shape))
    assert {*y[:, 0]} == {0.0, 2.0}


def test_embedding_dropout_drops_words_wherever_they_occur():
    words = np.arange(20).reshape(2, 10) % 9
    layer = built(ours.EmbeddingDropout(9, 3, "ones", rate=0.5, seed=1), words)
    by_type = np.array([{*noisy_row} for noisy_row in noisy(layer, np.arange(9)[None])[0].tolist()])
    assert {next(iter(one)) for one in by_type} == {0.0, 2.0}
    y = noisy(layer, words)
    for word in range(9):
        assert len({*y[words == word].flat}) == 1


def test_blocks_are_squares():
    layer = ours.DropBlock2D(0.05, 3, data_format="channels_last", seed=1)
    dropped = noisy(layer, np.ones((20, 12, 12, 2), np.float32)) == 0
    windows = np.lib.stride_tricks.sliding_window_view(dropped, (3, 3), axis=(1, 2)).all(
        axis=(4, 5)
    )
    covered = np.zeros_like(dropped)
    for i in range(3):
        for j in range(3):
            covered[:, i : i + 10, j : j + 10] |= windows
    inner = np.s_[:, 2:-2, 2:-2]
    assert dropped[inner].any()
    assert np.array_equal(covered[inner], dropped[inner])


def test_drop_connect_drops_weights_and_not_the_bias():
    x = np.eye(6, dtype=np.float32)
    layer = ours.DropConnectDense(
        4, rate=0.5, kernel_initializer="ones", bias_initializer="ones", seed=1
    )
    assert {*noisy(layer, x).flat} == {1.0, 3.0}


def test_a_rate_of_keras_is_a_rate_of_ours():
    x = np.ones((2000,), np.float32)[None]
    for layer in (ours.Dropout(0.2, seed=1), theirs.Dropout(0.2, seed=1)):
        assert abs((noisy(layer, x) == 0).mean() - 0.2) < 0.05
