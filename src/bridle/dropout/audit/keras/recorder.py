"""`Recorder`: the random numbers that a Keras network draws, and in which layer.

Every random function of Keras and of its layers goes through one module of the backend, and every
layer through `keras.Layer.__call__`. Both are wrapped while the recorder is open.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from types import ModuleType
from typing import Any
from unittest.mock import patch

import numpy as np

from bridle.backend import load_keras
from bridle.dropout.audit.keras.places import draws_blocks, held_rate
from bridle.dropout.audit.keras.states import States
from bridle.dropout.audit.observed import Draw, Mask

__all__ = ["Recorder", "as_array", "mask_of", "recording"]

keras = load_keras()
ops = keras.ops

_NUMBERS = ("beta", "binomial", "gamma", "normal", "randint", "truncated_normal", "uniform")
"""Functions whose numbers make noise, but are no mask."""

_FEWEST = 4
"""Fewer numbers are no noise of units: a seed, a choice of a layer."""


@dataclass(eq=False)
class Recorder:
    """What a network draws.

    Attributes
    ----------
    paths : dict of int to str
        Paths of the layers, by their ids.
    states : States
        Of all random streams that were seen.
    draws : list of Draw
        In the order in which they were drawn.
    places : list of str
        Paths of the layers that are running, the innermost last.
    inputs : dict of str to array
        An input of each layer that holds no weights and returns an array of its shape.
    silenced : str or None
        A place whose dropout leaves its input as it is.
    """

    paths: dict[int, str]
    states: States
    silenced: str | None = None
    draws: list[Draw] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    inputs: dict[str, Any] = field(default_factory=dict)

    def add(self, function: str, values: Any, rate: float | None) -> str:
        """Keep the numbers of a draw, and return its place; numbers in a scan are not seen."""
        seen = as_array(values)
        kept = seen != 0 if seen is not None and rate is not None else None
        where = self.places[-1] if self.places else ""
        # An LSTM draws at two rates; each is a place of its own.
        if any(draw.where == where and rate not in (None, draw.rate) for draw in self.draws):
            where = f"{where} (rate {rate:g})"
        self.draws.append(Draw(where, function, kept, _hash(seen), rate))
        return where

    def call(self, original: Callable[..., Any], layer: Any, args: Any, kwargs: Any) -> Any:
        """Call a layer, and find its mask if it does nothing but drop and shows none itself."""
        path = self.paths.get(id(layer))
        if path is None:
            return original(layer, *args, **kwargs)
        self.places.append(path)
        begun = len(self.draws)
        before = self.states.of(layer) if _may_only_drop(layer, args) else None
        try:
            output = original(layer, *args, **kwargs)
        finally:
            self.places.pop()
        if before is None or not _has_shape(output, args[0]):
            return output
        self.inputs[path] = args[0]
        if any(draw.kept is None for draw in self.draws[begun:]):
            self._look_again(path, layer, begun, before, lambda x: original(layer, x, **kwargs))
        return output

    def _look_again(
        self, path: str, layer: Any, begun: int, before: Any, call: Callable[[Any], Any]
    ) -> None:
        """Call the layer from the same state on ones, whose output is its mask."""
        after = self.states.of(layer)
        self.states.put(before)
        found = self.draws[:]
        self.places.append(path)
        kept = mask_of(call(ops.ones_like(self.inputs[path])))
        self.places.pop()
        self.draws = found
        self.states.put(after)
        if kept is not None:
            rate = None if draws_blocks(layer) else held_rate(layer)
            draw = self.draws[begun]
            numbers = _hash(np.asarray(kept))
            self.draws[begun:] = [replace(draw, where=path, kept=kept, numbers=numbers, rate=rate)]


@contextmanager
def recording(
    layers: dict[str, Any], states: States, silenced: str | None = None
) -> Iterator[Recorder]:
    """Record what layers draw, as long as the context is open."""
    recorder = Recorder({id(layer): path for path, layer in layers.items()}, states, silenced)
    backend = keras.src.backend.random
    original = keras.Layer.__call__

    def call(layer: Any, *args: Any, **kwargs: Any) -> Any:
        return recorder.call(original, layer, args, kwargs)

    with ExitStack() as stack:
        stack.enter_context(patch.object(keras.Layer, "__call__", call))
        stack.enter_context(
            patch.object(backend, "dropout", _watched_dropout(recorder, backend.dropout))
        )
        for module, name in [*((backend, name) for name in _NUMBERS), *_own_functions()]:
            watched = _watched(recorder, name, getattr(module, name))
            stack.enter_context(patch.object(module, name, watched))
        yield recorder


def as_array(values: Any) -> np.ndarray[Any, Any] | None:
    """Return numbers as an array; None of those that JAX traces."""
    if keras.src.utils.jax_utils.is_in_jax_tracing_scope(values):
        return None
    return np.asarray(ops.convert_to_numpy(values))


def mask_of(output: Any) -> Mask | None:
    """Return which units an output keeps if it is a mask times one factor, for inputs of size 1."""
    values = as_array(output)
    if values is None:
        return None
    sizes = np.abs(values.astype(np.float32))
    high = sizes.max(initial=0.0)
    is_mask = ((sizes == 0) | (np.abs(sizes - high) <= 1e-2 * high)).all()
    return sizes != 0 if is_mask else None


def _own_functions() -> list[tuple[ModuleType, str]]:
    """Return bridle's own generator of numbers on JAX."""
    if keras.backend.backend() != "jax":
        return []
    from bridle.dropout.keras_layers.masks import jax_uniform

    return [(jax_uniform, "uniform")]


def _watched(recorder: Recorder, name: str, original: Callable[..., Any]) -> Callable[..., Any]:
    def draw(*args: Any, **kwargs: Any) -> Any:
        recorder.states.meet(kwargs.get("seed"))
        values = original(*args, **kwargs)
        if np.prod(values.shape) >= _FEWEST:
            recorder.add(name, values, None)
        return values

    return draw


def _watched_dropout(recorder: Recorder, original: Callable[..., Any]) -> Callable[..., Any]:
    """Return dropout that draws its mask on ones, where zeros of the input cannot hide it."""

    def dropout(inputs: Any, rate: Any, noise_shape: Any = None, seed: Any = None) -> Any:
        recorder.states.meet(seed)
        multiplier = original(ops.ones_like(inputs), rate, noise_shape, seed)
        if rate > 0 and recorder.add("dropout", multiplier, float(rate)) == recorder.silenced:
            return inputs
        return ops.where(multiplier != 0, inputs * multiplier, ops.zeros_like(inputs))

    return dropout


def _may_only_drop(layer: Any, args: Any) -> bool:
    return not layer.weights and len(args) == 1 and _is_floating(args[0])


def _is_floating(x: Any) -> bool:
    return (
        ops.is_tensor(x)
        and keras.backend.is_float_dtype(keras.backend.standardize_dtype(x.dtype))
        and len(x.shape) > 1
    )


def _has_shape(output: Any, given: Any) -> bool:
    return ops.is_tensor(output) and tuple(output.shape) == tuple(given.shape)


def _hash(values: np.ndarray[Any, Any] | None) -> int:
    return 0 if values is None else zlib.crc32(np.ascontiguousarray(values).tobytes()) or 1
