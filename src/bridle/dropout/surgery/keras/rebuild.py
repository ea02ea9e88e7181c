"""Rebuilds a Keras model with layers inserted, removed and replaced."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any

from bridle.backend import load_keras
from bridle.dropout.surgery.keras.attributes import carry_attributes
from bridle.dropout.surgery.keras.calls import Call, calls, ends
from bridle.dropout.surgery.keras.copies import copy_compilation, copy_layer, copy_state
from bridle.dropout.surgery.keras.reading import Reading
from bridle.dropout.surgery.network_graph import Site

__all__ = ["Changes", "Swap", "rebuild"]

keras = load_keras()


@dataclass(frozen=True)
class Swap:
    """A layer that replaces another.

    Parameters
    ----------
    source : keras.Layer
        Layer whose weights the new layer gets: the old one, or a layer inside it.
    make : callable
        Creates the new layer.
    """

    source: Any
    make: Callable[[], Any]


@dataclass(frozen=True)
class Changes:
    """Changes of the new model.

    Parameters
    ----------
    after : dict of Site to callable
        For each call to be followed by a new layer: creates that layer.
    swap : dict of str to Swap
        Replacement of the layer at each path.
    drop : set of str
        Paths of layers to remove; their readers then read their input.
    expand : dict of str to tuple of keras.Layer
        For each path, layers whose copies replace the layer there, in sequence.
    """

    after: dict[Site, Callable[[], Any]] = field(default_factory=dict)
    swap: dict[str, Swap] = field(default_factory=dict)
    drop: frozenset[str] = frozenset()
    expand: dict[str, tuple[Any, ...]] = field(default_factory=dict)


def rebuild(model: Any, reading: Reading, changes: Changes) -> Any:
    """Return a new model with the weights, ``trainable`` flags and compilation of the old one.

    Parameters
    ----------
    model : keras.Model
        Not changed: its layers are not called, its variables not shared.
    reading : Reading
        Reading of this model.
    changes : Changes
        The changes.

    Raises
    ------
    InputError
        A layer cannot be copied.
    """
    builder = _Builder(reading, changes)
    new = builder.build(model)
    # Setting ``trainable`` of a model sets it for its layers, so outer ones are set first.
    for old, copy, _ in reversed(builder.pairs):
        _copy_trainable(old, copy)
    for old, copy, path in builder.pairs:
        inside = id(old) not in reading.prefixes
        if inside:
            copy_state(old, copy, path)
        if path not in changes.swap:
            carry_attributes(old, copy, deep=inside)
    copy_compilation(model, new)
    return new


class _Builder:
    def __init__(self, reading: Reading, changes: Changes) -> None:
        self.prefixes = reading.prefixes
        self.changes = changes
        self.copies: dict[int, Any] = {}
        self.pairs: list[tuple[Any, Any, str]] = []

    def build(self, model: Any) -> Any:
        sequential = isinstance(model, keras.Sequential)
        new = self._sequential(model) if sequential else self._functional(model)
        self.pairs.append((model, new, self.prefixes[id(model)]))
        return new

    def _sequential(self, model: Any) -> Any:
        prefix = self.prefixes[id(model)]
        first = model._layers[:1]
        layers = [copy_layer(layer, layer.name) for layer in first if _is_input(layer)]
        for layer in model.layers:
            path = prefix + layer.name
            if path not in self.changes.drop:
                layers += self._copies(layer, path)
            make = self.changes.after.get(Site(path, 0))
            layers += [] if make is None else [make()]
        return type(model)(layers, name=model.name)

    def _functional(self, model: Any) -> Any:
        prefix = self.prefixes[id(model)]
        tensors: dict[Hashable, Any] = {}
        inputs, _ = ends(model)
        for call in calls(model):
            path = prefix + call.operation.name
            if _is_input(call.operation) and call.outputs[0] in inputs:
                results = [copy_layer(call.operation, path).output]
            elif path in self.changes.drop:
                results = [tensors[call.inputs[0]]]
            else:
                results = self._call(call, path, tensors)
            tensors.update(zip(call.outputs, results, strict=True))
        return type(model)(
            *(
                keras.tree.map_structure(lambda tensor: tensors[id(tensor)], structure)
                for structure in (model.input, model.output)
            ),
            name=model.name,
        )

    def _call(self, call: Call, path: str, tensors: dict[Hashable, Any]) -> list[Any]:
        args, kwargs = call.arguments.fill_in(tensors)
        first, *more = self._copies(call.operation, path)
        results = keras.tree.flatten(first(*args, **kwargs))
        for layer in more:
            results = [layer(results[0])]
        make = self.changes.after.get(Site(path, call.number))
        # A layer that also returns states returns its units first.
        return results if make is None else [make()(results[0]), *results[1:]]

    def _copies(self, layer: Any, path: str) -> list[Any]:
        expanded = self.changes.expand.get(path)
        if expanded is None:
            return [self.copy(layer, path)]
        return [self.copy(layer, f"{path}/{layer.name}") for layer in expanded]

    def copy(self, layer: Any, path: str) -> Any:
        """Return the copy of a layer, the same one in every call."""
        if id(layer) not in self.copies:
            if id(layer) in self.prefixes:
                self.copies[id(layer)] = self.build(layer)
                return self.copies[id(layer)]
            swap = self.changes.swap.get(path)
            copy = copy_layer(layer, path) if swap is None else swap.make()
            self.copies[id(layer)] = copy
            if isinstance(layer, keras.Layer):
                self.pairs.append((layer if swap is None else swap.source, copy, path))
        return self.copies[id(layer)]


def _is_input(operation: Any) -> bool:
    return isinstance(operation, keras.layers.InputLayer)


def _copy_trainable(old: Any, new: Any) -> None:
    if new.trainable != old.trainable:
        new.trainable = old.trainable
