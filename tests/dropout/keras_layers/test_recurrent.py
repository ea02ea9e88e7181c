"""Laws of recurrent dropout: one mask for all timesteps, and the fused kernel where there is one."""

from __future__ import annotations

import numpy as np
import pytest

from bridle import streams
from bridle.backend import backend_available

if backend_available() is not None:
    pytest.skip(str(backend_available()), allow_module_level=True)

from tests.dropout.keras_layers.catalogue import (
    array,
    built,
    copy_weights,
    keras,
    noisy,
    ops,
    ours,
    theirs,
)

X = streams.generator(0, "x").standard_normal((3, 4, 2)).astype("float32")

KINDS = {"lstm": (ours.DropoutLSTM, theirs.LSTM), "gru": (ours.DropoutGRU, theirs.GRU)}
every_kind = pytest.mark.parametrize("kind", KINDS)


class Spy:
    """Stands for a function of the backend, and notes the recurrent weights that come."""

    def __init__(self, function):
        self.function, self.kernels = function, []

    def __call__(self, *args, recurrent_kernel, **kwargs):
        self.kernels.append(array(ops.convert_to_tensor(recurrent_kernel)))
        return self.function(*args, recurrent_kernel=recurrent_kernel, **kwargs)


class TorchSpy(Spy):
    """Stands for PyTorch's own kernel."""

    def __call__(self, x, states, weights, *args):
        self.kernels.append(array(weights[1].T))
        return self.function(x, states, weights, *args)


@pytest.fixture
def keras_spy(kind, monkeypatch):
    """Note what comes to what Keras calls."""
    one = Spy(getattr(keras.src.backend, kind))
    monkeypatch.setattr(keras.src.backend, kind, one)
    return one


@pytest.fixture
def spy(kind, monkeypatch, request):
    """Note what comes to the fused kernel under noise."""
    if keras.backend.backend() != "torch" or kind != "lstm":
        return request.getfixturevalue("keras_spy")
    import torch

    one = TorchSpy(torch._VF.lstm)
    monkeypatch.setattr(torch._VF, "lstm", one)
    return one


def layer_and_twin(kind, **settings):
    own, twin = KINDS[kind]
    layer, twin = built(own(5, seed=1, **settings), X), built(twin(5), X)
    copy_weights(twin, layer)
    return layer, twin


@every_kind
def test_weight_drop_hands_dropped_weights_to_the_fused_kernel(kind, spy):
    layer, twin = layer_and_twin(kind, weight_dropout=0.5)
    spy.kernels.clear()
    y = noisy(layer, X)
    (dropped,) = spy.kernels
    whole = array(layer.cell.recurrent_kernel.value)
    kept = dropped != 0
    np.testing.assert_array_equal(dropped[kept], 2 * whole[kept])
    assert 0 < kept.sum() < kept.size
    twin.cell.recurrent_kernel.assign(dropped)
    np.testing.assert_allclose(y, array(twin(X)), rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(array(layer.cell.recurrent_kernel.value), whole)


@every_kind
def test_input_dropout_hands_inputs_of_one_mask_to_the_fused_kernel(kind, spy):
    layer, _ = layer_and_twin(kind, dropout=0.5)
    seen = []
    whole = spy.function
    spy.function = lambda x, *args, **kwargs: seen.append(array(x)) or whole(x, *args, **kwargs)
    noisy(layer, X)
    ratio = seen[0] / X
    assert {*ratio.round(5).flat} <= {0.0, 2.0}
    assert np.array_equal(ratio.round(5), np.broadcast_to(ratio[:, :1].round(5), ratio.shape))


@every_kind
def test_inference_takes_the_path_of_keras(kind, keras_spy):
    layer, twin = layer_and_twin(kind, dropout=0.5, weight_dropout=0.5)
    keras_spy.kernels.clear()
    assert np.array_equal(array(layer(X)), array(twin(X)))
    assert len(keras_spy.kernels) == 2


@pytest.mark.parametrize(
    "settings",
    [
        {"return_sequences": True},
        {"go_backwards": True},
        {"use_bias": False},
        {"activation": "relu"},
        {"return_state": True, "return_sequences": True},
    ],
)
def test_fused_kernel_gives_what_keras_gives(settings):
    own, plain = ours.DropoutLSTM, theirs.LSTM
    layer, twin = built(own(5, seed=1, weight_dropout=1e-12, **settings), X), plain(5, **settings)
    copy_weights(built(twin, X), layer)
    for mine, other in zip(as_list(layer(X, training=True)), as_list(twin(X)), strict=True):
        np.testing.assert_allclose(array(mine), array(other), rtol=1e-5, atol=1e-6)


def as_list(outputs):
    return outputs if isinstance(outputs, (list, tuple)) else [outputs]


def plain_lstm(cell, x, mask):
    """Run an LSTM, the state masked in the recurrent product."""
    kernel, recurrent, bias = (array(one.value) for one in cell.weights)
    h = c = np.zeros((len(x), cell.units), np.float32)
    for t in range(x.shape[1]):
        i, f, g, o = np.split(x[:, t] @ kernel + (h * mask) @ recurrent + bias, 4, axis=1)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
    return h


def plain_gru(cell, x, mask):
    """Run a GRU, the state masked in the recurrent product alone."""
    kernel, recurrent, *bias = (array(one.value) for one in cell.weights)
    inner, outer = (bias[0][0], bias[0][1]) if cell.reset_after and bias else (0, 0)
    if bias and not cell.reset_after:
        inner = bias[0]
    h, n = np.zeros((len(x), cell.units), np.float32), cell.units
    for t in range(x.shape[1]):
        a, b = x[:, t] @ kernel + inner, (h * mask) @ recurrent + outer
        z, r = sigmoid(a[:, :n] + b[:, :n]), sigmoid(a[:, n : 2 * n] + b[:, n : 2 * n])
        masked = r * b[:, 2 * n :] if cell.reset_after else (r * h * mask) @ recurrent[:, 2 * n :]
        h = z * h + (1 - z) * np.tanh(a[:, 2 * n :] + masked)
    return h


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        ("lstm", {}),
        ("gru", {}),
        ("gru", {"reset_after": False}),
        ("gru", {"use_bias": False}),
    ],
)
def test_state_dropout_is_the_plain_recurrence_with_one_mask(kind, settings):
    layer = built(
        KINDS[kind][0](5, recurrent_dropout=0.5, bias_initializer="normal", seed=1, **settings),
        X,
    )
    generator = streams.generator(1, "bias")
    for one in layer.weights:
        one.assign(generator.standard_normal(one.shape))
    state = array(layer.state_noise.stream.state.value)
    y = noisy(layer, X)
    layer.state_noise.stream.state.assign(state)
    mask = array(layer.state_noise.multiplier(*unit_noise()))
    assert {*mask.flat} == {0.0, 2.0}
    plain = plain_lstm if kind == "lstm" else plain_gru
    np.testing.assert_allclose(y, plain(layer.cell, X, mask), rtol=1e-4, atol=1e-5)


def unit_noise():
    from bridle.dropout.noise import Noise

    return Noise(), (3, 5)


@every_kind
def test_bidirectional_has_the_noise_of_both_directions(kind, monkeypatch):
    def fused(*args, **kwargs):
        raise AssertionError("a kernel for both directions knows nothing of the noise")

    monkeypatch.setattr(keras.src.backend, f"bidirectional_{kind}", fused, raising=False)
    layer = theirs.Bidirectional(KINDS[kind][0](5, weight_dropout=0.9, seed=1), merge_mode=None)
    whole = layer(X)
    for one, other in zip(layer(X, training=True), whole, strict=True):
        assert not np.allclose(array(one), array(other))


@every_kind
def test_masked_timesteps_and_states_are_those_of_keras(kind):
    own, twin = KINDS[kind]
    settings = {"return_state": True, "return_sequences": True, "go_backwards": True}
    layer = built(own(5, recurrent_dropout=0.5, dropout=0.5, weight_dropout=0.5, **settings), X)
    twin = built(twin(5, **settings), X)
    copy_weights(twin, layer)
    for rate in ("dropout", "recurrent_dropout", "weight_dropout"):
        setattr(layer, rate, 0.0)
    timesteps = np.array([[1, 1, 1, 1], [1, 1, 0, 0], [1, 0, 1, 0]], bool)
    for mine, other in zip(
        layer(X, mask=timesteps, training=True), twin(X, mask=timesteps), strict=True
    ):
        np.testing.assert_allclose(array(mine), array(other), rtol=1e-5, atol=1e-6)
