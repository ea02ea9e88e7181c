"""The pairs of arms that are compared: a plain one and its regularised counterpart."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["FIRST_PAIRS", "UNPAIRED", "pairs_of"]

FIRST_PAIRS = (("baseline", "dropout"), ("linear", "elastic_net"))
"""Pairs of a plain arm and the arm that only adds a regulariser to it."""

UNPAIRED = frozenset({"dummy", "permuted_target", "linear", "baseline"})
"""Arms without a regulariser. All others that `FIRST_PAIRS` does not name pair with the baseline."""


def pairs_of(arms: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Return the pairs among the arms that ran, the most informative first."""
    names = tuple(arms)
    named = UNPAIRED.union(*FIRST_PAIRS)
    others = tuple(("baseline", name) for name in names if name not in named)
    return tuple(pair for pair in (*FIRST_PAIRS, *others) if set(pair) <= set(names))
