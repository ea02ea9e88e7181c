"""The ``forward`` of a module as a graph of calls.

Each module is traced separately, with the modules inside it as single calls, so that a module that
cannot be traced does not affect the others.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from torch import nn
from torch.fx import Graph, Node, Tracer
from torch.fx.node import map_aggregate, map_arg

from bridle.arguments.scalars import is_number
from bridle.dropout.surgery.torch.held_rates import HeldRate, held_rates
from bridle.dropout.surgery.torch.roles import function_name
from bridle.dropout.surgery.torch.source_code.random_functions import DROPPING
from bridle.dropout.surgery.torch.source_code.read_noise_flow import read_noise_flow
from bridle.errors import BridleError

__all__ = ["UntraceableError", "is_rate", "rate_path", "same_code", "trace"]

RATE = "rate"
"""Marks nodes that are rates, as opposed to values of the network."""


class UntraceableError(BridleError):
    """The order of calls in a module's forward cannot be determined; the text gives the reason."""


class _OneModule(Tracer):
    """Tracer that treats inner modules as single calls, and buffers as values that may change.

    With ``defaults``, arguments with a default have this value, instead of standing for any.
    """

    proxy_buffer_attributes = True

    def __init__(self, defaults: bool) -> None:
        Tracer.__init__(self)
        self.defaults = defaults

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        """Return True."""
        return True

    def create_proxy(self, kind: str, target: Any, args: Any, *rest: Any, **more: Any) -> Any:
        """Return the proxy of a value during tracing."""
        proxy = Tracer.create_proxy(self, kind, target, args, *rest, **more)
        return args[0] if self.defaults and kind == "placeholder" and args else proxy


def trace(module: nn.Module) -> Graph:
    """Return the graph of a module's forward, valid in training and in evaluation.

    Arguments that equal ``module.training``, as of ``F.dropout``, are read from the module at run
    time. So are rates that the module, or a dropout inside it, holds as numbers: setting them
    changes the behaviour of the graph.

    Parameters
    ----------
    module : torch.nn.Module
        Not changed, except for its ``training`` flag meanwhile: attributes that its forward sets
        during tracing are restored.

    Raises
    ------
    UntraceableError
        The path through the code depends on the data, on an optional argument, or on the mode.
    """
    if "forward" in vars(module):
        raise UntraceableError("its forward has been replaced on the object")
    held = _rates_read(module)
    with _kept(module):
        module.training = True
        with _marked(held, 0.25) as marks:
            graph, fixed = _traced(module), _traced(module, defaults=True)
            module.training = False
            other = _traced(module)
        if held:
            module.training = True
            with _marked(held, 0.5) as others:
                _require_as_they_are(graph, marks, _traced(module), others)
    if any(str(node.target).startswith("_tensor_constant") for node in graph.nodes):
        raise UntraceableError(
            "its forward creates a tensor, which a trace would turn into a constant"
        )
    optional = {
        node: node.args[0] for node in graph.nodes if node.op == "placeholder" and node.args
    }
    if _lines(graph, optional) != _lines(fixed, {}):
        names = ", ".join(f"{node.target}=" for node in optional)
        raise UntraceableError(
            f"the path through its forward may depend on an optional argument ({names})"
        )
    _read_mode(graph, other, marks)
    _read_rates(graph, marks)
    return graph


def is_rate(node: Any) -> bool:
    """Return whether a node of traced code is a rate that a module holds as a number."""
    return isinstance(node, Node) and RATE in node.meta


def rate_path(node: Node) -> str | None:
    """Return the path of the number that a call uses as its rate, None if there is none."""
    given = next(
        (argument for argument in (*node.args, *node.kwargs.values()) if is_rate(argument)), None
    )
    while isinstance(given, Node) and given.op != "get_attr":
        given = given.args[0]
    return str(given.target) if isinstance(given, Node) else None  # else a number in the code


def _rates_read(module: nn.Module) -> dict[str, HeldRate]:
    """Return the numbers that a forward reads as rates, by path from the module."""
    flow = read_noise_flow(module)
    paths = {path for _, given in flow.given for path in given} if flow else set()
    within = {
        path: HeldRate(module, path, child, "p")
        for name, child in module.named_modules()
        if (path := f"{name}.p") in paths and isinstance(child, nn.modules.dropout._DropoutNd)
    }
    own = {rate.name: rate for rate in held_rates(module)}
    if any(rate.keeps or isinstance(rate.number, (list, tuple)) for rate in own.values()):
        raise UntraceableError("its forward computes with a rate that it holds as a number")
    return within | own


@contextmanager
def _marked(held: Mapping[str, HeldRate], start: float) -> Iterator[dict[float, str]]:
    """Give each rate a unique number within the block, and restore it afterwards."""
    numbers = [rate.number for rate in held.values()]
    marks = {start + (index + 1) / 2**20: path for index, path in enumerate(held)}
    try:
        for mark, rate in zip(marks, held.values(), strict=True):
            setattr(rate.holder, rate.attribute, mark)
        yield marks
    finally:
        for number, rate in zip(numbers, held.values(), strict=True):
            setattr(rate.holder, rate.attribute, number)


def _require_as_they_are(
    graph: Graph, marks: Mapping[float, str], other: Graph, others: Mapping[float, str]
) -> None:
    """Check that the code uses rates only as arguments of functions."""

    def shown(graph: Graph, marks: Mapping[float, str]) -> list[str]:
        def named(value: Any) -> Any:
            return f"<{marks[value]}>" if isinstance(value, float) and value in marks else value

        return [
            f"{node.op} {node.target} {map_aggregate(node.args, named)} "
            f"{map_aggregate(node.kwargs, named)}"
            for node in graph.nodes
        ]

    if shown(graph, marks) != shown(other, others):
        raise UntraceableError("its forward computes with a rate that it holds as a number")


def _read_rates(graph: Graph, marks: Mapping[float, str]) -> None:
    """Make the code read rates from the objects that hold them."""
    found: dict[float, Node] = {}

    def read(value: Any) -> Any:
        if not isinstance(value, float) or value not in marks:
            return value
        if value not in found:
            first = next(node for node in graph.nodes if node.op != "placeholder")
            with graph.inserting_before(first):
                found[value] = graph.create_node("get_attr", marks[value])
            found[value].meta[RATE] = True
        return found[value]

    for node in [*graph.nodes]:
        node.args = map_aggregate(node.args, read)
        node.kwargs = map_aggregate(node.kwargs, read)


@contextmanager
def _kept(module: nn.Module) -> Iterator[None]:
    """Restore all attributes, parameters, buffers and modules at the end of the block."""
    state = dict(vars(module))
    inner = {name: dict(state[name]) for name in ("_parameters", "_buffers", "_modules")}
    try:
        yield
    finally:
        vars(module).clear()
        vars(module).update(state)
        for name, content in inner.items():
            state[name].clear()
            state[name].update(content)


def same_code(graph: Graph, other: Graph) -> bool:
    """Return whether two graphs make the same calls."""
    return [*map(_line, graph.nodes)] == [*map(_line, other.nodes)]


def _traced(module: nn.Module, defaults: bool = False) -> Graph:
    try:
        return _OneModule(defaults).trace(module)
    except Exception as error:  # custom code, run on proxies, may raise anything
        text = str(error).strip().partition("\n")[0]
        raise UntraceableError(f"torch.fx cannot trace its forward: {text}") from error


def _lines(graph: Graph, known: dict[Node, Any]) -> list[str]:
    """Return the calls of a graph as text, with known values."""

    def shown(value: Any) -> str:
        return repr(map_arg(value, lambda node: known.get(node, node)))

    return [
        f"{node.op} {node.target} {shown(node.args)} {shown(node.kwargs)}"
        for node in graph.nodes
        if node.op != "placeholder"
    ]


def _read_mode(graph: Graph, other: Graph, marks: Mapping[float, str]) -> None:
    """Turn the graph of training mode into one for both modes, using that of evaluation mode."""
    nodes, others = list(graph.nodes), list(other.nodes)
    differing = [
        (node, two) for node, two in zip(nodes, others, strict=False) if _line(node) != _line(two)
    ]
    if len(nodes) != len(others) or any(node.target != two.target for node, two in differing):
        raise UntraceableError("its forward takes different paths in training and in evaluation")
    if not differing:
        return
    with graph.inserting_before(next(node for node in nodes if node.op != "placeholder")):
        mode = graph.create_node("get_attr", "training")

    def switched(value: Any, before: Any, node: Node) -> Any:
        if repr(value) == repr(before):
            return value
        if value is True and before is False:
            return mode
        constant = is_number(value) and function_name(node) in DROPPING
        if before == 0 and (constant or (isinstance(value, float) and value in marks)):
            with graph.inserting_before(node):
                product = graph.call_function(operator.mul, (value, mode))
            product.meta[RATE] = True
            return product
        raise UntraceableError(
            f"its forward computes with {value!r} in training and with {before!r} in evaluation"
        )

    for first, two in differing:
        first.args = tuple(map(switched, first.args, two.args, [first] * len(first.args)))
        first.kwargs = {
            name: switched(value, two.kwargs.get(name), first)
            for name, value in first.kwargs.items()
        }


def _line(node: Node) -> str:
    return f"{node.op} {node.target} {node.args} {node.kwargs}"
