"""Docstrings of public functions and classes that raise errors: they have a section Raises."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "bridle"
ROOMS = (
    "arguments",
    "callbacks",
    "dropout",
    "elastic_net",
    "files",
    "networks",
    "rows",
    "survival",
    "threads",
    "workbench",
)
FILES = [*SOURCE.glob("*.py"), *(file for room in ROOMS for file in (SOURCE / room).rglob("*.py"))]
# Errors of the language: a test of an index or of an attribute that is missing.
OF_THE_LANGUAGE = {"AttributeError", "IndexError", "NotImplementedError"}
CONSTRUCTORS = ("__init__", "__post_init__")
Function = ast.FunctionDef | ast.AsyncFunctionDef


def names_raised(function: Function) -> set[str]:
    """Return the names of the errors that a function itself raises, without those of inner functions."""
    names, open_ = set(), list(function.body)
    while open_:
        node: ast.AST = open_.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            continue
        if isinstance(node, ast.Raise) and node.exc is not None:
            error = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
            names.add(ast.unparse(error))
        open_.extend(ast.iter_child_nodes(node))  # type: ignore[arg-type]
    return names - OF_THE_LANGUAGE


def silent(node: ast.Module | ast.ClassDef, place: str = "") -> Iterator[str]:
    """Yield the public functions below a node that raise without a section Raises."""
    for child in node.body:
        if isinstance(child, ast.ClassDef) and not child.name.startswith("_"):
            yield from silent(child, f"{place}{child.name}.")
        if not isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        constructs = child.name in CONSTRUCTORS and isinstance(node, ast.ClassDef)
        if child.name.startswith("_") and not constructs:
            continue
        text = ast.get_docstring(node if constructs else child) or ""
        if names_raised(child) and "\nRaises\n------\n" not in text:
            yield f"{place}{child.name} raises {', '.join(sorted(names_raised(child)))}"


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(SOURCE)))
def test_public_function_that_raises_says_so(file):
    assert list(silent(ast.parse(file.read_text(encoding="utf-8")))) == []


def test_a_silent_function_is_found():
    code = '''
def told():
    """Do.

    Raises
    ------
    InputError
    """
    raise InputError

def silent():
    raise InputError(1)

def _own():
    raise InputError

class Public:
    def __init__(self):
        raise bridle.InputError
'''
    assert list(silent(ast.parse(code))) == [
        "silent raises InputError",
        "Public.__init__ raises bridle.InputError",
    ]
