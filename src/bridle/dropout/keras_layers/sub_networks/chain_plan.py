"""Plan of a chain of layers: the position of each dropout and the units it drops."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from bridle.arguments.scalars import is_number, refuse
from bridle.dropout.keras_layers.sub_networks.sub_layers import (
    computes,
    flattens,
    n_units_of,
    passes,
    passes_zeros,
    work_of,
)
from bridle.dropout.rate import checked_rate
from bridle.dropout.subnetwork import UnitBlocks, Work
from bridle.errors import InputError

__all__ = ["ChainPlan", "plan_chain"]


@dataclass(frozen=True)
class ChainPlan:
    """Consecutive layers and the dropouts between them, made by `plan_chain`.

    Parameters
    ----------
    layers : tuple of keras.Layer
    rates : tuple of float
        Rate of the dropout after each layer, 0 for none.
    blocks : mapping of int to UnitBlocks
        The units of each dropout, by the index of the layer before it; without dropouts that drop
        nothing.
    dropout_of : mapping of int to int
        For each computing layer whose units are dropped: the layer after which they are dropped.
    """

    layers: tuple[Any, ...]
    rates: tuple[float, ...]
    blocks: Mapping[int, UnitBlocks]
    dropout_of: Mapping[int, int]

    def source(self, at: int) -> Any:
        """Return the computing layer whose units are dropped after layer ``at``."""
        return self.layers[max(i for i in range(at + 1) if computes(self.layers[i]))]

    def works(self, shapes: Sequence[tuple[Any, ...]], rows: int) -> list[Work]:
        """Return the size of the matrix product of each computing layer.

        Parameters
        ----------
        shapes : sequence of tuple
            Output shape of each layer.
        rows : int
            Number of samples with the same draw.
        """
        share, works = 1.0, []
        for at, (layer, shape) in enumerate(zip(self.layers, shapes, strict=True)):
            if computes(layer):
                blocks = self.blocks.get(self.dropout_of.get(at, -1))
                kept = 1.0 if blocks is None else blocks.kept_units / blocks.n_units
                works.append(work_of(layer, shape[1:], share, kept, rows))
                share = kept
        return works


def plan_chain(layers: Sequence[Any], rate: Any, block_size: int | None) -> ChainPlan:
    """Return the plan of a chain.

    Parameters
    ----------
    layers : sequence of keras.Layer
    rate : float or sequence of float
        In [0, 1]. A number: the rate of a dropout after each computing layer (and the activation
        that follows it) except the last. A sequence: the rate after each layer, 0 for no dropout.
    block_size : int, optional
        As in `bridle.dropout.subnetwork.UnitBlocks`.

    Raises
    ------
    InputError
        A layer, a rate or the block size cannot be used, or the units at a dropout are no longer
        those of the computing layer before it.
    """
    layers = tuple(layers)
    _check_layers(layers)
    rates = _rates(layers, rate)
    found: dict[int, UnitBlocks] = {}
    dropout_of: dict[int, int] = {}
    for at, layer in enumerate(layers):
        ahead = _dropout_of(layers, rates, at) if computes(layer) else None
        if ahead is not None:
            found[ahead] = UnitBlocks(n_units_of(layer), rates[ahead], block_size)
            dropout_of[at] = ahead
    misplaced = [at for at, rate in enumerate(rates) if rate > 0 and at not in found]
    if misplaced:
        raise InputError(
            "Each computing layer can have one dropout: right after it or after its activation, "
            "before any Flatten, with only pooling and Flatten from there to the next computing "
            f"layer. Received: rate={rates[misplaced[0]]:g} after layer {misplaced[0]}, "
            f"{type(layers[misplaced[0]]).__name__}."
        )
    blocks = {at: units for at, units in found.items() if units.dropped_blocks > 0}
    dropout_of = {at: ahead for at, ahead in dropout_of.items() if ahead in blocks}
    return ChainPlan(layers, rates, blocks, dropout_of)


def _check_layers(layers: tuple[Any, ...]) -> None:
    for layer in layers:
        if not (computes(layer) or passes(layer)):
            raise InputError(
                "layers must be Dense, Conv1D to Conv3D with the channels last, LSTM, GRU or "
                "SimpleRNN, with elementwise activations, pooling and Flatten between them. "
                f"Received: {type(layer).__name__} {getattr(layer, 'name', layer)!r}"
                f"{_channels_first(layer)}."
            )
    if not layers or not computes(layers[0]):
        raise InputError(
            "The first layer must be Dense, a convolution, LSTM, GRU or SimpleRNN. "
            f"Received: layers of types {[type(layer).__name__ for layer in layers]}."
        )


def _channels_first(layer: Any) -> str:
    first = getattr(layer, "data_format", None) == "channels_first"
    return " with data_format='channels_first'" if first else ""


def _rates(layers: tuple[Any, ...], rate: Any) -> tuple[float, ...]:
    """Return the rate after each layer."""
    if is_number(rate):
        computing = [at for at, layer in enumerate(layers) if computes(layer)]
        rates = [0.0] * len(layers)
        for at, following in pairwise(computing):
            acts = at + 1 < following and not passes_zeros(layers[at + 1])
            rates[at + 1 if acts else at] = checked_rate(rate)
        return tuple(rates)
    if isinstance(rate, str) or not isinstance(rate, Sequence) or len(rate) != len(layers):
        refuse("rate", f"a number, or a number for each of the {len(layers)} layers", rate)
    return tuple(checked_rate(share, f"rate[{at}]") for at, share in enumerate(rate))


def _dropout_of(layers: tuple[Any, ...], rates: tuple[float, ...], at: int) -> int | None:
    """Return the layer after which a computing layer's units are dropped, or None."""
    ahead: int | None = None
    for index in range(at, len(layers)):
        layer = layers[index]
        if index > at and (computes(layer) or (ahead is not None and not passes_zeros(layer))):
            # Dropped units would not stay zero if an activation followed the dropout.
            return ahead if computes(layer) else None
        if ahead is None and rates[index] > 0:
            ahead = index
        if flattens(layer) and ahead in (None, index):
            return None
    return ahead
