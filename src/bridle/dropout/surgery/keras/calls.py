"""A Keras model as a list of calls, and the models for which this is possible.

Only this module depends on how Keras stores the graph of a model.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from typing import Any

from bridle.backend import load_keras

__all__ = ["Call", "calls", "ends", "is_model", "reason_against", "sublayers"]

keras = load_keras()

Functional = keras.src.models.functional.Functional


@dataclass(frozen=True)
class Call:
    """A call of a layer or an operation in a model.

    Parameters
    ----------
    operation : keras.Operation
        The called layer or operation.
    number : int
        Number of this call among those of the operation in this model, from 0.
    inputs, outputs : tuple of hashable
        Keys of the input and output tensors.
    shapes : tuple of tuple
        Shapes of the outputs; empty if they are not known yet.
    arguments : object
        Keras's record of the arguments; None in a Sequential that is not built.
    """

    operation: Any
    number: int
    inputs: tuple[Hashable, ...]
    outputs: tuple[Hashable, ...]
    shapes: tuple[tuple[int | None, ...], ...] = ()
    arguments: Any = None


def is_model(layer: Any) -> bool:
    """Return whether a layer is a model."""
    return isinstance(layer, keras.Model)


def reason_against(model: Any) -> str | None:
    """Return why a model cannot be read and rebuilt, None if it can."""
    kind = type(model)
    if isinstance(model, keras.Sequential):
        if kind.call is not keras.Sequential.call or kind.__init__ is not keras.Sequential.__init__:
            return _own("call" if kind.call is not keras.Sequential.call else "constructor", kind)
        if model._functional is None and model.variables:
            return "it has weights, but Keras could not infer its shapes: add a keras.Input"
        return None
    if not isinstance(model, Functional) or kind.call is not Functional.call:
        return (
            f"{kind.__name__} is a class with its own call(), so the order of its layers is not "
            "known: add dropout in its call(), or write it with keras.Sequential or the functional "
            "API"
        )
    if not keras.src.models.functional.functional_like_constructor(kind):
        return (
            f"{kind.__name__} has its own constructor, so it cannot be rebuilt: pass "
            "keras.Model(model.inputs, model.outputs) instead"
        )
    return None


def _own(what: str, kind: type) -> str:
    return (
        f"{kind.__name__} is a Sequential with a {what} of its own, so it cannot be rebuilt: pass "
        "keras.Sequential(model.layers) instead"
    )


def sublayers(layer: Any, deep: bool = True) -> list[Any]:
    """Return the layers inside a layer, at every depth or only at the first."""
    if not isinstance(layer, keras.Layer):
        return []
    return layer._flatten_layers(include_self=False, recursive=deep)


def ends(model: Any) -> tuple[tuple[Hashable, ...], tuple[Hashable, ...]]:
    """Return the keys of a model's inputs and outputs, as in `calls`."""
    graph = _graph(model)
    if graph is None:
        return (0,), (len(model.layers),)
    return tuple(map(id, graph.inputs)), tuple(map(id, graph.outputs))


def calls(model: Any) -> Iterator[Call]:
    """Yield the calls of a model in a computable order, input layers first.

    Only for models for which `reason_against` returns None.
    """
    graph = _graph(model)
    if graph is None:
        for index, layer in enumerate(model.layers):
            yield Call(layer, 0, (index,), (index + 1,))
        return
    counter: Counter[int] = Counter()
    order = {id(operation): index for index, operation in enumerate(graph.operations)}
    for depth in sorted(graph._nodes_by_depth, reverse=True):
        # Keras orders equally deep calls arbitrarily. Here the calls of a layer are in the order in
        # which they were made, so that a copy of a copy has the same numbers.
        equals = sorted(
            graph._nodes_by_depth[depth],
            key=lambda node: (
                order[id(node.operation)],
                node.operation._inbound_nodes.index(node),
            ),
        )
        for node in equals:
            yield Call(
                node.operation,
                counter[id(node.operation)],
                tuple(map(id, node.input_tensors)),
                tuple(map(id, node.outputs)),
                tuple(tuple(tensor.shape) for tensor in node.outputs),
                node.arguments,
            )
            counter[id(node.operation)] += 1


def _graph(model: Any) -> Any:
    """Return the object that holds the nodes of a model, None for an unbuilt Sequential."""
    return model._functional if isinstance(model, keras.Sequential) else model
