"""The audit of Keras networks finds planted faults, and passes bridle's and Keras' own layers."""

from __future__ import annotations

import json

import numpy as np
import pytest

from bridle.backend import backend_available, load_keras

if backend_available() is not None:
    pytest.skip(str(backend_available()), allow_module_level=True)

import bridle
from bridle.dropout import keras_layers as ours
from bridle.dropout.audit.audit_dropout import audit_dropout
from bridle.dropout.audit.checks import CODES
from bridle.dropout.schedule import Curriculum, Late
from bridle.errors import InputError

keras = load_keras()
layers, ops, random = keras.layers, keras.ops, keras.random

RNG = np.random.default_rng(1)
BATCH = RNG.normal(size=(32, 64)).astype("float32")
ON_JAX = keras.backend.backend() == "jax"


@pytest.fixture(autouse=True)
def seeded():
    keras.utils.set_random_seed(0)


def network(*dropouts, batch=BATCH):
    made = [one() for one in dropouts]
    return keras.Sequential([keras.Input(batch.shape[1:]), layers.Dense(batch.shape[-1]), *made])


def codes(found):
    return {one.code.split()[0] for one in found.findings}


class Seeded(layers.Layer):
    """A layer with a stream of its own."""

    def __init__(self):
        super().__init__()
        self.stream = random.SeedGenerator()


class Functional(Seeded):
    """It does not ask whether it trains."""

    def call(self, x):
        return random.dropout(x, 0.3, seed=self.stream)


class Forced(layers.Layer):
    """Dropout kept on for Monte-Carlo predictions, and forgotten."""

    def __init__(self):
        super().__init__()
        self.inner = layers.Dropout(0.3)

    def call(self, x):
        return self.inner(x, training=True)


class Noisy(Seeded):
    def call(self, x):
        return x + random.normal(ops.shape(x), seed=self.stream)


class Twice(Seeded):
    def __init__(self):
        super().__init__()
        self.drop_rate = 0.3

    def call(self, x, training=False):
        for _ in range(2 if training else 0):
            x = random.dropout(x, self.drop_rate, seed=self.stream)
        return x


class NeverCalled(layers.Layer):
    def __init__(self):
        super().__init__()
        self.inner = layers.Dropout(0.99)

    def call(self, x):
        return x


class Redrawn(Seeded):
    """The gradient has a mask of its own."""

    def call(self, x, training=False):
        if not training:
            return x
        forward = random.dropout(ops.ones_like(x), 0.5, seed=self.stream)
        other = random.dropout(ops.ones_like(x), 0.5, seed=self.stream)

        @ops.custom_gradient
        def multiply(given):
            def gradient(*flowing, upstream=None):
                return other * (flowing[0] if upstream is None else upstream)

            return given * forward, gradient

        return multiply(x)


class IntegerSeed(layers.Layer):
    """An integer gives the same numbers in each call."""

    def call(self, x, training=False):
        return random.dropout(x, 0.5, seed=1) if training else x


class GroupsOfFour(Seeded):
    def call(self, x, training=False):
        if not training:
            return x
        drawn = random.uniform((len(x), x.shape[1] // 4), seed=self.stream) > 0.5
        return x * ops.cast(ops.repeat(drawn, 4, axis=1), "float32") * 2


class Remembering(layers.Dropout):
    """Changing the rate does nothing (keras#8826)."""

    def __init__(self, rate):
        super().__init__(rate)
        self.first = rate

    def call(self, x, training=False):
        return random.dropout(x, self.first, seed=self.seed_generator) if training else x


PLANTED = {
    "a function in evaluation": ((Functional,), {"BR501"}),
    "a layer that is forced to train": ((Forced,), {"BR501"}),
    "noise in evaluation": ((Noisy,), {"BR501"}),
    "the rate twice": ((Twice,), {"BR502"}),
    "a rate that does nothing": ((NeverCalled,), {"BR503"}),
    "a gradient of another mask": ((Redrawn,), {"BR504"}),
    "an integer seed in call": ((IntegerSeed,), {"BR505"}),
    "an integer seed in two layers": ((IntegerSeed, IntegerSeed), {"BR505", "BR506"}),
    "layers of one seed": ((lambda: layers.Dropout(0.5, seed=1),) * 2, {"BR506"}),
    "one mask for the batch": ((lambda: layers.Dropout(0.5, (1, None)),), {"BR507"}),
    "groups of four": ((GroupsOfFour,), {"BR509"}),
    "a rate that is remembered": ((lambda: Remembering(0.2),), {"BR510"}),
}


@pytest.mark.parametrize("name", PLANTED)
def test_planted_fault_is_found_and_no_other(name):
    made, expected = PLANTED[name]
    found = audit_dropout(network(*made), BATCH)
    assert codes(found) == expected, str(found)
    assert found.exit_code == 1


def test_every_code_is_planted_or_of_ranks():
    planted = set().union(*(expected for _, expected in PLANTED.values()))
    assert planted | {"BR508"} == {one.split()[0] for one in CODES}


SEQUENCES = RNG.normal(size=(16, 8, 8)).astype("float32")
MAPS = RNG.normal(size=(16, 8, 8, 8)).astype("float32")
SOUND = {
    "none": (lambda: layers.ReLU(), BATCH),
    "Dropout": (lambda: layers.Dropout(0.4), BATCH),
    "Dropout of rate 1": (lambda: layers.Dropout(1.0), BATCH),
    "GaussianDropout": (lambda: layers.GaussianDropout(0.4), BATCH),
    "AlphaDropout": (lambda: layers.AlphaDropout(0.4), BATCH),
    "SpatialDropout1D": (lambda: layers.SpatialDropout1D(0.4), SEQUENCES),
    "our Dropout": (lambda: ours.Dropout(0.4), BATCH),
    "our Dropout that begins late": (lambda: ours.Dropout(0.4, schedule=Late(10)), BATCH),
    "our Dropout that rises": (lambda: ours.Dropout(0.4, schedule=Curriculum(20)), BATCH),
    "our GaussianDropout": (lambda: ours.GaussianDropout(0.4), BATCH),
    "our AlphaDropout": (lambda: ours.AlphaDropout(0.4), BATCH),
    "our SpatialDropout1D": (lambda: ours.SpatialDropout1D(0.4), SEQUENCES),
    "our SpatialDropout2D": (lambda: ours.SpatialDropout2D(0.4), MAPS),
    "our DropPath": (lambda: ours.DropPath(0.4), MAPS),
    "our DropBlock2D": (lambda: ours.DropBlock2D(0.2, block_size=3), MAPS),
    "our DropConnectDense": (lambda: ours.DropConnectDense(8, rate=0.3), BATCH),
    "our ConcreteDropout": (lambda: ours.ConcreteDropout(layers.Dense(8)), BATCH),
    "our SubNetwork": (
        lambda: ours.SubNetwork([layers.Dense(64), layers.Dense(8)], [0.4, 0.0], compute="kept"),
        BATCH,
    ),
    "our EmbeddingDropout": (lambda: ours.EmbeddingDropout(50, 8, rate=0.3), None),
}
# Each new operation is compiled on JAX.
SLOW = {
    "GaussianDropout",
    "AlphaDropout",
    "DropConnectDense",
    "ConcreteDropout",
    "EmbeddingDropout",
}
RECURRENT = {
    "LSTM": lambda: layers.LSTM(8, dropout=0.3, recurrent_dropout=0.2),
    "Bidirectional": lambda: layers.Bidirectional(layers.GRU(8, dropout=0.3)),
    "our DropoutLSTM": lambda: ours.DropoutLSTM(8, dropout=0.3, recurrent_dropout=0.2),
    "our DropoutGRU": lambda: ours.DropoutGRU(8, dropout=0.3),
}


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(one, marks=[pytest.mark.slow] * (ON_JAX and one.split()[-1] in SLOW))
        for one in SOUND
    ],
)
def test_sound_layers_pass(name):
    make, batch = SOUND[name]
    if batch is None:
        model, batch = keras.Sequential([make()]), RNG.integers(0, 50, (16, 7))
    else:
        model = network(make, batch=batch)
    found = audit_dropout(model, batch)
    assert found.findings == (), str(found)
    assert bool(found.dropouts) == (name != "none")


@pytest.mark.parametrize(
    "name",
    # JAX compiles the scan of each network.
    [pytest.param(one, marks=[pytest.mark.slow] * ON_JAX) for one in RECURRENT],
)
def test_recurrent_layers_pass(name):
    found = audit_dropout(network(RECURRENT[name], batch=SEQUENCES), SEQUENCES)
    assert found.findings == (), str(found)
    assert found.dropouts


class Attends(keras.Model):
    """A subclassed network with attention, a nested one, and two inputs by name."""

    def __init__(self, attention):
        super().__init__()
        self.attention = attention
        self.inner = keras.Sequential([layers.Dense(8), layers.Dropout(0.5)])

    def call(self, given):
        attended = self.attention(given["query"], given["value"])
        return self.inner(attended), attended


@pytest.mark.parametrize("kind", [layers.MultiHeadAttention, ours.DropoutAttention])
def test_subclassed_and_nested_networks_are_measured(kind):
    model = Attends(kind(2, 4, dropout=0.25))
    found = audit_dropout(model, {"query": SEQUENCES, "value": SEQUENCES})
    assert found.findings == (), str(found)
    attention, dropout = found.dropouts
    assert attention.rate == 0.25
    assert (dropout.where, dropout.rate) == (
        f"{model.inner.name}/{model.inner.layers[1].name}",
        0.5,
    )
    assert dropout.measured == pytest.approx(0.5, abs=0.06)


def test_functional_network_cut_by_bridle_passes():
    given = keras.Input((64,))
    hidden = layers.Dense(64, "relu")(given)
    joined = layers.Add()([layers.Dense(64, "relu")(hidden), hidden])
    cut = bridle.add_dropout(keras.Model(given, layers.Dense(3)(joined)), 0.3, seed=0)
    found = audit_dropout(cut, BATCH)
    assert found.findings == (), str(found)
    assert len(found.dropouts) > 1


def test_network_and_streams_are_left_as_they_were():
    stream = random.SeedGenerator(3)

    class Shared(layers.Layer):
        def call(self, x, training=False):
            return random.dropout(random.dropout(x, 0.2, seed=stream), 0.3) if training else x

    model = network(
        layers.BatchNormalization, lambda: layers.Dropout(0.5), lambda: ours.Dropout(0.3), Shared
    )

    def state():
        streams = [stream.state, keras.src.random.seed_generator.global_seed_generator().state]
        return [np.array(one.numpy()) for one in (*model.variables, *streams)]

    before, rates = state(), [layer.rate for layer in model.layers[2:4]]
    audit_dropout(model, BATCH)
    assert all(np.array_equal(*pair) for pair in zip(before, state(), strict=True))
    assert rates == [layer.rate for layer in model.layers[2:4]]


def test_what_a_keras_network_cannot_have_is_refused():
    model = network(lambda: layers.Dropout(0.5))
    with pytest.raises(InputError, match="batch must be what the network takes"):
        audit_dropout(model, BATCH[:, :7])
    with pytest.raises(InputError, match="group must be None"):
        audit_dropout(model, BATCH, group=object())


@pytest.mark.slow
def test_compiled_layers_pass():
    model = network(lambda: layers.Dropout(0.5), lambda: ours.Dropout(0.3))
    if keras.backend.backend() == "torch":
        with pytest.raises(InputError, match="compiled must be left out"):
            audit_dropout(model, BATCH, compiled=True)
        return
    found = audit_dropout(model, BATCH, compiled=True)
    assert found.findings == (), str(found)
    assert found.modes == ("eager", "compiled")


FILE = """
import keras
import numpy as np


class Always(keras.layers.Layer):
    def __init__(self):
        super().__init__()
        self.stream = keras.random.SeedGenerator()

    def call(self, x):
        return keras.random.dropout(x, 0.5, seed=self.stream)


def build():
    model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(64), {layer}])
    return model, np.ones((32, 8), "float32")
"""


def test_command_audits_the_keras_network_of_a_file(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "good.py").write_text(FILE.format(layer="keras.layers.Dropout(0.5)"))
    code, out, err = run("audit", "good.py")
    assert (code, err) == (0, "")
    assert "rate 0.5, measured 0." in out
    (tmp_path / "bad.py").write_text(FILE.format(layer="Always()"))
    code, out, _ = run("audit", "bad.py", "--json")
    assert code == 1
    assert json.loads(out)["findings"][0]["code"] == "BR501 acts-in-evaluation"
