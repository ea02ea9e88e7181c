"""A network as a graph of steps: what each layer does, and what reads what; no framework.

A step is one call of one layer. A model within a model is opened: its steps stand in the place of
its call, so a model that is called twice contributes its steps twice, with the same sites. The
questions that decide where dropout may stand are asked here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

__all__ = ["Graph", "Role", "Site", "Step"]

Role = Literal[
    "dense",  # units that each read all inputs: dense layers, einsum, plain recurrent cells
    "convolution",
    "recurrent",  # has dropout of its own on its state
    "attention",  # has dropout of its own on its weights
    "embedding",
    "custom",  # has weights, and only its author knows what it does
    "activation",
    "normalization",
    "merge",
    "dropout",
    "other",  # shapes, pooling, inputs
]

COMPUTING = frozenset({"dense", "convolution", "recurrent", "attention", "embedding", "custom"})
"""The roles that make new units; what lies between two of them handles the same ones."""


class Site(NamedTuple):
    """A place in the code of the network: the ``call``-th call (from 0) of the layer at ``path``.

    The path is the layer's name, after the names of the models that it stands in:
    ``"encoder/dense_1"``.
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
        Depth-first index of the layer in its network, at least 0; dropout layers are not counted,
        so that putting some in does not move the others. Two calls of a layer share it.
    role : Role
        What it does.
    inputs : tuple of int
        Indices of the steps that it reads, all smaller than its own.
    layer : object
        The framework's layer, for a user's predicate.
    activation : str, optional
        Name of the activation that it applies, where that is not the identity.
    spatial_axes : int, optional
        Number of axes of its output between samples and units; None where that is not known.
    own_rate : float
        Dropout that the layer is, or does inside, in [0, 1].
    rate_varies : bool
        Whether a rate of 0 may become another one, as that of bridle's layers may.
    batch_statistics : bool
        Whether it normalises with the mean and variance of the batch.
    shape : tuple of int or None
        Of its output for one sample; empty where that is not known.
    always_trains : bool
        Whether the call says that it is one of training, whatever the network does.
    product : bool
        Whether it multiplies two values with each other, as ``Q K'`` does.
    attends : bool
        Whether it is attention as one function.
    projects : bool
        Whether it is known to make queries, keys or values of attention.
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
        """Whether it drops units, or may: a layer with a fixed rate of 0 does not."""
        return self.own_rate > 0 or self.rate_varies

    @property
    def computing(self) -> bool:
        """Whether it makes new units."""
        return self.role in COMPUTING


@dataclass(frozen=True)
class Graph:
    """The steps of a network in an order in which they can be computed.

    Parameters
    ----------
    steps : tuple of Step
    outputs : tuple of int
        Indices of the steps whose values the network returns.
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
        return tuple(tuple(one) for one in readers)

    @cached_property
    def is_output(self) -> tuple[bool, ...]:
        """For each step, whether its units are an output: no computing step stands in between."""
        found = [False] * len(self.steps)
        for index in reversed(range(len(self.steps))):
            found[index] = index in self.outputs or any(
                found[reader] for reader in self.readers[index] if not self.steps[reader].computing
            )
        return tuple(found)

    def activations(self, index: int) -> tuple[int, ...]:
        """Return the steps that apply the activation of a computing step.

        Its own index where the activation is built in; the first activations that follow it where
        there is one on every way to the next computing step; none where the step is linear.
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
        """Say whether a step makes queries, keys or values, no computing step in between."""
        walked = self._walk(index, stop=lambda step: False)
        return self.steps[index].projects or any(map(self._attends, walked))

    def attention_weights(self, index: int) -> tuple[int, ...]:
        """Return the softmaxes behind a step whose values attention multiplies with others."""
        walked = sorted(self._walk(index, stop=lambda step: False))
        return tuple(
            one
            for one in walked
            if self.steps[one].activation == "softmax" and self.feeds_attention(one)
        )

    def _attends(self, index: int) -> bool:
        step = self.steps[index]
        return step.attends or (step.product and any(map(self._weighted, step.inputs)))

    def _weighted(self, index: int) -> bool:
        """Say whether a value is that of a softmax, no computing step in between."""
        step = self.steps[index]
        if step.computing:
            return False
        return step.activation == "softmax" or any(map(self._weighted, step.inputs))

    def normalized(self, index: int) -> int:
        """Return the last of the normalisations that directly and alone follow a step."""
        while len(self.readers[index]) == 1 and index not in self.outputs:
            (reader,) = self.readers[index]
            if self.steps[reader].role != "normalization":
                break
            index = reader
        return index

    def has_dropout_after(self, index: int) -> bool:
        """Say whether dropout follows, before the next computing step and before any merge."""
        walked = self._walk(index, stop=lambda step: step.role in ("merge", "dropout"))
        found = [self.steps[reached] for reached in walked]
        return any(step.role == "dropout" and step.drops for step in found)

    def stands_before_batch_statistics(self, index: int) -> bool:
        """Say whether a batch normalisation reads the step, no computing step in between."""
        walked = self._walk(index, stop=lambda step: step.batch_statistics)
        return any(self.steps[reached].batch_statistics for reached in walked if reached != index)

    def source(self, index: int) -> Step | None:
        """Return the nearest computing step whose units a step handles, None for an input's."""
        while not self.steps[index].computing:
            if not self.steps[index].inputs:
                return None
            index = self.steps[index].inputs[0]
        return self.steps[index]

    def depths(self, marked: Collection[Site]) -> dict[Site, int]:
        """Return how many other marked sites lie at most on a way from an input to each of them.

        A site that the network passes several times counts at its shallowest; one that is named
        several times counts as often.
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
        """Yield a step and the ones downstream, as far as computing steps and what ``stop`` says.

        The computing steps themselves are left out, what ``stop`` says is not.
        """
        waiting, seen = [index], {index}
        while waiting:
            one = waiting.pop()
            yield one
            if one != index and stop(self.steps[one]):
                continue
            for reader in self.readers[one]:
                if reader not in seen and not self.steps[reader].computing:
                    seen.add(reader)
                    waiting.append(reader)

    def _feeds_computing(self, index: int) -> bool:
        return any(self.steps[reader].computing for reader in self.readers[index])
