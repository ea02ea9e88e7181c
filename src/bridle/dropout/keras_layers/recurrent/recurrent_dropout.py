"""LSTM and GRU with dropout of inputs, state and recurrent weights.

A fresh mask at every timestep would erase the memory of a recurrent network. So each mask is drawn
once per sequence (inputs, state) or once per batch (weights) and used at all timesteps.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import nullcontext
from typing import Any

from bridle.backend import load_keras
from bridle.dropout.keras_layers.base import registered, stored_as
from bridle.dropout.keras_layers.masks.source import NoiseSource, multiplied, require_floating
from bridle.dropout.keras_layers.recurrent.gru_step import gru_step, two_biases
from bridle.dropout.keras_layers.recurrent.torch_lstm import run_fused, runs_fused
from bridle.dropout.noise import Noise
from bridle.dropout.rate import checked_rate
from bridle.errors import InputError

__all__ = ["DropoutGRU", "DropoutLSTM"]

keras = load_keras()
ops = keras.ops
LSTM: Any = keras.layers.LSTM
GRU: Any = keras.layers.GRU


class RecurrentNoise(ABC):
    """Mix-in with the noise of a recurrent layer; precedes the Keras layer in the class's bases.

    Parameters
    ----------
    units : int
        Size of the state, at least 1.
    *args, **kwargs
        As in the layer.
    dropout : float
        Fraction of inputs to drop, in [0, 1], default 0.
    recurrent_dropout : float
        Fraction of the state to drop in the recurrent products, in [0, 1], default 0.
    weight_dropout : float
        Fraction of recurrent weights to drop, in [0, 1], default 0. One mask per batch.
    seed : int, optional
        Any integer; default: fresh keys.
    schedule : Schedule or dict, optional
        Schedule of the three rates over the training calls; default: constant rates.

    Raises
    ------
    InputError
        An argument is outside its range.
    """

    cell: Any
    go_backwards: Any
    unroll: Any
    zero_output_for_mask: Any
    return_sequences: Any
    weight_noise: Any

    _in_loop_of_keras = False

    def __init__(
        self,
        units: int,
        *args: Any,
        dropout: Any = 0.0,
        recurrent_dropout: Any = 0.0,
        weight_dropout: Any = 0.0,
        seed: Any = None,
        schedule: Any = None,
        **kwargs: Any,
    ) -> None:
        # The cell also has a seed generator, which is never used.
        super().__init__(units, *args, seed=0, **kwargs)  # type: ignore[call-arg]
        self.input_noise = _source("dropout", dropout, seed, schedule)
        self.state_noise = _source("recurrent_dropout", recurrent_dropout, seed, schedule)
        self.weight_noise = _source("weight_dropout", weight_dropout, seed, schedule)
        self.seed = seed
        # Keras's own masks are never drawn (`_maybe_config_dropout_masks`). But code that fuses
        # this layer with another checks the cell's rate, and must not fuse if there is dropout.
        self.cell.dropout = 1.0

    @abstractmethod
    def step(self, x: Any, states: list[Any], state_multiplier: Any) -> tuple[Any, list[Any]]:
        """Return the output and the states after one timestep, with noise on the state."""

    @property
    def dropout(self) -> float:
        """Fraction of inputs to drop; a new value also acts in compiled steps."""
        return _written(self.input_noise)

    @dropout.setter
    def dropout(self, rate: Any) -> None:
        _write(self, "dropout", self.input_noise, rate)

    @property
    def recurrent_dropout(self) -> float:
        """Fraction of the state to drop; a new value also acts in compiled steps."""
        return 0.0 if self._in_loop_of_keras else _written(self.state_noise)

    @recurrent_dropout.setter
    def recurrent_dropout(self, rate: Any) -> None:
        _write(self, "recurrent_dropout", self.state_noise, rate)

    @property
    def weight_dropout(self) -> float:
        """Fraction of recurrent weights to drop; a new value also acts in compiled steps."""
        return _written(self.weight_noise)

    @weight_dropout.setter
    def weight_dropout(self, rate: Any) -> None:
        _write(self, "weight_dropout", self.weight_noise, rate)

    def inner_loop(
        self, sequences: Any, initial_state: Any, mask: Any, training: bool = False
    ) -> Any:
        """Run over the timesteps, with noise if ``training``."""
        require_floating(self, sequences)
        if not training:
            return self._run(sequences, initial_state, mask)
        batch, _, n_features = ops.shape(sequences)
        if self.input_noise:
            multiplier = self.input_noise.multiplier(Noise(), (batch, 1, n_features))
            sequences = multiplied(sequences, multiplier)
        state_multiplier = None
        if self.state_noise:
            state_multiplier = self.state_noise.multiplier(Noise(), (batch, self.cell.units))
        with self._dropped_weights() if self.weight_noise else nullcontext():
            if state_multiplier is None:
                return self._run_whole(sequences, initial_state, mask)
            return self._loop(sequences, initial_state, mask, state_multiplier)

    def _run_whole(self, sequences: Any, initial_state: Any, mask: Any) -> Any:
        """Run with noise on inputs and weights only, which needs no loop of our own."""
        return self._run(sequences, initial_state, mask)

    def _run(self, sequences: Any, initial_state: Any, mask: Any) -> Any:
        """Run Keras's own loop, which is fused if the cell has no dropout of the state."""
        self._in_loop_of_keras = True
        try:
            return super().inner_loop(sequences, initial_state, mask)  # type: ignore[misc]
        finally:
            self._in_loop_of_keras = False

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the constructor."""
        config: dict[str, Any] = super().get_config()  # type: ignore[misc]
        for source in (self.input_noise, self.state_noise, self.weight_noise):
            config |= source.config() if source else {}
        return {**config, "seed": self.seed}

    def _dropped_weights(self) -> Any:
        """Return a scope in which reading the recurrent weights gives them with some set to zero.

        The other variables keep their values from the enclosing scope.
        """
        kernel = self.cell.recurrent_kernel
        multiplier = self.weight_noise.multiplier(Noise(), tuple(kernel.shape))
        dropped = multiplied(kernel.value, multiplier)
        others = [(other, other.value) for other in self.cell.variables if other is not kernel]
        return keras.StatelessScope([(kernel, dropped), *others])

    def _loop(self, sequences: Any, initial_state: Any, mask: Any, state_multiplier: Any) -> Any:
        return keras.src.backend.rnn(
            lambda x, states: self.step(x, states, state_multiplier),
            sequences,
            initial_state,
            go_backwards=self.go_backwards,
            mask=mask[0] if isinstance(mask, (list, tuple)) else mask,
            unroll=self.unroll,
            input_length=sequences.shape[1],
            zero_output_for_mask=self.zero_output_for_mask,
            return_all_outputs=self.return_sequences,
        )

    def _maybe_config_dropout_masks(self, *args: Any) -> None:  # noqa: B027
        """Draw nothing; Keras would draw its own masks here, which are not used."""


@stored_as("LSTM")
@registered
class DropoutLSTM(RecurrentNoise, LSTM):
    """An LSTM with dropout of inputs, state and recurrent weights, the same at all timesteps.

    Of the inputs ``x_t m_x / (1 - dropout)`` remains, of the recurrent products
    ``(h_t m_h / (1 - recurrent_dropout)) (U m_U / (1 - weight_dropout))``. The masks m_x and m_h
    are drawn for each sequence, m_U for each batch.

    Drop-in replacement for `keras.layers.LSTM`: same weights, same files. ``dropout`` and
    ``weight_dropout`` run the backend's fused kernel, as without noise; on PyTorch also on the CPU,
    where Keras itself loops over the timesteps. ``recurrent_dropout`` needs a loop.

    Parameters
    ----------
    units, *args, **kwargs
        As in `keras.layers.LSTM`.
    dropout : float
        Fraction of inputs to drop, in [0, 1], default 0.
    recurrent_dropout : float
        Fraction of the state to drop in the recurrent products, in [0, 1], default 0. The cell
        state c is never dropped.
    weight_dropout : float
        Fraction of recurrent weights to drop, in [0, 1], default 0.
    seed, schedule
        As in `bridle.dropout.keras_layers.Dropout`.

    Raises
    ------
    InputError
        An argument is outside its range; or a rate that was 0 at construction is set later.

    Source: Gal and Ghahramani 2016, "A theoretically grounded application of dropout in recurrent
    neural networks", section 4, for constant masks; Merity et al. 2018, "Regularizing and
    optimizing LSTM language models", section 2, for dropped weights.
    """

    def step(self, x: Any, states: list[Any], state_multiplier: Any) -> tuple[Any, list[Any]]:
        """Return output and states after one timestep; h enters only the recurrent products."""
        output, after = self.cell.call(x, [multiplied(states[0], state_multiplier), states[1]])
        return output, after

    def _run_whole(self, sequences: Any, initial_state: Any, mask: Any) -> Any:
        if (self.input_noise or self.weight_noise) and runs_fused(self, sequences, mask):
            return run_fused(self, sequences, initial_state)
        return super()._run_whole(sequences, initial_state, mask)


@stored_as("GRU")
@registered
class DropoutGRU(RecurrentNoise, GRU):
    """A GRU with dropout of inputs, state and recurrent weights, the same at all timesteps.

    The state is masked in the recurrent products only; the update gate carries over the unmasked
    state. Drop-in replacement for `keras.layers.GRU`: same weights, same files. Parameters,
    exceptions and sources as in `DropoutLSTM`.
    """

    def step(self, x: Any, states: list[Any], state_multiplier: Any) -> tuple[Any, list[Any]]:
        """Return the output and the states after one timestep."""
        cell = self.cell
        masked = multiplied(states[0], state_multiplier)
        bias = ops.convert_to_tensor(cell.bias) if cell.use_bias else None
        input_bias, recurrent_bias = two_biases(bias)
        x = ops.matmul(x, cell.kernel) + input_bias
        recurrent = ops.convert_to_tensor(cell.recurrent_kernel)
        after = gru_step(cell, x, states[0], masked, recurrent, recurrent_bias)
        return after, [after]


def _source(argument: str, rate: Any, seed: Any, schedule: Any) -> NoiseSource | None:
    """Return the source of a noise, or None at rate 0, which lets the fused kernel run."""
    if checked_rate(rate, argument) == 0:
        return None
    return NoiseSource(rate, seed, schedule, argument=argument)


def _written(source: NoiseSource | None) -> float:
    # The given number: Keras reads the rate while the variable is traced and has no value.
    return source.written if source else 0.0


def _write(layer: Any, argument: str, source: NoiseSource | None, rate: Any) -> None:
    if source is None:
        raise InputError(
            f"{argument} of {type(layer).__qualname__} {layer.name!r} cannot be set on a layer "
            f"that was made without it. Received: {argument}={rate!r}. Build the layer with a rate "
            "above 0; it can be lowered later."
        )
    source.rate = rate
