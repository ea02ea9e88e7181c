"""Mutants of a module: its source with one small change each, made by Cosmic Ray."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator

__all__ = ["Mutant", "mutants_of"]

# An operator becomes its opposite and, where it compares, also its neighbour at the boundary.
_OPERATORS = (
    "AddNot",
    "NumberReplacer",
    "ReplaceAndWithOr",
    "ReplaceOrWithAnd",
    "ReplaceTrueWithFalse",
    "ReplaceFalseWithTrue",
    "ReplaceBreakWithContinue",
    "ReplaceContinueWithBreak",
    "ZeroIterationForLoop",
    *(
        f"ReplaceBinaryOperator_{pair}"
        for pair in (
            "Add_Sub",
            "Sub_Add",
            "Mul_Div",
            "Div_Mul",
            "FloorDiv_Mul",
            "Mod_Mul",
            "Pow_Mul",
            "BitAnd_BitOr",
            "BitOr_BitAnd",
        )
    ),
    *(
        f"ReplaceComparisonOperator_{pair}"
        for pair in (
            "Lt_LtE",
            "Lt_GtE",
            "LtE_Lt",
            "LtE_Gt",
            "Gt_GtE",
            "Gt_LtE",
            "GtE_Gt",
            "GtE_Lt",
            "Eq_NotEq",
            "NotEq_Eq",
            "Is_IsNot",
            "IsNot_Is",
        )
    ),
    *(f"ReplaceUnaryOperator_Delete_{operator}" for operator in ("USub", "Invert", "Not")),
)

_PAIRS = (
    (ast.Lt, ast.GtE),
    (ast.Gt, ast.LtE),
    (ast.Eq, ast.NotEq),
    (ast.Is, ast.IsNot),
    (ast.In, ast.NotIn),
)
_OPPOSITES = dict((*_PAIRS, *(pair[::-1] for pair in _PAIRS)))


@dataclass(frozen=True)
class Mutant:
    """A changed module.

    Attributes
    ----------
    source : str
        All of it.
    line : int
        Number of the first line that changed.
    change : str
        This number, the old lines and the new.
    """

    source: str
    line: int
    change: str


def mutants_of(source: str) -> Iterator[Mutant]:
    """Make the mutants of a module; those that cannot be compiled or change nothing are left out."""
    seen = {_essence(source)}
    for name in _OPERATORS:
        operator = get_operator(f"core/{name}")()
        for occurrence in count():
            changed = mutate_code(source, operator, occurrence)
            if changed is None:
                break
            essence = _essence(changed)
            if essence is not None and essence not in seen:
                seen.add(essence)
                yield Mutant(changed, *_difference(source, changed))


def _essence(source: str) -> str | None:
    """Return what decides a result, in one way of writing; None if it is no Python."""
    try:
        return ast.dump(_Essence().visit(ast.parse(source)))
    except SyntaxError:
        return None


class _Essence(ast.NodeTransformer):
    """Leaves out annotations, decorators and the assertion ``zip(strict=True)``."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.decorator_list, node.returns = [], None
        return self.generic_visit(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        node.decorator_list = []
        return self.generic_visit(node)

    def visit_arguments(self, node: ast.arguments) -> ast.AST:
        """Take all arguments for one kind: the star that parts them is no product."""
        node.args = [*node.posonlyargs, *node.args, *node.kwonlyargs]
        node.defaults += [default for default in node.kw_defaults if default is not None]
        node.posonlyargs, node.kwonlyargs, node.kw_defaults = [], [], []
        return self.generic_visit(node)

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.annotation = None
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        node.annotation = ast.Constant(None)
        return self.generic_visit(node)

    def visit_keyword(self, node: ast.keyword) -> ast.AST | None:
        return None if node.arg == "strict" else self.generic_visit(node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        """Write ``not a < b`` as ``a >= b``."""
        self.generic_visit(node)
        inner = node.operand
        if isinstance(node.op, ast.Not) and isinstance(inner, ast.Compare) and len(inner.ops) == 1:
            opposite = _OPPOSITES[type(inner.ops[0])]
            return ast.Compare(inner.left, [opposite()], inner.comparators)
        return node


def _difference(source: str, changed: str) -> tuple[int, str]:
    old, new = source.splitlines(), changed.splitlines()
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    first, *_ = [block for block in matcher.get_opcodes() if block[0] != "equal"]
    _, a, b, c, d = first
    before, after = (" ".join(" ".join(part).split()) for part in (old[a:b], new[c:d]))
    return a + 1, f"{a + 1}: {before}  ->  {after}"
