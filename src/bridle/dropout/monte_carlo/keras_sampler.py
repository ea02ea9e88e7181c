"""`KerasSampler`: samples of a Keras network's output, a pure function of state and keys."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt

from bridle.backend import load_keras
from bridle.dropout.monte_carlo.keras_active_noise import active_noise, noisy_layers
from bridle.dropout.monte_carlo.sampler import (
    Keys,
    Sampler,
    as_numbers,
    no_dropout,
    one_output,
    row_count,
)
from bridle.dropout.surgery.keras.calls import sublayers
from bridle.dropout.surgery.keras.roles import dropout_within

__all__ = ["KerasSampler"]

keras = load_keras()
ops, tree = keras.ops, keras.tree

# Seconds between two checks whether outputs are ready.
_SHORTEST_PAUSE = 1e-4
_LONGEST_PAUSE = 0.02

Draw = Callable[[Any, Any, Any, Any], Any]
"""Maps weights, other variables, keys of shape (T, n_streams) and inputs to samples."""


class KerasSampler(Sampler):
    """Calls the network's ``stateless_call`` with new keys in its random streams.

    No variable is assigned. On JAX, one compiled call maps over the keys. PyTorch and TensorFlow
    call the network once per key: repeating the rows in one batch would give all samples the same
    mask in layers that draw one mask per batch.

    Parameters
    ----------
    model : keras.Model
        A network with dropout.

    Raises
    ------
    InputError
        The network has no dropout.
    """

    def __init__(self, model: Any) -> None:
        if not noisy_layers(model):
            raise no_dropout(model.name)
        self._model = model
        self._places = _stream_places(model)
        # One more for the framework's own generator.
        self.n_streams = len(self._places) + 1
        if keras.backend.backend() == "jax":
            self._own_rows = _compiled(self._outputs)
            self._shared_rows = _compiled(_mapped_rows(self._outputs))
        else:
            self._own_rows = _looped(self._arrays)
            self._shared_rows = _looped(_looped_rows(self._arrays))

    def n_rows(self, x: Any) -> int:
        """Return the number of rows of the inputs."""
        return row_count([tuple(array.shape) for array in tree.flatten(_as_arrays(x))])

    def largest_rate(self) -> float:
        """Return the current largest rate of the network's dropout."""
        return max(map(dropout_within, noisy_layers(self._model)))

    def rows(self, x: Any, rows: slice) -> Any:
        """Return a slice of the rows of the inputs."""
        return tree.map_structure(lambda array: array[rows], _as_arrays(x))

    def own_rows(self, x: Any, keys: Keys) -> npt.NDArray[Any]:
        """Return samples in which each row has the masks it would have in training."""
        return self._sampled(self._own_rows, x, keys)

    def shared_rows(self, x: Any, keys: Keys) -> npt.NDArray[Any]:
        """Return samples in which all rows have the same masks."""
        return self._sampled(self._shared_rows, x, keys)

    def _sampled(self, draw: Draw, x: Any, keys: Keys) -> npt.NDArray[Any]:
        model = self._model
        weights = [variable.value for variable in model.trainable_variables]
        others = [variable.value for variable in model.non_trainable_variables]
        inputs = tree.map_structure(ops.convert_to_tensor, x)
        return np.asarray(_ready(draw(weights, others, keys, inputs)))

    def _outputs(self, weights: Any, others: Any, keys: Any, x: Any) -> Any:
        """Return the outputs under the masks of these keys, of shape (n_streams,)."""
        state = list(others)
        for stream, place in enumerate(self._places):
            # Keep the counter, from which schedules compute the rate.
            key = ops.cast(keys[stream], state[place].dtype)
            state[place] = ops.stack([key, state[place][1]])
        with active_noise(self._model):
            outputs, _ = self._model.stateless_call(weights, state, x, training=False)
        if tree.is_nested(outputs):
            raise one_output(outputs, "as keras.Model(model.inputs, model.outputs[0])")
        return outputs

    def _arrays(self, weights: Any, others: Any, keys: Any, x: Any) -> npt.NDArray[Any]:
        with _on_its_own(keys[-1]):
            return np.array(ops.convert_to_numpy(self._outputs(weights, others, keys, x)))


def _ready(outputs: Any) -> Any:
    """Wait for outputs that JAX computes in the background: NumPy would not respond to Ctrl-C."""
    pause = _SHORTEST_PAUSE
    while keras.backend.backend() == "jax" and not outputs.is_ready():
        time.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE)
    return outputs


def _compiled(outputs: Draw) -> Draw:
    from jax import jit, lax

    # `lax.map` rather than vmap: less memory, as fast, and it runs kernels without a vmap rule.
    return jit(
        lambda weights, others, keys, x: lax.map(lambda key: outputs(weights, others, key, x), keys)
    )


def _mapped_rows(outputs: Draw) -> Draw:
    from jax import vmap

    def shared(weights: Any, others: Any, keys: Any, x: Any) -> Any:
        # Without a batch axis, vmap draws once for all rows.
        def of_row(row: Any) -> Any:
            alone = tree.map_structure(lambda array: array[None], row)
            return outputs(weights, others, keys, alone)[0]

        return vmap(of_row)(x)

    return shared


def _looped(outputs: Draw) -> Draw:
    def sampled(weights: Any, others: Any, keys: Any, x: Any) -> Any:
        return np.stack([outputs(weights, others, key.tolist(), x) for key in keys])

    return sampled


def _looped_rows(outputs: Draw) -> Draw:
    def shared(weights: Any, others: Any, keys: Any, x: Any) -> Any:
        n_rows = tree.flatten(x)[0].shape[0]
        rows = (slice(row, row + 1) for row in range(n_rows))
        alone = (tree.map_structure(lambda array, row=row: array[row], x) for row in rows)
        return np.concatenate([outputs(weights, others, keys, row) for row in alone])

    return shared


@contextmanager
def _on_its_own(key: int) -> Iterator[None]:
    """Disable gradients, and seed PyTorch's generator, which Keras also uses, with a key."""
    if keras.backend.backend() != "torch":
        yield
        return
    from torch import no_grad, random

    with no_grad(), random.fork_rng():
        random.manual_seed(key)
        yield


def _stream_places(model: Any) -> list[int]:
    """Return the indices of the stream states among the network's non-trainable variables."""
    layers = (model, *sublayers(model))
    states = {id(generator.state) for layer in layers for generator in layer._seed_generators}
    return [
        place
        for place, variable in enumerate(model.non_trainable_variables)
        if id(variable) in states
    ]


def _as_arrays(x: Any) -> Any:
    # TensorFlow's networks may take text.
    convert = np.asarray if keras.backend.backend() == "tensorflow" else as_numbers
    return tree.map_structure(convert, x)
