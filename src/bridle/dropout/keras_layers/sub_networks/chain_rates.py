"""Settable rates for the dropouts of a chain, although shapes depend on them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from bridle.backend import load_keras
from bridle.dropout.keras_layers.sub_networks.chain_plan import ChainPlan, plan_chain
from bridle.dropout.rate import checked_rate
from bridle.errors import InputError

__all__ = ["ChainDropout", "ChainRates", "rates_can_be_set"]

keras = load_keras()


def rates_can_be_set() -> bool:
    """Return whether rates can be set: compiled steps of TensorFlow keep their shapes."""
    return bool(keras.backend.backend() != "tensorflow")


class ChainRates:
    """The plan of a chain at the current rates.

    A compiled step has fixed shapes, so JAX must recompile it after a rate changes, and only then.
    For this each dropout has a variable whose length is the number of dropped blocks, N - k. Every
    step reads these `variables`, so a changed length makes JAX recompile; their values are not
    used. PyTorch compiles nothing and needs none.

    Parameters
    ----------
    layers, rate, block_size
        As in `bridle.dropout.keras_layers.sub_networks.chain_plan.plan_chain`.

    Raises
    ------
    InputError
        A layer or an argument cannot be used.
    """

    def __init__(self, layers: Sequence[Any], rate: Any, block_size: int | None) -> None:
        self.plan: ChainPlan = plan_chain(layers, rate, block_size)
        self.written = self.plan.rates
        self._block_size = block_size
        self.variables = self._variables()

    @property
    def dropouts(self) -> tuple[ChainDropout, ...]:
        """The dropouts with a rate above 0 at construction, even if the rate is 0 now."""
        return tuple(ChainDropout(self, at) for at, rate in enumerate(self.written) if rate > 0)

    def set(self, rates: Sequence[Any]) -> None:
        """Set the rate after each layer.

        Raises
        ------
        InputError
            A rate is outside its range; or the backend is TensorFlow.
        """
        if tuple(rates) == self.plan.rates:
            return
        if not rates_can_be_set():
            raise InputError(
                "The rate of a SubNetwork cannot be set on TensorFlow, where compiled steps have "
                "fixed shapes. Make a new network: "
                'add_dropout(model, rate, kind="subnetwork", existing="replace"). '
                f"Received: rate={list(rates)!r}."
            )
        self.plan = plan_chain(self.plan.layers, rates, self._block_size)
        self.variables = self._variables()

    def _variables(self) -> list[Any]:
        if keras.backend.backend() != "jax":
            return []
        blocks = self.plan.blocks
        sizes = {
            at: blocks[at].dropped_blocks if at in blocks else 0
            for at, written in enumerate(self.written)
            if written > 0
        }
        return [
            keras.Variable(
                np.zeros(size, bool), dtype="bool", trainable=False, autocast=False, name=f"n_{at}"
            )
            for at, size in sizes.items()
        ]


class ChainDropout:
    """A dropout of a chain, with a rate that can be set.

    Parameters
    ----------
    chain : ChainRates
    at : int
        Index of the layer before it.
    """

    def __init__(self, chain: ChainRates, at: int) -> None:
        self._chain = chain
        self._at = at

    @property
    def rate(self) -> float:
        """Fraction of blocks to drop; setting it recompiles training steps."""
        return self._chain.plan.rates[self._at]

    @rate.setter
    def rate(self, rate: Any) -> None:
        rates = [*self._chain.plan.rates]
        rates[self._at] = checked_rate(rate)
        self._chain.set(rates)

    @property
    def layers(self) -> tuple[Any, ...]:
        """The layer that computes the units and the layer after which they are dropped."""
        plan = self._chain.plan
        return tuple(dict.fromkeys([plan.source(self._at), plan.layers[self._at]]))
