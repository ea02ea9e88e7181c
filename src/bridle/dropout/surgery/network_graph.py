"""`Graph`: a network as a graph of steps, independent of the framework.

A step is a call of a layer, with its role and the steps that it reads. A nested model is replaced by
its steps; if it is called twice, its steps occur twice, with the same sites. The graph answers the
questions that determine where dropout can be inserted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

__all__ = ["Graph", "Role", "Site", "Step"]

Role = Literal[
    "dense",  # each unit depends on all inputs: dense layers, einsum, simple recurrent cells
    "convolution",
    "recurrent",  # can have dropout of its state inside
    "attention",  # can have dropout of its weights inside
    "embedding",
    "custom",  # has weights; its computation is unknown
    "activation",
    "normalization",
    "merge",
    "dropout",
    "other",  # shapes, pooling, inputs
]

COMPUTING = frozenset({"dense", "convolution", "recurrent", "attention", "embedding", "custom"})
"""Roles that compute new units; layers between two of them act on the same units."""


class Site(NamedTuple):
    """A place in the network's code: call number ``call`` (from 0) of the layer at ``path``.

    The path contains the names of the enclosing models and of the layer: ``"encoder/dense_1"``.
    """

    path: str
    call: int


@dataclass(frozen=True)
class Step:
    """One call of one layer.

    Parameters
    ----------
    site : Site
        Which call of which layer.
    position : int
        Depth-first index of the layer in its network, at least 0, without dropout layers, so that
        inserting some does not change it. Equal for all calls of a layer.
    role : Role
        What the layer does.
    inputs : tuple of int
        Indices of the steps that it reads, all smaller than its own index.
    layer : object
        The layer of the framework, for predicates of the user.
    activation : str, optional
        Name of its activation, None for the identity.
    spatial_axes : int, optional
        Number of axes of its output between samples and units; None if it is not known.
    own_rate : float
        Rate of the dropout that the layer is or contains, in [0, 1].
    rate_varies : bool
        Whether its rate can be changed, as for bridle's layers.
    batch_statistics : bool
        Whether it normalises with the mean and variance of the batch.
    shape : tuple of int or None
        Shape of its output for one sample; empty if it is not known.
    always_trains : bool
        Whether the call fixes ``training=True``.
    product : bool
        Whether it multiplies two values of the network, like ``Q K'``.
    attends : bool
        Whether it is attention as a single function.
    projects : bool
        Whether it is known to compute queries, keys or values of attention.
    """

    site: Site
    position: int
    role: Role
    inputs: tuple[int, ...]
    layer: object = None
    activation: str | None = None
    spatial_axes: int | None = None
    own_rate: float = 0.0
    rate_varies: bool = False
    batch_statistics: bool = False
    shape: tuple[int | None, ...] = ()
    always_trains: bool = False
    product: bool = False
    attends: bool = False
    projects: bool = False

    @property
    def drops(self) -> bool:
        """Whether it drops units or may do so later; a layer with a fixed rate of 0 does not."""
        return self.own_rate > 0 or self.rate_varies

    @property
    def computing(self) -> bool:
        """Whether it computes new units."""
        return self.role in COMPUTING


@dataclass(frozen=True)
class Graph:
    """The steps of a network in an order in which they can be computed.

    Parameters
    ----------
    steps : tuple of Step
        The steps.
    outputs : tuple of int
        Indices of the steps that the network returns.
    """

    steps: tuple[Step, ...]
    outputs: tuple[int, ...]

    @cached_property
    def readers(self) -> tuple[tuple[int, ...], ...]:
        """For each step, the steps that read it."""
        readers: list[list[int]] = [[] for _ in self.steps]
        for index, step in enumerate(self.steps):
            for source in dict.fromkeys(step.inputs):
                readers[source].append(index)
        return tuple(tuple(reader) for reader in readers)

    @cached_property
    def is_output(self) -> tuple[bool, ...]:
        """For each step, whether its units reach an output without another computing step."""
        found = [False] * len(self.steps)
        for index in reversed(range(len(self.steps))):
            found[index] = index in self.outputs or any(
                found[reader] for reader in self.readers[index] if not self.steps[reader].computing
            )
        return tuple(found)

    def activations(self, index: int) -> tuple[int, ...]:
        """Return the steps that apply the activation of a computing step.

        This is the step itself if the activation is part of it; otherwise the first activations after
        it, if there is one on every path to the next computing step; otherwise none: it is linear.
        """
        if self.steps[index].activation is not None:
            return (index,)
        found: set[int] = set()
        for reached in self._walk(index, stop=lambda step: step.role == "activation"):
            if self.steps[reached].role == "activation":
                found.add(reached)
            elif reached in self.outputs or self._feeds_computing(reached):
                return ()
        return tuple(sorted(found))

    def feeds_attention(self, index: int) -> bool:
        """Return whether a step computes queries, keys or values of attention."""
        walked = self._walk(index, stop=lambda step: False)
        return self.steps[index].projects or any(map(self._attends, walked))

    def attention_weights(self, index: int) -> tuple[int, ...]:
        """Return the softmaxes after a step whose results attention multiplies by others."""
        walked = sorted(self._walk(index, stop=lambda step: False))
        return tuple(
            node
            for node in walked
            if self.steps[node].activation == "softmax" and self.feeds_attention(node)
        )

    def _attends(self, index: int) -> bool:
        step = self.steps[index]
        return step.attends or (step.product and any(map(self._weighted, step.inputs)))

    def _weighted(self, index: int) -> bool:
        """Return whether a value comes from a softmax without a computing step between them."""
        step = self.steps[index]
        if step.computing:
            return False
        return step.activation == "softmax" or any(map(self._weighted, step.inputs))

    def normalized(self, index: int) -> int:
        """Return the last of the normalisations that directly follow a step as its only reader."""
        while len(self.readers[index]) == 1 and index not in self.outputs:
            (reader,) = self.readers[index]
            if self.steps[reader].role != "normalization":
                break
            index = reader
        return index

    def has_dropout_after(self, index: int) -> bool:
        """Return whether dropout follows before the next computing step and before any merge."""
        walked = self._walk(index, stop=lambda step: step.role in ("merge", "dropout"))
        found = [self.steps[reached] for reached in walked]
        return any(step.role == "dropout" and step.drops for step in found)

    def stands_before_batch_statistics(self, index: int) -> bool:
        """Return whether a batch normalisation follows without a computing step between them."""
        walked = self._walk(index, stop=lambda step: step.batch_statistics)
        return any(self.steps[reached].batch_statistics for reached in walked if reached != index)

    def source(self, index: int) -> Step | None:
        """Return the computing step whose units a step acts on, None for units of an input."""
        while not self.steps[index].computing:
            if not self.steps[index].inputs:
                return None
            index = self.steps[index].inputs[0]
        return self.steps[index]

    def depths(self, marked: Collection[Site]) -> dict[Site, int]:
        """Return for each marked site the largest number of others on a path from an input.

        A site that the network passes several times has its smallest depth. A site that is listed
        several times counts several times.
        """
        times = Counter(marked)
        ahead = [0] * len(self.steps)
        depths: dict[Site, int] = {}
        for index, step in enumerate(self.steps):
            ahead[index] = max(
                (ahead[i] + times[self.steps[i].site] for i in step.inputs), default=0
            )
            if step.site in times:
                depths[step.site] = min(ahead[index], depths.get(step.site, ahead[index]))
        return depths

    def _walk(self, index: int, stop: Callable[[Step], bool]) -> Iterator[int]:
        """Yield a step and those after it, up to computing steps and to steps chosen by ``stop``.

        Computing steps are not yielded, steps chosen by ``stop`` are.
        """
        waiting, seen = [index], {index}
        while waiting:
            node = waiting.pop()
            yield node
            if node != index and stop(self.steps[node]):
                continue
            for reader in self.readers[node]:
                if reader not in seen and not self.steps[reader].computing:
                    seen.add(reader)
                    waiting.append(reader)

    def _feeds_computing(self, index: int) -> bool:
        return any(self.steps[reader].computing for reader in self.readers[index])
