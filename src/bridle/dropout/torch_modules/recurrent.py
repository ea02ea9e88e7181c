"""LSTM and GRU with dropout of inputs, state and recurrent weights.

A fresh mask at every time step would erase the memory of a recurrent network. So each mask is drawn
once per sequence (inputs, state) or once per batch (weights) and used at all time steps.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.rnn import PackedSequence

from bridle.arguments.scalars import refuse
from bridle.dropout.noise import Noise
from bridle.dropout.torch_modules.source import NoiseSource, Scheduling, require_float, scaled
from bridle.errors import InputError

__all__ = ["DropoutGRU", "DropoutLSTM"]


class RecurrentNoise(nn.Module, ABC):
    """Base of LSTM and GRU with dropout masks that are the same at every time step.

    Parameters
    ----------
    *sizes, **settings
        As for the PyTorch module, whose ``state_dict`` loads strictly. Its own ``dropout`` must
        be 0: it would draw a new mask at every time step, from the global generator.
    input_dropout : float, optional
        Fraction of input features to drop, in [0, 1]: ``x_t m / (1 - rate)``, one m per sequence.
        Default None: no such dropout.
    recurrent_dropout : float, optional
        Fraction of state units to drop in the recurrent products, in [0, 1]:
        ``U (h_t m / (1 - rate))``, one m per sequence. Default None. Needs a loop over time steps,
        ``num_layers=1`` and no projection.
    weight_dropout : float, optional
        Fraction of recurrent weights to drop, in [0, 1]: ``(U m / (1 - rate)) h_t``, one m per
        batch. Default None. The fastest of the three: PyTorch's fused kernel computes all time
        steps, as without dropout.
    schedule, seed
        As for `Dropout`.

    Raises
    ------
    InputError
        A rate is outside its range, or the module does not support it.

    Source: Gal and Ghahramani 2016, "A theoretically grounded application of dropout in recurrent
    neural networks", section 4; Merity et al. 2018, "Regularizing and optimizing LSTM language
    models", section 2, for dropped weights.
    """

    _flat_weights: list[Tensor]

    def __init__(
        self,
        *sizes: Any,
        input_dropout: float | None = None,
        recurrent_dropout: float | None = None,
        weight_dropout: float | None = None,
        schedule: Scheduling = None,
        seed: int | None = None,
        **settings: Any,
    ) -> None:
        super().__init__(*sizes, **settings)
        self._require_plain(recurrent_dropout)
        self.input_noise = _source("input_dropout", input_dropout, schedule, seed)
        self.state_noise = _source("recurrent_dropout", recurrent_dropout, schedule, seed)
        self.weight_noise = _source("weight_dropout", weight_dropout, schedule, seed)

    @property
    def input_dropout(self) -> float | None:
        """Fraction of input features to drop; can be set if it was given at construction."""
        return _written(self.input_noise)

    @input_dropout.setter
    def input_dropout(self, rate: float) -> None:
        _write("input_dropout", self.input_noise, rate)

    @property
    def recurrent_dropout(self) -> float | None:
        """Fraction of state units to drop; can be set if it was given at construction."""
        return _written(self.state_noise)

    @recurrent_dropout.setter
    def recurrent_dropout(self, rate: float) -> None:
        _write("recurrent_dropout", self.state_noise, rate)

    @property
    def weight_dropout(self) -> float | None:
        """Fraction of recurrent weights to drop; can be set if it was given at construction."""
        return _written(self.weight_noise)

    @weight_dropout.setter
    def weight_dropout(self, rate: float) -> None:
        _write("weight_dropout", self.weight_noise, rate)

    def forward(self, input: Any, hx: Any = None) -> Any:  # noqa: A002
        """Return the outputs and the last state, as the PyTorch module does.

        Raises
        ------
        InputError
            A packed sequence meets ``input_dropout`` or ``recurrent_dropout``, or the input is not of a
            floating-point type.
        """
        if not self.training:
            return super().forward(input, hx)
        packed = isinstance(input, PackedSequence)
        if packed and (self.input_noise or self.state_noise):
            raise InputError(
                "Packed sequences support only weight_dropout. Received: input_dropout or "
                "recurrent_dropout. Pad the sequences instead, or use weight_dropout."
            )
        require_float(input.data if packed else input)
        if self.input_noise:
            time = 1 if self.batch_first and input.ndim == 3 else 0
            input = self.input_noise.apply_noise(input, Noise(shared_axes=(time,)))  # noqa: A001
        weights = self._flat_weights
        # The fused kernel reads its weights from this list.
        self._flat_weights = self._thinned_weights()
        try:
            if self.state_noise is None:
                return super().forward(input, hx)
            return self._unrolled(self.state_noise, input, hx)
        finally:
            self._flat_weights = weights

    def _thinned_weights(self) -> list[Tensor]:
        named = zip(self._flat_weights_names, self._flat_weights, strict=True)
        if not self.weight_noise:
            return [weight for _, weight in named]
        return [
            scaled(weight, self.weight_noise.bernoulli(weight, tuple(weight.shape)))
            if name.startswith("weight_hh")
            else weight
            for name, weight in named
        ]

    def _unrolled(self, noise: NoiseSource, input: Tensor, hx: Any) -> Any:  # noqa: A002
        batched = input.ndim == 3
        x = input if batched else input.unsqueeze(1)
        x = x.transpose(0, 1) if self.batch_first and batched else x
        starts = self._split(hx, x, batched)
        size = len(self._flat_weights) // len(starts)
        outputs, ends = [], []
        for direction, start in enumerate(starts):
            weights = self._flat_weights[direction * size : (direction + 1) * size]
            output, end = self._run(noise, x.flip(0) if direction else x, start, weights)
            outputs.append(output.flip(0) if direction else output)
            ends.append(end)
        y = torch.cat(outputs, dim=-1)
        y = y.transpose(0, 1) if self.batch_first and batched else y
        return (y if batched else y.squeeze(1)), self._joined(ends, batched)

    def _run(
        self, noise: NoiseSource, x: Tensor, state: tuple[Tensor, ...], weights: list[Tensor]
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        input_weight, state_weight, *biases = weights
        input_bias, state_bias = biases or (None, None)
        multiplier = noise.bernoulli(state[0], tuple(state[0].shape))
        from_input = functional.linear(x, input_weight, input_bias)
        outputs = []
        for gates in from_input:
            recurrent = functional.linear(scaled(state[0], multiplier), state_weight, state_bias)
            state = self._step(gates, recurrent, state)
            outputs.append(state[0])
        return torch.stack(outputs), state

    def _split(self, hx: Any, x: Tensor, batched: bool) -> list[tuple[Tensor, ...]]:
        """Return the initial state of each direction, tensors of shape (N, H)."""
        n_directions = 2 if self.bidirectional else 1
        if hx is None:
            zeros = x.new_zeros(x.shape[1], self.hidden_size)
            return [(zeros,) * self._n_states] * n_directions
        states = hx if isinstance(hx, tuple) else (hx,)
        states = states if batched else tuple(state.unsqueeze(1) for state in states)
        return [tuple(state[direction] for state in states) for direction in range(n_directions)]

    def _joined(self, ends: list[tuple[Tensor, ...]], batched: bool) -> Any:
        states = tuple(torch.stack(parts) for parts in zip(*ends, strict=True))
        states = states if batched else tuple(state.squeeze(1) for state in states)
        return states if self._n_states > 1 else states[0]

    def _require_plain(self, recurrent_dropout: float | None) -> None:
        if self.dropout:
            refuse(
                "dropout",
                "0. Use input_dropout, whose mask is the same at all time steps",
                self.dropout,
            )
        if recurrent_dropout is not None and (self.num_layers > 1 or self.proj_size):
            raise InputError(
                "recurrent_dropout needs num_layers=1 and proj_size=0. Stack modules of one layer, "
                f"or use weight_dropout. Received: num_layers={self.num_layers}, "
                f"proj_size={self.proj_size}."
            )

    @property
    @abstractmethod
    def _n_states(self) -> int: ...

    @abstractmethod
    def _step(
        self, gates: Tensor, recurrent: Tensor, state: tuple[Tensor, ...]
    ) -> tuple[Tensor, ...]:
        """Return the next state from the input and recurrent products, each (N, gates * H)."""


class DropoutLSTM(RecurrentNoise, nn.LSTM):
    """``torch.nn.LSTM`` with dropout; arguments, exceptions and source as for `RecurrentNoise`."""

    _n_states = 2

    def _step(
        self, gates: Tensor, recurrent: Tensor, state: tuple[Tensor, ...]
    ) -> tuple[Tensor, ...]:
        enter, forget, new, leave = (gates + recurrent).chunk(4, dim=-1)
        cell = torch.sigmoid(forget) * state[1] + torch.sigmoid(enter) * torch.tanh(new)
        return torch.sigmoid(leave) * torch.tanh(cell), cell


class DropoutGRU(RecurrentNoise, nn.GRU):
    """``torch.nn.GRU`` with dropout; arguments, exceptions and source as for `RecurrentNoise`."""

    _n_states = 1

    def _step(
        self, gates: Tensor, recurrent: Tensor, state: tuple[Tensor, ...]
    ) -> tuple[Tensor, ...]:
        reset, update, new = gates.chunk(3, dim=-1)
        from_reset, from_update, from_new = recurrent.chunk(3, dim=-1)
        update = torch.sigmoid(update + from_update)
        new = torch.tanh(new + torch.sigmoid(reset + from_reset) * from_new)
        return ((1.0 - update) * new + update * state[0],)


def _source(
    name: str, rate: float | None, schedule: Scheduling, seed: int | None
) -> NoiseSource | None:
    return None if rate is None else NoiseSource(rate, schedule, seed, name)


def _written(source: NoiseSource | None) -> float | None:
    return None if source is None else source.rate


def _write(name: str, source: NoiseSource | None, rate: float) -> None:
    if source is None:
        raise InputError(
            f"{name} cannot be set on a module that was made without it. Received: "
            f"{name}={rate!r}. Build the module with {name}=0; it can then be raised."
        )
    source.rate = rate
