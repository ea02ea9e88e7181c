"""Statement of a line, and code of a changed module in place of what is loaded."""

from __future__ import annotations

import ast
import gc
from types import CodeType, FunctionType

__all__ = ["replace_code", "statement_lines"]


def statement_lines(source: str, line: int) -> set[int]:
    """Return the lines of the statement in a function that has this line; none outside functions.

    What a compound statement governs is left out.
    """
    inside = [
        node
        for outer in ast.walk(ast.parse(source))
        if isinstance(outer, ast.FunctionDef)
        for statement in outer.body
        for node in ast.walk(statement)
        if isinstance(node, ast.stmt) and node.lineno <= line <= _end(node)
    ]
    if not inside:
        return set()
    last = min(inside, key=lambda node: _end(node) - node.lineno)
    body = getattr(last, "body", None)
    end = body[0].lineno - 1 if body else _end(last)
    return set(range(last.lineno, max(end, last.lineno) + 1))


def _end(node: ast.stmt) -> int:
    return node.end_lineno or node.lineno


def replace_code(path: str, source: str, changed: str) -> None:
    """Give all functions of a loaded module the code of a changed source."""
    old, new = (_codes(compile(text, path, "exec")) for text in (source, changed))
    news = dict(zip(map(_place, old), new, strict=True))
    gc.unfreeze()  # what the tests froze is not listed
    functions = [
        held
        for held in gc.get_objects()
        if isinstance(held, FunctionType) and held.__code__.co_filename == path
    ]
    assert functions, "a changed source that changes nothing would count as unnoticed"
    for function in functions:
        function.__code__ = news[_place(function.__code__)]


def _place(code: CodeType) -> tuple[str, tuple[object, ...]]:
    return code.co_qualname, tuple(code.co_positions())


def _codes(code: CodeType) -> list[CodeType]:
    inner = [held for held in code.co_consts if isinstance(held, CodeType)]
    return [code, *(found for held in inner for found in _codes(held))]
