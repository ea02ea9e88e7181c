"""Reading of a Keras model as a graph of steps, which determines the places of dropout."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

from bridle.dropout.surgery.keras.calls import Call, calls, ends, is_model, reason_against
from bridle.dropout.surgery.keras.roles import (
    activation_of,
    dropout_within,
    is_ours,
    noise_sources,
    role_of,
    why_hidden,
)
from bridle.dropout.surgery.network_graph import Graph, Site, Step
from bridle.errors import InputError

__all__ = ["Reading", "read_model"]


@dataclass(frozen=True)
class Reading:
    """The content of a model.

    Parameters
    ----------
    graph : Graph
        Its steps, including those of nested models.
    prefixes : dict of int to str
        Path prefix of the layers of each opened model, by identity: ``""`` for the outermost, or
        for instance ``"encoder/"``.
    closed : dict of str to str
        Parts that could not be opened, by path, with the reason.
    names : dict of str to set of str
        Used names in each model, by prefix.
    """

    graph: Graph
    prefixes: dict[int, str]
    closed: dict[str, str]
    names: dict[str, set[str]]


def read_model(model: Any) -> Reading:
    """Return the reading of a Keras Sequential or Functional model.

    Parameters
    ----------
    model : keras.Model
        Not changed.

    Raises
    ------
    InputError
        The model is of another class.
    """
    reason = reason_against(model)
    if reason is not None:
        raise InputError(f"The network {model.name!r} cannot be cut: {reason}.")
    reader = _Reader({id(model): ""})
    outputs = reader.open(model, [reader.add_input(index) for index in range(len(ends(model)[0]))])
    return Reading(
        Graph(tuple(reader.steps), outputs), reader.prefixes, reader.closed, reader.names
    )


class _Reader:
    def __init__(self, prefixes: dict[int, str]) -> None:
        self.prefixes = prefixes
        self.steps: list[Step] = []
        self.closed: dict[str, str] = {}
        self.names: dict[str, set[str]] = {}
        self.positions: dict[str, int] = {}
        self.training = False

    def add_input(self, index: int) -> int:
        """Add a step for an input."""
        self.steps.append(Step(Site(f"input {index}", 0), -1 - index, "other", ()))
        return len(self.steps) - 1

    def open(self, model: Any, sources: Sequence[int]) -> tuple[int, ...]:
        """Add the steps of a model that reads the given steps; return those that it returns."""
        prefix = self.prefixes[id(model)]
        inputs, outputs = ends(model)
        found: dict[Hashable, int] = dict(zip(inputs, sources, strict=False))
        for call in calls(model):
            self.names.setdefault(prefix, set()).add(call.operation.name)
            if all(key in found for key in call.outputs):
                continue  # an input layer
            read = tuple(found[key] for key in call.inputs)
            operation, path = call.operation, prefix + call.operation.name
            if is_model(operation) and not self._is_closed(operation, path):
                self.prefixes.setdefault(id(operation), f"{path}/")
                outside, self.training = self.training, self.training or _trains(call)
                found.update(zip(call.outputs, self.open(operation, read), strict=True))
                self.training = outside
            else:
                found.update(dict.fromkeys(call.outputs, self._add(call, path, read)))
        return tuple(found[key] for key in outputs)

    def _is_closed(self, operation: Any, path: str) -> bool:
        reason = reason_against(operation) if is_model(operation) else None
        if not is_model(operation):
            reason = why_hidden(operation)
        if reason is not None:
            self.closed[path] = reason
        return reason is not None

    def _add(self, call: Call, path: str, read: tuple[int, ...]) -> int:
        layer = call.operation
        closed = self._is_closed(layer, path)
        role = "custom" if closed else role_of(layer, len(read))
        self.steps.append(
            Step(
                site=Site(path, call.number),
                position=self._position(path, counts=role != "dropout"),
                role=role,
                inputs=read,
                layer=layer,
                activation=None if closed else activation_of(layer),
                spatial_axes=_spatial_axes(call),
                own_rate=dropout_within(layer),
                rate_varies=is_ours(layer) and bool(noise_sources(layer)),
                batch_statistics=type(layer).__name__ == "BatchNormalization",
                shape=tuple(call.shapes[0][1:]) if call.shapes else (),
                always_trains=self.training or _trains(call),
            )
        )
        return len(self.steps) - 1

    def _position(self, path: str, counts: bool) -> int:
        return self.positions.setdefault(path, len(self.positions)) if counts else -1


def _trains(call: Call) -> bool:
    """Return whether a call in a functional model fixes ``training=True``."""
    return call.arguments is not None and call.arguments.kwargs.get("training") is True


def _spatial_axes(call: Call) -> int | None:
    if call.shapes:
        return len(call.shapes[0]) - 2
    rank = getattr(call.operation, "rank", None)  # of a convolution that is not built yet
    return rank if isinstance(rank, int) else None
