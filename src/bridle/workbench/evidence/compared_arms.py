"""Compared arms: the pairs of a plain arm and its regularised one."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["FIRST_PAIRS", "UNPAIRED", "pairs_of"]

FIRST_PAIRS = (("baseline", "dropout"), ("linear", "elastic_net"))
"""Names of a plain arm and of the arm that adds nothing to it but the regulariser."""

UNPAIRED = frozenset({"dummy", "permuted_target", "linear", "baseline"})
"""Arms that add no regulariser; all that `FIRST_PAIRS` does not name either go with the baseline."""


def pairs_of(arms: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Return the pairs to compare among the arms that ran, the first the most telling."""
    names = tuple(arms)
    named = UNPAIRED.union(*FIRST_PAIRS)
    others = tuple(("baseline", name) for name in names if name not in named)
    return tuple(pair for pair in (*FIRST_PAIRS, *others) if set(pair) <= set(names))
