"""Stream of a noise: a key and a counter, from which no other noise draws."""

from __future__ import annotations

import random
from typing import Any
from weakref import WeakKeyDictionary

from bridle.backend import load_keras
from bridle.dropout.rate import checked_seed, stream_key
from bridle.errors import BridleError

__all__ = ["Stream"]

keras = load_keras()
SeedGenerator: Any = keras.random.SeedGenerator


class Stream(SeedGenerator):
    """A seed generator of Keras whose key is hashed, and that knows its twins.

    Its state is (key, counter), of which each draw advances the counter. Streams made from the same
    seed have the same key: those that draw in the same pass through a network are told apart by
    the order in which they are first reached, which is a matter of the network alone. So the same
    network has the same masks whenever it is built, and no two of its layers share one.

    Parameters
    ----------
    seed : int or None
        Any integer; None for a fresh key, which `keras.utils.set_random_seed` fixes.
    place : str
        Tells the noises of one layer apart.
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
            A function is being compiled by JAX that does not hand on the counter.
        """
        before = self.state.value
        drawn = super().next(ordered)
        if _is_lost(self.state.value):
            self.state.assign(before)
            raise BridleError(LOST_COUNTER)
        index = _index_among_twins(self)
        if index == 0:
            return drawn
        return keras.ops.add(drawn, self._constant([stream_key(index, "twin"), 0]))

    def calls(self) -> Any:
        """Return the number of draws so far, as a float32 scalar."""
        return keras.ops.cast(self.state.value[1], "float32")

    def _constant(self, value: list[int]) -> Any:
        return keras.ops.convert_to_tensor(value, dtype=self.state.dtype)


LOST_COUNTER = (
    "A network with noise must not be called for training as it is within jax.jit, jax.checkpoint or "
    "jax.lax.scan: its counter of calls would stay behind, and every call have the same mask. "
    "Received: such a call. Call network.stateless_call(trainable, non_trainable, x, training=True) "
    "there, and hand the variables that it returns to the next call."
)

_TWINS: WeakKeyDictionary[Any, dict[int, list[Stream]]] = WeakKeyDictionary()
"""For each pass that is under way, the streams that drew in it, by their key."""


def _is_lost(counter: Any) -> bool:
    """Say whether a counter belongs to a function that JAX compiles, and to no state of Keras's."""
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
    """Return what stands for the outermost call: Keras's stateless scope, else its call context."""
    attribute = keras.src.backend.common.global_state.get_global_attribute
    return attribute("stateless_scope") or attribute("current_call_ctx")
