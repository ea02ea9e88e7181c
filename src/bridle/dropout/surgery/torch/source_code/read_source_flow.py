"""`read_source_flow`: the data flow of a module, read from the source code of its forward.

It serves modules that cannot be traced. No values are known, so all branches are assumed to run.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable

from torch import nn

from bridle.dropout.surgery.torch.source_code.source_flow import SourceFlow
from bridle.dropout.surgery.torch.source_code.sources import forward_source

__all__ = ["read_source_flow"]

# Attributes of a tensor that do not carry its units.
NO_UNITS = frozenset({"device", "dim", "dtype", "is_cuda", "layout", "ndim", "shape", "size", "T"})

# Additional outputs of models, which other modules read.
BESIDES = frozenset({"attentions", "cache", "cross_attentions", "hidden_states", "past_key_values"})

# Ways to reach modules without naming their attribute.
REACHES = frozenset(
    {"children", "get_submodule", "getattr", "modules", "named_children", "named_modules", "super"}
)

# Functions that return the modules they are given and call none.
HANDS_ON = frozenset(
    {"dict", "enumerate", "items", "iter", "list", "reversed", "tuple", "values", "zip"}
)


def read_source_flow(module: nn.Module) -> SourceFlow | None:
    """Return the flow between a module's inner modules, None without source code."""
    function = forward_source(type(module))
    if function is None:
        return None
    walker = _Reader(module)
    walker.flow.returned = {origins for _, origins in walker.body(function, {})}
    return walker.flow


Origins = frozenset[tuple[str, str]]
"""Origin of a value: ("module", attribute) for a module, ("result", attribute) for its result."""

NOTHING: Origins = frozenset()


class _Reader:
    def __init__(self, module: nn.Module) -> None:
        self.held = module
        self.kind = type(module)
        self.inner = module._modules
        self.flow = SourceFlow()
        self.known: dict[str, Origins] = {}
        self.given_back: Origins = NOTHING
        self.settled: dict[str, bool] = {}
        self.within: tuple[str, ...] = ("forward",)

    def body(
        self,
        function: ast.FunctionDef,
        known: dict[str, Origins],
        settled: dict[str, bool] | None = None,
    ) -> Origins:
        """Read a function and return the origins of its result."""
        outside = self.known, self.given_back, self.settled
        self.known, self.given_back, self.settled = dict(known), NOTHING, settled or {}
        self.run(function.body)
        found = self.given_back
        self.known, self.given_back, self.settled = outside
        return found

    def run(self, statements: Iterable[ast.stmt]) -> None:
        for statement in statements:
            self.statement(statement)

    def statement(self, node: ast.stmt) -> None:
        match node:
            case ast.Assign():
                for target in node.targets:
                    self.assign(target, node.value)
            case ast.AnnAssign(value=ast.expr()):
                self.assign(node.target, node.value)  # type: ignore[arg-type]
            case ast.AugAssign():
                self.bind(node.target, self.value(node.target) | self.value(node.value))
            case ast.Return(value=ast.expr()):
                self.given_back |= self.value(node.value)  # type: ignore[arg-type]
            case ast.If():
                self.value(node.test)
                ways = {True: [node.body], False: [node.orelse], None: [node.body, node.orelse]}
                self.either(*ways[self.truth(node.test)])
            case ast.For() | ast.AsyncFor():
                self.repeat(node.body, lambda: self.bind(node.target, self.value(node.iter)))
                self.run(node.orelse)
            case ast.While():
                self.repeat(node.body, lambda: self.value(node.test))
            case ast.FunctionDef():
                # An inner function, as checkpoints need it: it is called where it is defined.
                seen = [
                    attribute
                    for attribute in ast.walk(node)
                    if isinstance(attribute, ast.Attribute)
                ]
                self.known[node.name] = _union(self.value(attribute) for attribute in seen)
            case _:
                for name, entry in ast.iter_fields(node):
                    self.rest(name, entry)

    def rest(self, name: str, entry: object) -> None:
        """Read a field of another kind of statement."""
        if isinstance(entry, ast.expr):
            self.value(entry)
        for statement in entry if isinstance(entry, list) else []:
            if isinstance(statement, ast.withitem):
                found = self.value(statement.context_expr)
                if statement.optional_vars is not None:
                    self.bind(statement.optional_vars, found)
            elif isinstance(statement, (ast.ExceptHandler, ast.match_case)):
                self.run(statement.body)
            elif isinstance(statement, ast.stmt):
                self.statement(statement)
            elif isinstance(statement, ast.expr):
                self.value(statement)

    def truth(self, test: ast.expr) -> bool | None:
        """Return the value of a condition if default arguments determine it, otherwise None."""
        if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            inner = self.truth(test.operand)
            return None if inner is None else not inner
        return self.settled.get(test.id) if isinstance(test, ast.Name) else None

    def either(self, *ways: list[ast.stmt]) -> None:
        """Read alternative lists of statements, of which one runs."""
        before, after = self.known, dict[str, Origins]()
        for way in ways:
            self.known = dict(before)
            self.run(way)
            for name, found in self.known.items():
                after[name] = after.get(name, NOTHING) | found
        self.known = after

    def repeat(self, statements: list[ast.stmt], first: Callable[[], object]) -> None:
        """Read a loop twice, since results of the first round reach the second."""
        for _ in range(2):
            first()
            self.either(statements, [])

    def assign(self, target: ast.expr, value: ast.expr) -> None:
        target_parts, value_parts = (getattr(node, "elts", []) for node in (target, value))
        if target_parts and len(target_parts) == len(value_parts):
            found = [self.value(part) for part in value_parts]
            for part, origins in zip(target_parts, found, strict=True):
                self.bind(part, origins)
        else:
            self.bind(target, self.value(value))

    def bind(self, target: ast.expr, origins: Origins) -> None:
        match target:
            case ast.Name():
                self.known[target.id] = origins
            case ast.Tuple() | ast.List():
                for element in target.elts:
                    self.bind(element, origins)
            case ast.Starred():
                self.bind(target.value, origins)
            case ast.Subscript(value=ast.Name(id=name)):
                self.known[name] = self.known.get(name, NOTHING) | origins

    def value(self, node: ast.expr) -> Origins:
        match node:
            case ast.Name():
                return self.known.get(node.id, NOTHING)
            case ast.Attribute(value=ast.Name(id="self"), attr=name):
                return frozenset({("module", name)}) if name in self.inner else NOTHING
            case ast.Attribute(value=ast.Attribute(value=ast.Name(id="self"), attr=name)) if (
                isinstance(getattr(self.inner.get(name), node.attr, None), (int, float, str))
            ):
                return NOTHING  # a setting of a module, such as the rate self.dropout.p
            case ast.Attribute():
                found = self.value(node.value)
                return NOTHING if node.attr in NO_UNITS | BESIDES else found
            case ast.Subscript():
                self.value(node.slice)
                return self.value(node.value)
            case ast.Call():
                named = self._named_inner(node)
                return self.call(node) if named is None else frozenset({("module", named)})
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
                for generator in node.generators:
                    self.bind(generator.target, self.value(generator.iter))
                ends = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
                return _union(map(self.value, ends))
            case ast.IfExp():
                ways = {True: [node.body], False: [node.orelse], None: [node.body, node.orelse]}
                return _union(map(self.value, ways[self.truth(node.test)]))
            case ast.NamedExpr():
                self.bind(node.target, self.value(node.value))
                return self.value(node.target)
            case _:
                inner = [
                    child for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)
                ]
                return _union(map(self.value, inner))

    def call(self, node: ast.Call) -> Origins:
        given = _union(
            self.value(argument) for argument in (*node.args, *(k.value for k in node.keywords))
        )
        own = [
            name for argument in (node.func, *node.args) if (name := self._method_name(argument))
        ]
        if own:
            return self.method(own[0], node, given)
        name = _name(node.func)
        of_self = bool(node.args) and ast.unparse(node.args[0]) == "self"
        self.flow.by_name |= name in REACHES and (name != "getattr" or of_self)
        of_call = self.value(node.func)
        if isinstance(node.func, ast.Attribute) and name not in NO_UNITS:
            base = self.value(node.func.value)
            of_call = base if _results(base) else of_call
            # Something is added to a list: outputs.append(y).
            self._mutate(node.func.value, _results(given))
        if name in NO_UNITS or (name in HANDS_ON and not _results(given)):
            return NOTHING if name in NO_UNITS else given | of_call
        modules = [name for kind, name in sorted(of_call | given) if kind == "module"]
        return self.modules(modules, given) if modules else self.function(name, of_call | given)

    def modules(self, attributes: list[str], given: Origins) -> Origins:
        """Read a call of one of these modules and return its result."""
        for reader in attributes:
            if reader not in self.flow.order:
                self.flow.order.append(reader)
            for _, name in _results(given):
                self.flow.readers[name].add(reader)
        return frozenset(("result", attribute) for attribute in attributes)

    def function(self, name: str, given: Origins) -> Origins:
        """Read a call of a function, whose result has the units of its arguments."""
        for _, attribute in _results(given):
            self.flow.functions[attribute].add(name)
        return given

    def method(self, name: str, node: ast.Call, given: Origins) -> Origins:
        """Read a call of one of the module's methods, or of a function that receives one."""
        function = forward_source(self.kind, name)
        if function is None or name in self.within:
            return given
        names = [parameter.arg for parameter in (*function.args.args, *function.args.kwonlyargs)][
            1:
        ]
        known, settled = dict.fromkeys(names, given), dict[str, bool]()
        if self._method_name(node.func):
            named = {
                keyword.arg: self.value(keyword.value) for keyword in node.keywords if keyword.arg
            }
            known = dict(zip(names, map(self.value, node.args), strict=False)) | named
            settled = {
                default: value
                for default, value in _defaults(function).items()
                if default not in known
            }
        outside, self.within = self.within, (*self.within, name)
        found = self.body(function, known, settled)
        self.within = outside
        return found

    def _method_name(self, node: ast.expr) -> str | None:
        """Return the name of one of the module's methods, None for anything else."""
        if not (isinstance(node, ast.Attribute) and ast.unparse(node.value) == "self"):
            return None
        return node.attr if callable(getattr(self.kind, node.attr, None)) else None

    def _named_inner(self, node: ast.Call) -> str | None:
        """Return the inner module that ``getattr(self, "name")`` or ``getattr(self, self.x)`` is."""
        match node:
            case ast.Call(
                func=ast.Name(id="getattr"), args=[ast.Name(id="self"), ast.Constant(value=name)]
            ):
                pass
            case ast.Call(
                func=ast.Name(id="getattr"),
                args=[ast.Name(id="self"), ast.Attribute(value=ast.Name(id="self"), attr=holder)],
            ):
                name = getattr(self.held, holder, None)
            case _:
                return None
        return name if isinstance(name, str) and name in self.inner else None

    def _mutate(self, node: ast.expr, given: Origins) -> None:
        if isinstance(node, ast.Name) and given and node.id in self.known:
            self.known[node.id] |= given


def _union(found: Iterable[Origins]) -> Origins:
    return frozenset().union(*found)


def _results(origins: Origins) -> Origins:
    return frozenset(pair for pair in origins if pair[0] == "result")


def _defaults(function: ast.FunctionDef) -> dict[str, bool]:
    """Return the arguments with the default None, True or False."""
    names = function.args
    pairs = [
        *zip(names.args[len(names.args) - len(names.defaults) :], names.defaults, strict=True),
        *zip(names.kwonlyargs, names.kw_defaults, strict=True),
    ]
    return {
        name.arg: bool(value.value)
        for name, value in pairs
        if isinstance(value, ast.Constant)
        and (value.value is None or isinstance(value.value, bool))
    }


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Name):
        return function.id.rstrip("_")
    if isinstance(function, ast.Attribute) and ast.unparse(function.value) == "self":
        return ""  # an attribute that not every object has, like the cross attention of an encoder
    return function.attr.rstrip("_") if isinstance(function, ast.Attribute) else ""
