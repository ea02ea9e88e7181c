"""Calls in source code: their arguments, and the name and object of the function."""

from __future__ import annotations

import ast
import inspect
from collections import ChainMap
from collections.abc import Mapping
from dataclasses import dataclass
from types import FunctionType
from typing import Any

from bridle.dropout.surgery.torch.source_code.origins import NOTHING, ZERO, Origins

__all__ = ["Given", "called_name", "called_object", "names_seen", "origins_of_arguments"]


@dataclass
class Given:
    """The arguments of a call."""

    positional: list[Origins]
    named: dict[str, Origins]


def origins_of_arguments(
    tree: ast.FunctionDef, given: Given | None, of_class: bool
) -> dict[str, Origins]:
    """Return the origins of a function's arguments; none if they are not known."""
    arguments = [parameter.arg for parameter in (*tree.args.posonlyargs, *tree.args.args)]
    keywords = [parameter.arg for parameter in tree.args.kwonlyargs]
    static = any(called_name(decorator) == "staticmethod" for decorator in tree.decorator_list)
    of_self = of_class and not static and bool(arguments)
    known = dict.fromkeys((*arguments, *keywords), NOTHING)
    if given is not None:
        defaults = tree.args.defaults
        values = [
            *zip(arguments[len(arguments) - len(defaults) :], defaults, strict=True),
            *zip(keywords, tree.args.kw_defaults, strict=True),
        ]
        known |= {
            name: ZERO
            for name, value in values
            if isinstance(value, ast.Constant) and value.value in (0, None)
        }
        known |= dict(zip(arguments[of_self:], given.positional, strict=False))
        known |= {name: origins for name, origins in given.named.items() if name in known}
    return known | ({arguments[0]: frozenset({""})} if of_self else {})


def called_object(function: ast.expr, names: Mapping[str, Any]) -> Any:
    """Return the object that is called, looked up among a module's names; None if it is not there."""
    if isinstance(function, ast.Name):
        return names.get(function.id)
    if isinstance(function, ast.Attribute):
        return getattr(called_object(function.value, names), function.attr, None)
    return None


def names_seen(function: FunctionType) -> Mapping[str, Any]:
    """Return the names of a function's module, and those of the functions around it."""
    around = inspect.getclosurevars(function).nonlocals if function.__closure__ else {}
    return ChainMap({**around}, function.__globals__)


def called_name(function: ast.expr) -> str:
    """Return the last name of what is called, "" if it has none."""
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""
