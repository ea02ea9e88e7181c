"""Source code of functions and methods as syntax trees, for code that cannot be traced."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator
from typing import Any

from torch import nn

__all__ = [
    "PLAIN_CLASS",
    "asks_for_dropout",
    "called_functions",
    "forward_source",
    "function_source",
    "packs_sequences",
]

PLAIN_CLASS = "_class_before_surgery"
"""Attribute of a class with a rewritten forward that holds the original class."""

_CLASSES = frozenset(name for name in vars(nn) if "Dropout" in name)

_PACKING = frozenset({"pack_padded_sequence", "pack_sequence"})


def function_source(function: Callable[..., Any]) -> ast.FunctionDef | None:
    """Return the syntax tree of a function, None without source code."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError, SyntaxError):
        return None
    found = tree.body[0]
    if isinstance(found, ast.FunctionDef):
        return found
    lambdas = [node for node in ast.walk(tree) if isinstance(node, ast.Lambda)]
    if len(lambdas) != 1:
        return None
    (only,) = lambdas
    returned: list[ast.stmt] = [ast.Return(only.body)]
    return ast.FunctionDef("<lambda>", only.args, returned, [])


def forward_source(kind: type, name: str = "forward") -> ast.FunctionDef | None:
    """Return the syntax tree of a class's forward or another method, None without source code."""
    function = function_source(getattr(kind, name))
    return None if function is None else _of_self(function)


def called_functions(module: nn.Module) -> frozenset[str] | None:
    """Return the names of the functions that a forward calls, None without source code."""
    tree = forward_source(type(module))
    if tree is None:
        return None
    called = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return frozenset(name.rstrip("_") for name in _names(called))


def asks_for_dropout(module: nn.Module) -> bool:
    """Return whether a forward names a class of dropout without making one, as isinstance() does."""
    tree = forward_source(type(module))
    if tree is None:
        return False
    made = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    named = (node for node in ast.walk(tree) if isinstance(node, ast.Name | ast.Attribute))
    paths = [ast.unparse(node) for node in named if id(node) not in made]
    return any(
        path.rpartition(".")[2] in _CLASSES and not path.startswith("self.") for path in paths
    )


def packs_sequences(module: nn.Module) -> bool:
    """Return whether a forward packs sequences of different lengths."""
    return bool((called_functions(module) or frozenset()) & _PACKING)


def _of_self(function: ast.FunctionDef) -> ast.FunctionDef:
    """Return a method with its first argument renamed to self."""
    given = [*function.args.posonlyargs, *function.args.args]
    if given and given[0].arg != "self":
        for node in ast.walk(function):
            if isinstance(node, ast.Name) and node.id == given[0].arg:
                node.id = "self"
        given[0].arg = "self"
    return function


def _names(functions: list[ast.expr]) -> Iterator[str]:
    for function in functions:
        if isinstance(function, ast.Name):
            yield function.id
        elif isinstance(function, ast.Attribute) and ast.unparse(function.value) != "self":
            yield function.attr
