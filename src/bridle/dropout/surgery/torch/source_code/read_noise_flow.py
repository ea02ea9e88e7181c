"""`read_noise_flow`: the flow of rates into noise, read from the source code of a module's forward.

It finds the attributes that a forward passes to functions that drop, also through its own methods
and functions; rates written into the code; and other uses of random numbers. All branches are
assumed to run, and a name stands for all values that it is ever assigned.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Mapping
from types import FunctionType
from typing import Any
from weakref import WeakKeyDictionary

from torch import nn

from bridle.dropout.surgery.torch.roles import ATTENTION_RATES
from bridle.dropout.surgery.torch.source_code.calls import (
    Given,
    called_name,
    called_object,
    names_seen,
    origins_of_arguments,
)
from bridle.dropout.surgery.torch.source_code.noise_flow import NoiseFlow, NoiseNotes
from bridle.dropout.surgery.torch.source_code.origins import (
    NOTHING,
    ZERO,
    Origins,
    inverted,
    is_path,
    of_constant,
    paths_of,
    says_drop,
    union,
)
from bridle.dropout.surgery.torch.source_code.random_functions import (
    DROPPING,
    OTHER_DRAWS,
    UNIFORM,
)
from bridle.dropout.surgery.torch.source_code.sources import PLAIN_CLASS, function_source

__all__ = ["read_function", "read_noise_flow"]

# Largest depth of nested calls that is followed.
DEPTH = 4

# Most dots in the path of an attribute.
LONGEST = 2


def read_noise_flow(module: nn.Module) -> NoiseFlow | None:
    """Return the noise flow of a module's class; None if its source is not available."""
    kind: type = getattr(type(module), PLAIN_CLASS, type(module))
    if kind.__module__.startswith(("torch.", "bridle.", "keras.")):
        return NoiseFlow()
    forward = kind.forward  # type: ignore[attr-defined]
    known = _FLOWS.get(kind)
    if known is None or known[0] is not forward:
        _FLOWS[kind] = known = (forward, _Reader(kind).read())
    return known[1]


def read_function(function: FunctionType) -> NoiseFlow:
    """Return the noise flow of a function, such as a hook; empty without source code."""
    reader = _Reader(nn.Module)
    if not function.__module__.startswith(("torch.", "bridle.")):
        reader.function(function, None)
    return reader.notes.flow()


_FLOWS: WeakKeyDictionary[type, tuple[Any, NoiseFlow | None]] = WeakKeyDictionary()


class _Reader:
    """Reads the functions that a forward calls, once for each set of argument origins."""

    def __init__(self, kind: type) -> None:
        self.kind = kind
        self.notes = NoiseNotes(kind.__name__)
        self.done: dict[Any, Origins] = {}

    def read(self) -> NoiseFlow | None:
        if self.method("forward", self.kind, None) is None:
            return None
        return self.notes.flow()

    def method(self, name: str, kind: type, given: Given | None) -> Origins | None:
        """Read a method and return the origins of its result; None without source code."""
        home = next((base for base in kind.__mro__ if name in vars(base)), None)
        if home is None or home.__module__.startswith("torch."):
            return None
        function = inspect.unwrap(getattr(home, name))
        return self.function(function, given, home) if isinstance(function, FunctionType) else None

    def function(
        self, function: FunctionType, given: Given | None, home: type | None = None
    ) -> Origins | None:
        """Read a function and return the origins of its result; None without source code."""
        tree = function_source(function)
        name = function.__qualname__
        if tree is None or name in self.notes.within or len(self.notes.within) > DEPTH:
            return None
        known = origins_of_arguments(tree, given, of_class=home is not None)
        key = function, frozenset(known.items())
        if key not in self.done:
            self.done[key] = NOTHING
            outside, self.notes.within = self.notes.within, (*self.notes.within, name)
            self.done[key] = _Body(self, tree, known, names_seen(function), home).read()
            self.notes.within = outside
        return self.done[key]


class _Body:
    """One function: origins of its names, and effects of its calls."""

    def __init__(
        self,
        reader: _Reader,
        tree: ast.FunctionDef,
        known: dict[str, Origins],
        names: Mapping[str, Any],
        home: type | None,
    ) -> None:
        self.reader, self.tree, self.known, self.names, self.home = reader, tree, known, names, home

    def read(self) -> Origins:
        nodes = [*ast.walk(self.tree)]
        before: dict[str, Origins] | None = None
        # Repeat until nothing changes: in a loop, the last assignment is read first.
        while before != self.known:
            before = dict(self.known)
            for node in nodes:
                self.assign(node)
        for node in nodes:
            if isinstance(node, ast.Compare):
                parts = (node.left, *node.comparators)
                self.reader.notes.compare(union(self.value(part) for part in parts))
            elif isinstance(node, ast.Call):
                self.value(node)
        return union(self.value(node.value) for node in nodes if isinstance(node, ast.Return))

    def assign(self, node: ast.AST) -> None:
        match node:
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    ours, theirs = getattr(target, "elts", []), getattr(value, "elts", [])
                    if ours and len(ours) == len(theirs):
                        for own, other in zip(ours, theirs, strict=True):
                            self.bind(own, other)
                    else:
                        self.bind(target, value)
            case (
                ast.AnnAssign(target=target, value=value)
                | ast.NamedExpr(target=target, value=value)
                | ast.AugAssign(target=target, value=value)
                | ast.For(target=target, iter=value)
                | ast.comprehension(target=target, iter=value)
            ):
                self.bind(target, value)

    def bind(self, target: ast.expr, value: ast.expr | None) -> None:
        origins = self.value(value)
        for node in ast.walk(target):
            if isinstance(node, ast.Name) and "" not in self.known.get(node.id, NOTHING):
                self.known[node.id] = self.known.get(node.id, NOTHING) | origins

    def value(self, node: ast.AST | None) -> Origins:
        """Return the origins of a value."""
        match node:
            case ast.Name(id=name):
                return self.known.get(name, NOTHING)
            case ast.Constant(value=number):
                return of_constant(number)
            case ast.Attribute(value=base, attr=name):
                found = self.value(base)
                # In a loop, x = x.next would go on for ever.
                short = (path for path in found if is_path(path) and path.count(".") < LONGEST)
                longer = (f"{path}.{name}".strip(".") for path in short)
                return frozenset(longer) | {path for path in found if path.startswith("~")}
            case ast.Subscript(value=base):
                return self.value(base)
            case ast.IfExp(body=body, orelse=orelse):
                return self.value(body) | self.value(orelse)
            case ast.BinOp(left=ast.Constant(value=number), op=ast.Sub(), right=right) if (
                number == 1
            ):
                return frozenset(map(inverted, self.value(right)))
            case ast.Compare() | ast.Lambda():
                return NOTHING
            case ast.Call():
                return self.call(node)
            case ast.AST():
                return union(map(self.value, ast.iter_child_nodes(node)))
        return NOTHING

    def call(self, node: ast.Call) -> Origins:
        positional = [self.value(argument) for argument in node.args]
        named = {keyword.arg: self.value(keyword.value) for keyword in node.keywords if keyword.arg}
        everything = union([*positional, *named.values()])
        if isinstance(node.func, ast.Attribute):
            everything |= self.value(node.func.value) - {""}
        # Within a function, a name may stand for a module: dropout = self.dropouts[0].
        local = isinstance(node.func, ast.Name) and node.func.id in self.known
        full = "" if local else called_name(node.func)
        name = full.rstrip("_")
        if self.is_own(node.func):
            found = self.followed(node, Given(positional, named))
            self.hand_over(full, named)
            return everything if found is None else found
        if name in DROPPING:
            self.drop(name, node, Given(positional, named))
        elif name == "bernoulli":
            self.reader.notes.mask(name, everything)
        elif name in UNIFORM and self.is_draw(node.func):
            place = f"~{self.tree.name} {node.lineno} {node.col_offset}"
            self.reader.notes.drawn[place] = full
            return frozenset({place})
        elif name in OTHER_DRAWS and self.is_draw(node.func):
            self.reader.notes.draws.add(full)
        elif name == "floor" and any(path.startswith("~") for path in everything):
            # A keep probability plus a uniform number, rounded down, is a mask.
            self.reader.notes.compare(everything)
        else:
            found = self.followed(node, Given(positional, named))
            if found is not None:
                return found
            self.hand_over(full, named)
        return everything

    def drop(self, name: str, node: ast.Call, given: Given) -> None:
        train = next(
            (keyword.value for keyword in node.keywords if keyword.arg == "training"), None
        )
        if isinstance(train, ast.Constant) and train.value is False:
            return
        argument, rate = ("dropout_p", ZERO) if name in ATTENTION_RATES else ("p", NOTHING)
        if any(isinstance(argument, ast.Starred) for argument in node.args):
            rate = NOTHING  # it may be in what is spread out
        elif len(given.positional) > DROPPING[name]:
            rate = given.positional[DROPPING[name]]
        self.reader.notes.drop(name, given.named.get(argument, rate))

    def hand_over(self, name: str, named: dict[str, Origins]) -> None:
        """Record rates passed to a function without source code, by argument name."""
        for argument, origins in named.items():
            if says_drop(argument) and paths_of(origins):
                self.reader.notes.drop(name, origins)

    def followed(self, node: ast.Call, given: Given) -> Origins | None:
        """Read the called function, unless it belongs to a framework or has no source code."""
        for argument in node.args:
            if self.is_own(argument):  # checkpoint(self.inner, x) calls its argument
                self.reader.method(argument.attr, self.reader.kind, None)  # type: ignore[attr-defined]
        function = node.func
        if isinstance(function, ast.Attribute):
            if self.is_own(function):
                return self.reader.method(function.attr, self.reader.kind, given)
            if isinstance(function.value, ast.Call) and called_name(function.value.func) == "super":
                return self.above(function.attr, given)
        found = called_object(function, self.names)
        if not isinstance(found, FunctionType):
            return None
        found = inspect.unwrap(found)
        framework = found.__module__.startswith(("torch.", "numpy."))
        return None if framework else self.reader.function(found, given)

    def above(self, name: str, given: Given) -> Origins | None:
        """Read the method found by super()."""
        order = self.reader.kind.__mro__
        behind = order[order.index(self.home) + 1 :] if self.home in order else ()
        home = next((base for base in behind if name in vars(base)), None)
        return None if home is None else self.reader.method(name, home, given)

    def is_own(self, function: ast.expr) -> bool:
        """Return whether this is a method or an inner module of the module."""
        return isinstance(function, ast.Attribute) and "" in self.value(function.value)

    def is_draw(self, function: ast.expr) -> bool:
        """Return whether a name is that of a drawing function, not of a custom one."""
        found = called_object(function, self.names)
        return not isinstance(found, FunctionType) or found.__module__.startswith("torch")
