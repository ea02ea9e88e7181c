"""Chains of layers in a Keras model that a `SubNetwork` can replace."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bridle.dropout.keras_layers import SubNetwork
from bridle.dropout.keras_layers.sub_networks.sub_layers import computes, passes, passes_zeros
from bridle.dropout.rate import stream_key
from bridle.dropout.surgery.keras.copies import copy_layer
from bridle.dropout.surgery.keras.rebuild import Swap
from bridle.dropout.surgery.network_graph import Graph, Site

__all__ = ["Chain", "find_chains", "sub_network_swap"]


@dataclass(frozen=True)
class Chain:
    """Consecutive steps that nothing else reads.

    Parameters
    ----------
    paths : tuple of str
        Paths of the layers, the first of which computes.
    layers : tuple of keras.Layer
        The layers.
    rates : tuple of float
        Rate of the dropout after each layer, 0 for none.
    position : int
        Depth-first index of the first layer.
    """

    paths: tuple[str, ...]
    layers: tuple[Any, ...]
    rates: tuple[float, ...]
    position: int

    @property
    def weights(self) -> list[Any]:
        """The weights of the layers."""
        return [weight for layer in self.layers for weight in layer.weights]

    @property
    def variables(self) -> list[Any]:
        """The variables that a copy gets: the weights."""
        return self.weights

    @property
    def trainable(self) -> bool:
        """The ``trainable`` flag of the chain; its layers have their own."""
        return True


def find_chains(graph: Graph, rates: Mapping[Site, float]) -> tuple[Chain, ...]:
    """Return the longest chains with a dropout, in the order of computation.

    A chain ends at another kind of layer (normalisation, softmax, merge), at a value that is read
    twice or is an output, and at a layer that is called twice. The last layer of a chain may have
    dropout without a computing layer after it.

    Parameters
    ----------
    graph : Graph
        The network.
    rates : mapping of Site to float
        Rates of the requested dropouts, by the step that they follow.
    """
    if _has_masked_steps(graph):
        return ()
    times: dict[str, int] = {}
    for step in graph.steps:
        times[step.site.path] = times.get(step.site.path, 0) + 1
    taken: set[int] = set()
    chains = []
    for index, step in enumerate(graph.steps):
        if index in taken or times[step.site.path] > 1 or not computes(step.layer):
            continue
        run = _run_from(graph, index, rates, times)
        if any(rates.get(graph.steps[index].site, 0.0) > 0 for index in run):
            taken |= {*run}
            steps = [graph.steps[index] for index in run]
            chains.append(
                Chain(
                    tuple(step.site.path for step in steps),
                    tuple(step.layer for step in steps),
                    tuple(rates.get(step.site, 0.0) for step in steps),
                    step.position,
                )
            )
    return tuple(chains)


def sub_network_swap(chain: Chain, seed: int, name: str) -> Swap:
    """Return the swap of a chain's last layer for the `SubNetwork` of the whole chain."""

    def make() -> Any:
        layers = [copy_layer(*pair) for pair in zip(chain.layers, chain.paths, strict=True)]
        key = stream_key(seed, chain.position, "chain")
        return SubNetwork(layers, list(chain.rates), seed=key, name=name)

    return Swap(chain, make)


def _run_from(
    graph: Graph, index: int, rates: Mapping[Site, float], times: Mapping[str, int]
) -> list[int]:
    run, dropped = [index], rates.get(graph.steps[index].site, 0.0) > 0
    # The chain may end up to here: the steps after a dropout must commute with it.
    while len(graph.readers[run[-1]]) == 1 and run[-1] not in graph.outputs:
        (reader,) = graph.readers[run[-1]]
        step = graph.steps[reader]
        same_model = (
            step.site.path.rpartition("/")[0] == graph.steps[index].site.path.rpartition("/")[0]
        )
        if times[step.site.path] > 1 or not same_model:
            break
        here = rates.get(step.site, 0.0) > 0
        if computes(step.layer):
            dropped = here
        elif passes_zeros(step.layer) if dropped else passes(step.layer):
            if here and (dropped or type(step.layer).__name__ == "Flatten"):
                break
            dropped = dropped or here
        else:
            break
        run.append(reader)
    return run


def _has_masked_steps(graph: Graph) -> bool:
    """Return whether timesteps may be masked; the layers of a chain would not get the mask."""
    layers = [step.layer for step in graph.steps]
    return any(
        type(layer).__name__ == "Masking" or getattr(layer, "mask_zero", False) for layer in layers
    )
