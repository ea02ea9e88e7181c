"""`SubNetwork`: a chain of layers whose dropped units are not computed."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np

from bridle.arguments.scalars import is_integer, refuse
from bridle.backend import load_keras
from bridle.dropout.keras_layers.base import registered
from bridle.dropout.keras_layers.masks.source import as_number, multiplied, require_floating
from bridle.dropout.keras_layers.masks.stream import Stream
from bridle.dropout.keras_layers.sub_networks.chain_plan import ChainPlan
from bridle.dropout.keras_layers.sub_networks.chain_rates import ChainDropout, ChainRates
from bridle.dropout.keras_layers.sub_networks.gather_blocks import spread_blocks
from bridle.dropout.keras_layers.sub_networks.sub_layers import computes, flattens, only_some
from bridle.dropout.rate import checked_rate, checked_seed
from bridle.dropout.subnetwork import Selection, Work, group_bounds
from bridle.errors import BridleWarning, UnknownNameError

__all__ = ["SubNetwork"]

keras = load_keras()
ops = keras.ops
Layer: Any = keras.layers.Layer

COMPUTE = ("auto", "kept", "all")


@registered
class SubNetwork(Layer):
    """A chain of layers with dropout of blocks, which computes only the units it keeps.

    Each training step keeps exactly k of the N blocks of each dropout and scales them by N / k. All
    rows of the batch, or of each of its groups, use the same blocks. Outputs, gradients and
    therefore all optimiser steps equal those of the whole layers under the same masks, up to
    rounding. In a recurrent layer, a dropped unit is left out of the recurrent products and of the
    output, at all timesteps. At inference the layers are used whole and unscaled. The mathematics
    is in `bridle.dropout.subnetwork`.

    Parameters
    ----------
    layers : sequence of keras.Layer
        `Dense`, `Conv1D` to `Conv3D` with the channels last, `LSTM`, `GRU`, `SimpleRNN`; between
        them elementwise activations, pooling and `Flatten`. They own the weights.
    rate : float or sequence of float
        Fraction of blocks to drop, in [0, 1], default 0.5. A number: the rate of a dropout after
        each computing layer (and the activation that follows it) except the last. A sequence: the
        rate after each layer, 0 for no dropout. Setting the rate later recompiles training steps,
        whose shapes depend on it; on TensorFlow it cannot be set.
    groups : int
        Number of different sub-networks in a batch, at least 1, default 1.
    block_size : int, optional
        Units in a block; default: the largest of 8, 4, 2, 1 that leaves at least 16 blocks.
    compute : {"auto", "kept", "all"}
        ``"kept"`` computes only the kept units; ``"all"`` computes all units and masks the dropped
        ones, with the same draw. Default ``"auto"`` chooses the faster by the shapes, and warns
        when it masks.
    seed : int, optional
        Any integer; default: a fresh key.
    **kwargs
        As in `keras.layers.Layer`.

    Raises
    ------
    InputError
        A layer or an argument cannot be used; the message names it.

    Source: Graham, Reizenstein and Robinson 2015, "Efficient batchwise dropout training using
    submatrices" (arXiv 1502.02478); for recurrent layers Moon et al. 2015, "RnnDrop: a novel
    dropout for RNNs in ASR"; here the mask acts on the output of the cell.
    """

    def __init__(
        self,
        layers: Sequence[Any],
        rate: Any = 0.5,
        *,
        groups: int = 1,
        block_size: int | None = None,
        compute: str = "auto",
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if not (is_integer(groups) and groups >= 1):
            refuse("groups", "an integer from 1 upwards", groups)
        if compute not in COMPUTE:
            raise UnknownNameError("way to compute", compute, COMPUTE)
        self.layers = list(layers)
        self._rates = ChainRates(self.layers, rate, block_size)
        self.groups = groups
        self.block_size = block_size
        self.compute = compute
        self.seed = None if seed is None else checked_seed(seed)
        self.stream = Stream(self.seed, "subnetwork")
        self._told: ChainPlan | None = None

    @property
    def rates(self) -> tuple[float, ...]:
        """The rate of the dropout after each layer, 0 for no dropout."""
        return self._rates.plan.rates

    @property
    def rate(self) -> float:
        """The largest rate; setting it sets all rates and recompiles training steps."""
        return max(self.rates)

    @rate.setter
    def rate(self, rate: Any) -> None:
        checked = checked_rate(rate)
        self._rates.set([checked if rate > 0 else 0.0 for rate in self._rates.written])

    @property
    def dropouts(self) -> tuple[ChainDropout, ...]:
        """The dropouts of the chain, with rates that can be set separately."""
        return self._rates.dropouts

    @property
    def variables(self) -> list[Any]:
        """Variables of the layers, the state of the stream, and markers of the current rates."""
        return [*super().variables, *self._rates.variables]

    def build(self, input_shape: Any) -> None:
        """Build each layer on the output shape of the layer before it."""
        for layer, shape in zip(
            self.layers, [input_shape, *self._shapes(input_shape)], strict=False
        ):
            if not layer.built:
                layer.build(shape)
        self.built = True

    def call(self, inputs: Any, training: bool = False) -> Any:
        """Return the output of the last layer; of a drawn sub-network if ``training``."""
        if not training or not self._rates.plan.blocks:
            for layer in self.layers:
                inputs = layer(inputs)
            return inputs
        require_floating(self, inputs)
        drawn = self._selections()
        if not self._computes_kept(inputs.shape):
            return self._masked(inputs, drawn)
        if self.groups == 1:
            return self._kept_alone(inputs, drawn[0])
        bounds = group_bounds(ops.shape(inputs)[0], self.groups)
        parts = [
            self._kept_alone(inputs[begin:end], chosen)
            for chosen, begin, end in zip(drawn, bounds, bounds[1:], strict=False)
        ]
        return ops.concatenate(parts)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the shape of the last layer's output."""
        return self._shapes(input_shape)[-1]

    def compute_output_spec(self, inputs: Any, training: bool = False) -> Any:
        """Return the shape and type of the output, without a draw."""
        shape = self.compute_output_shape(inputs.shape)
        return keras.KerasTensor(shape, dtype=self.layers[-1].compute_dtype)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the constructor."""
        return {
            **super().get_config(),
            "layers": [keras.saving.serialize_keras_object(layer) for layer in self.layers],
            "rate": list(self._rates.written),
            "rate_now": list(self.rates),
            "groups": self.groups,
            "block_size": self.block_size,
            "compute": self.compute,
            "seed": self.seed,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """Return the layer that a config describes."""
        read = keras.saving.deserialize_keras_object
        arguments = {**config, "layers": [read(layer) for layer in config["layers"]]}
        now = arguments.pop("rate_now", None)
        layer = cls(**arguments)
        if now is not None:
            layer._rates.set(now)
        return layer

    def save_own_variables(self, store: Any) -> None:
        """Write key and counter."""
        store["stream"] = self.stream.state.value

    def load_own_variables(self, store: Any) -> None:
        """Read what `save_own_variables` wrote."""
        state = self.stream.state
        state.assign(np.asarray(store["stream"]).astype(state.dtype))

    def _shapes(self, input_shape: Any) -> list[tuple[Any, ...]]:
        shapes: list[tuple[Any, ...]] = []
        for layer in self.layers:
            shapes.append(tuple(layer.compute_output_shape(shapes[-1] if shapes else input_shape)))
        return shapes

    def _selections(self) -> list[dict[int, Selection]]:
        """Return the kept units of each dropout in each group, from one draw for all."""
        dropouts = self._rates.plan.blocks
        sizes = [blocks.n_blocks for blocks in dropouts.values()]
        drawn = keras.random.uniform((self.groups, sum(sizes)), dtype="float32", seed=self.stream)
        ends = np.cumsum(sizes).tolist()
        return [
            {
                at: blocks.selection(drawn[group, end - blocks.n_blocks : end], ops)
                for (at, blocks), end in zip(dropouts.items(), ends, strict=True)
            }
            for group in range(self.groups)
        ]

    def _kept_alone(self, x: Any, chosen: dict[int, Selection]) -> Any:
        """Return the output for the rows of one group, computing only the kept units."""
        plan = self._rates.plan
        scales: dict[int | None, float] = {at: units.scale for at, units in plan.blocks.items()}
        rows: Selection | None = None
        for at, layer in enumerate(self.layers):
            if computes(layer):
                ahead = plan.dropout_of.get(at)
                columns = None if ahead is None else chosen[ahead]
                x = only_some(layer, x, rows, columns, scales.get(ahead, 1.0))
                rows = columns
            else:
                if flattens(layer) and rows is not None:
                    rows = rows.repeated(prod(x.shape[1:-1]), ops)
                x = layer(x)
            if at in scales:
                x = multiplied(x, scales[at])
        return x if rows is None else spread_blocks(x, rows)

    def _masked(self, x: Any, drawn: list[dict[int, Selection]]) -> Any:
        """Return the output of the whole layers, with each row under the mask of its group."""
        plan, n_rows = self._rates.plan, ops.shape(x)[0]
        group = ops.arange(n_rows) * self.groups // n_rows
        masks: dict[int | None, Any] = {
            at: ops.take(
                ops.stack([blocks.multiplier(chosen[at], as_number) for chosen in drawn]),
                group,
                axis=0,
            )
            for at, blocks in plan.blocks.items()
        }
        for at, layer in enumerate(self.layers):
            if computes(layer):
                x = only_some(layer, x, None, None, masks.get(plan.dropout_of.get(at), 1.0))
            else:
                x = layer(x)
            if at in masks:
                inner = (1,) * (len(x.shape) - 2)
                x = multiplied(x, ops.reshape(masks[at], (-1, *inner, x.shape[-1])))
        return x

    def _computes_kept(self, input_shape: Any) -> bool:
        if self.compute != "auto" or input_shape[0] is None:
            return self.compute != "all"
        rows = max(1, input_shape[0] // self.groups)
        pays = Work.pays(self._rates.plan.works(self._shapes(input_shape), rows), self.groups)
        if not pays and self._told is not self._rates.plan:
            warnings.warn(
                f"The sub-network {self.name!r} computes all units and masks the dropped ones, "
                f"which is faster on batches of {input_shape[0]} rows than leaving them out. The "
                "result is the same. Use larger batches to save time, or compute='kept' to force "
                "it.",
                BridleWarning,
                stacklevel=2,
            )
        self._told = self._rates.plan
        return pays
