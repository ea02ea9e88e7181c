"""The code of one module as a graph: what it calls, with which results.

Each module is traced on its own, the modules within it as single calls, so that one that cannot be
traced does not close the rest.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from torch import nn
from torch.fx import Graph, Node, Tracer
from torch.fx.node import map_arg

from bridle.dropout.surgery.torch.roles import ATTENTION
from bridle.errors import BridleError

__all__ = [
    "UntraceableError",
    "called_functions",
    "drops_attention",
    "forward_source",
    "packs_sequences",
    "same_code",
    "trace",
]

_PACKING = frozenset({"pack_padded_sequence", "pack_sequence"})


class UntraceableError(BridleError):
    """What a module's forward does in which order cannot be known; the text says why."""


class _OneModule(Tracer):
    """Takes the modules within for single calls, and buffers for values that may change.

    With ``defaults``, an argument that has a default value has that value instead of standing for
    any.
    """

    proxy_buffer_attributes = True

    def __init__(self, defaults: bool) -> None:
        Tracer.__init__(self)
        self.defaults = defaults

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        """Return True."""
        return True

    def create_proxy(self, kind: str, target: Any, args: Any, *rest: Any, **more: Any) -> Any:
        """Return what stands for a value while the code runs."""
        proxy = Tracer.create_proxy(self, kind, target, args, *rest, **more)
        return args[0] if self.defaults and kind == "placeholder" and args else proxy


def trace(module: nn.Module) -> Graph:
    """Return the graph of a module's forward, which holds in training and in evaluation.

    What depends on ``module.training`` by being True or False, as ``F.dropout`` does, reads it from
    the module.

    Parameters
    ----------
    module : torch.nn.Module
        Not changed, but for its ``training`` mark while this runs: what its forward sets on it as
        it is traced is put back.

    Raises
    ------
    UntraceableError
        The way through the code depends on the data, on an optional argument, or on the mode.
    """
    if "forward" in vars(module):
        raise UntraceableError("its forward has been replaced on the object")
    with _kept(module):
        module.training = True
        graph, fixed = _traced(module), _traced(module, defaults=True)
        module.training = False
        other = _traced(module)
    if any(str(node.target).startswith("_tensor_constant") for node in graph.nodes):
        raise UntraceableError("its forward makes a tensor that a trace would keep as it is")
    optional = {
        node: node.args[0] for node in graph.nodes if node.op == "placeholder" and node.args
    }
    if _lines(graph, optional) != _lines(fixed, {}):
        names = ", ".join(f"{node.target}=" for node in optional)
        raise UntraceableError(
            f"the way through its forward may depend on an optional argument ({names})"
        )
    _read_mode(graph, other)
    return graph


def forward_source(kind: type, name: str = "forward") -> ast.FunctionDef | None:
    """Return the source of a class's forward, or of another method; None if it is not known."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(getattr(kind, name))))
    except (OSError, TypeError, SyntaxError):
        return None
    function = tree.body[0]
    return _of_self(function) if isinstance(function, ast.FunctionDef) else None


def _of_self(function: ast.FunctionDef) -> ast.FunctionDef:
    """Return a method whose module is called self, whatever its author calls it."""
    given = [*function.args.posonlyargs, *function.args.args]
    if given and given[0].arg != "self":
        for node in ast.walk(function):
            if isinstance(node, ast.Name) and node.id == given[0].arg:
                node.id = "self"
        given[0].arg = "self"
    return function


def called_functions(module: nn.Module) -> frozenset[str] | None:
    """Return the names of what a forward calls, modules of its own left out; None if not known."""
    tree = forward_source(type(module))
    if tree is None:
        return None
    called = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return frozenset(name.rstrip("_") for name in _names(called))


def packs_sequences(module: nn.Module) -> bool:
    """Say whether a forward packs sequences of several lengths."""
    return bool((called_functions(module) or frozenset()) & _PACKING)


def drops_attention(module: nn.Module) -> bool:
    """Say whether a forward gives an attention function a rate that no dropout of its own holds."""
    tree = forward_source(type(module))
    if tree is None:
        return False
    nodes = [*ast.walk(tree)]
    calls = [node for node in nodes if isinstance(node, ast.Call)]
    known = {
        target.id: node.value
        for node in nodes
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    return any(_has_own_rate(one, known) for one in calls if [*_names([one.func])] == [ATTENTION])


def _has_own_rate(call: ast.Call, known: dict[str, ast.expr]) -> bool:
    given = [one.value for one in call.keywords if one.arg == "dropout_p"]
    given += [] if any(isinstance(one, ast.Starred) for one in call.args) else call.args[4:5]
    for value in given:
        parts = [*ast.walk(known.get(value.id, value) if isinstance(value, ast.Name) else value)]
        held = any(isinstance(one, ast.Attribute) and one.attr == "p" for one in parts)
        number = [one.value for one in parts if isinstance(one, ast.Constant)]
        silent = len(parts) == 1 and number == [0]
        if not (held or silent):
            return True
    return False


@contextmanager
def _kept(module: nn.Module) -> Iterator[None]:
    """Put back every attribute, parameter, buffer and module at the end."""
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


def same_code(one: Graph, other: Graph) -> bool:
    """Say whether two graphs make the same calls."""
    return [*map(_line, one.nodes)] == [*map(_line, other.nodes)]


def _names(functions: list[ast.expr]) -> Iterator[str]:
    for one in functions:
        if isinstance(one, ast.Name):
            yield one.id
        elif isinstance(one, ast.Attribute) and ast.unparse(one.value) != "self":
            yield one.attr


def _traced(module: nn.Module, defaults: bool = False) -> Graph:
    try:
        return _OneModule(defaults).trace(module)
    except Exception as error:  # the user's code runs on what is no tensor: anything may happen
        text = str(error).strip().partition("\n")[0]
        raise UntraceableError(f"torch.fx cannot trace its forward: {text}") from error


def _lines(graph: Graph, known: dict[Node, Any]) -> list[str]:
    """Return what the graph computes, with the values of the nodes that are known."""

    def shown(value: Any) -> str:
        return repr(map_arg(value, lambda node: known.get(node, node)))

    return [
        f"{node.op} {node.target} {shown(node.args)} {shown(node.kwargs)}"
        for node in graph.nodes
        if node.op != "placeholder"
    ]


def _read_mode(graph: Graph, other: Graph) -> None:
    """Make the graph of training mode that of both, given that of evaluation mode."""
    nodes, others = list(graph.nodes), list(other.nodes)
    differing = [
        (one, two) for one, two in zip(nodes, others, strict=False) if _line(one) != _line(two)
    ]
    if len(nodes) != len(others) or any(one.target != two.target for one, two in differing):
        raise UntraceableError("its forward takes another way in training than in evaluation")
    if not differing:
        return
    with graph.inserting_before(next(node for node in nodes if node.op != "placeholder")):
        mode = graph.create_node("get_attr", "training")
    for one, two in differing:
        one.args = tuple(map(_switched, one.args, two.args, [mode] * len(one.args)))
        one.kwargs = {
            name: _switched(value, two.kwargs.get(name), mode) for name, value in one.kwargs.items()
        }


def _switched(value: Any, other: Any, mode: Node) -> Any:
    if repr(value) == repr(other):
        return value
    if value is True and other is False:
        return mode
    raise UntraceableError(
        f"its forward computes with {value!r} in training and with {other!r} in evaluation"
    )


def _line(node: Node) -> str:
    return f"{node.op} {node.target} {node.args} {node.kwargs}"
