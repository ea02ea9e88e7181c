"""`Stream`: the random numbers of one noise, as functions of a key and a counter.

The n-th draw of a stream depends on its key and on n only. Each noise has its own key, so adding or
removing a layer does not change the masks of the others, and a saved (key, counter) continues where
it stopped.
"""

from __future__ import annotations

import random
from typing import Any
from weakref import WeakKeyDictionary

from bridle.backend import load_keras
from bridle.dropout.rate import checked_seed, stream_key
from bridle.errors import BridleError

__all__ = ["Stream", "watch"]

keras = load_keras()
SeedGenerator: Any = keras.random.SeedGenerator


class Stream(SeedGenerator):
    """A Keras seed generator with a hashed key, whose twins draw different numbers.

    Its state is (key, counter); each draw advances the counter. Streams with the same seed have the
    same key ("twins"). If twins draw in the same pass through a network, the order in which the
    pass first reaches them tells them apart. This order depends only on the network: the same
    network draws the same masks whenever it is built, and no two of its layers draw the same one.

    Parameters
    ----------
    seed : int or None
        Any integer; None for a fresh key, which `keras.utils.set_random_seed` makes repeatable.
    place : str
        Name of this noise among those of its layer.
    """

    def __init__(self, seed: int | None, place: str) -> None:
        fresh = random.getrandbits(31)
        self.key = fresh if seed is None else stream_key(checked_seed(seed), place)
        super().__init__(self.key, name=f"{place}_stream")

    def next(self, ordered: bool = True) -> Any:
        """Return the seed of the next draw, and advance the counter.

        Raises
        ------
        BridleError
            JAX is compiling a function that does not return the counter.
        """
        drawn = _next(self, ordered)
        index = _index_among_twins(self)
        if index == 0:
            return drawn
        return keras.ops.add(drawn, self._constant([stream_key(index, "twin"), 0]))

    def calls(self) -> Any:
        """Return the number of draws so far, as a float32 scalar."""
        return keras.ops.cast(self.state.value[1], "float32")

    def _constant(self, value: list[int]) -> Any:
        return keras.ops.convert_to_tensor(value, dtype=self.state.dtype)


class WatchedGenerator(SeedGenerator):
    """A seed generator of Keras's own layers that refuses what a `Stream` refuses.

    `watch` turns an existing generator into one.
    """

    def next(self, ordered: bool = True) -> Any:
        """Return the seed of the next draw, and advance the counter.

        Raises
        ------
        BridleError
            JAX is compiling a function that does not return the counter.
        """
        return _next(self, ordered)


def watch(layer: Any) -> None:
    """Make the seed generators of a Keras layer refuse calls that would repeat their masks."""
    for generator in layer._seed_generators:
        if type(generator) is SeedGenerator:
            generator.__class__ = WatchedGenerator


def _next(generator: Any, ordered: bool) -> Any:
    before = generator.state.value
    drawn = SeedGenerator.next(generator, ordered)
    if _is_lost(generator.state.value):
        generator.state.assign(before)
        raise BridleError(LOST_COUNTER)
    return drawn


LOST_COUNTER = (
    "A network with dropout cannot be called directly for training within jax.jit, jax.checkpoint "
    "or jax.lax.scan: its call counter would not advance, and every call would use the same mask. "
    "Call network.stateless_call(trainable, non_trainable, x, training=True) instead, and pass the "
    "variables that it returns to the next call."
)

_TWINS: WeakKeyDictionary[Any, dict[int, list[Stream]]] = WeakKeyDictionary()
"""For each pass in progress, the streams that drew in it, by key."""


def _is_lost(counter: Any) -> bool:
    """Return whether a counter is a tracer of JAX that no stateless scope of Keras will return."""
    attribute = keras.src.backend.common.global_state.get_global_attribute
    in_scope = attribute("stateless_scope") is not None
    return not in_scope and keras.src.utils.jax_utils.is_in_jax_tracing_scope(counter)


def _index_among_twins(stream: Stream) -> int:
    current = _current_pass()
    if current is None:
        return 0
    twins = _TWINS.setdefault(current, {}).setdefault(stream.key, [])
    if stream not in twins:
        twins.append(stream)
    return twins.index(stream)


def _current_pass() -> Any:
    """Return Keras's stateless scope or call context, which identifies the outermost call."""
    attribute = keras.src.backend.common.global_state.get_global_attribute
    return attribute("stateless_scope") or attribute("current_call_ctx")
