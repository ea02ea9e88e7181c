"""Rates of the dropouts of a chain, which can be set although shapes depend on them."""

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
    """Say whether a training step follows: TensorFlow's keeps the shapes that it was compiled for."""
    return bool(keras.backend.backend() != "tensorflow")


class ChainRates:
    """The plan of a chain for the rates of the moment.

    The kept units of a compiled step have a fixed shape. So that JAX compiles it anew after a rate
    was set, and only then, there is a variable for each dropout that is as long as the number of
    blocks dropped, N - k. It stands among what every step reads, `variables`; its values are never
    used. PyTorch runs the layer as it is.

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
        """Those of the rates that were written, also if a rate is set to 0 now."""
        return tuple(ChainDropout(self, at) for at, one in enumerate(self.written) if one > 0)

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
                "The rate of a SubNetwork cannot be set on TensorFlow, where it is part of a "
                "compiled step. Cut a new network: "
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
    """One dropout of a chain.

    Parameters
    ----------
    chain : ChainRates
    at : int
        Number of the layer after which it stands.
    """

    def __init__(self, chain: ChainRates, at: int) -> None:
        self._chain = chain
        self._at = at

    @property
    def rate(self) -> float:
        """Share of blocks to drop; after it is set, a step is compiled anew."""
        return self._chain.plan.rates[self._at]

    @rate.setter
    def rate(self, rate: Any) -> None:
        rates = [*self._chain.plan.rates]
        rates[self._at] = checked_rate(rate)
        self._chain.set(rates)

    @property
    def layers(self) -> tuple[Any, ...]:
        """The layer that makes the units, and the one after which they are dropped."""
        plan = self._chain.plan
        return tuple(dict.fromkeys([plan.source(self._at), plan.layers[self._at]]))
