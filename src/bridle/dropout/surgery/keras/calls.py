"""A Keras model as a list of calls, and which models can be taken apart.

The one place that reads how Keras keeps the graph of a model.
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
    """One call of a layer, or of an operation, in a model.

    Parameters
    ----------
    operation : keras.Operation
        What is called.
    number : int
        Which call of it this is in this model, from 0.
    inputs, outputs : tuple of hashable
        Keys of the tensors that go in and that come out.
    shapes : tuple of tuple
        Of the outputs; empty where they are not known yet.
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
    """Say whether a layer is a model."""
    return isinstance(layer, keras.Model)


def reason_against(model: Any) -> str | None:
    """Return why a model cannot be taken apart and put together again, None if it can."""
    kind = type(model)
    if isinstance(model, keras.Sequential):
        if kind.call is not keras.Sequential.call or kind.__init__ is not keras.Sequential.__init__:
            return _own("call" if kind.call is not keras.Sequential.call else "constructor", kind)
        if model._functional is None and model.variables:
            return "it has weights, but Keras could not infer its shapes: give it a keras.Input"
        return None
    if not isinstance(model, Functional) or kind.call is not Functional.call:
        return (
            f"{kind.__name__} is a class with a call() of its own, so what it does in which order "
            "is not known: put dropout into its call(), or write it with keras.Sequential or the "
            "functional API"
        )
    if not keras.src.models.functional.functional_like_constructor(kind):
        return (
            f"{kind.__name__} has a constructor of its own, so it cannot be built again: give "
            "keras.Model(model.inputs, model.outputs) instead"
        )
    return None


def _own(what: str, kind: type) -> str:
    return (
        f"{kind.__name__} is a Sequential with a {what} of its own, so it cannot be built again: "
        "give keras.Sequential(model.layers) instead"
    )


def sublayers(layer: Any, deep: bool = True) -> list[Any]:
    """Return the layers within a layer, itself left out, at every depth or only the first."""
    if not isinstance(layer, keras.Layer):
        return []
    return layer._flatten_layers(include_self=False, recursive=deep)


def ends(model: Any) -> tuple[tuple[Hashable, ...], tuple[Hashable, ...]]:
    """Return the keys of the inputs and of the outputs of a model, as `calls` uses them."""
    graph = _graph(model)
    if graph is None:
        return (0,), (len(model.layers),)
    return tuple(map(id, graph.inputs)), tuple(map(id, graph.outputs))


def calls(model: Any) -> Iterator[Call]:
    """Yield the calls of a model in an order in which they can be done, input layers first.

    For models that `reason_against` has nothing to say about.
    """
    graph = _graph(model)
    if graph is None:
        for index, layer in enumerate(model.layers):
            yield Call(layer, 0, (index,), (index + 1,))
        return
    counter: Counter[int] = Counter()
    order = {id(operation): index for index, operation in enumerate(graph.operations)}
    for depth in sorted(graph._nodes_by_depth, reverse=True):
        # What is equally deep comes in an order of Keras's own. Here the calls of a layer come in
        # the order in which they were made, so that a copy of a copy has the same numbers.
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
    """Return what holds the nodes of a model: itself, or None in a Sequential not built yet."""
    return model._functional if isinstance(model, keras.Sequential) else model
