"""The pairs of arms that are compared: a plain one and its regularised counterpart, and rivals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from bridle.workbench.arm.names import is_arm
from bridle.workbench.evidence.best_network import BEST_NETWORK, network_arms
from bridle.workbench.record import Record

__all__ = ["FIRST_PAIRS", "LINEAR_PAIRS", "UNPAIRED", "pairs_of", "rivals_of"]

FIRST_PAIRS = (("baseline", "dropout"), ("linear", "elastic_net"))
"""Pairs of a plain arm and the arm that only adds a regulariser to it; a study has at least one."""

LINEAR_PAIRS = (("linear", "lasso"), ("linear", "ridge"))
"""Further such pairs of linear models."""

PENALTIES = (("elastic_net", "lasso"), ("elastic_net", "ridge"), ("lasso", "ridge"))
"""L1, L2 or both: these are rivals of one another."""

UNPAIRED = frozenset({"dummy", "permuted_target", "linear", "baseline", BEST_NETWORK})
"""Arms without a regulariser. Any other arm of the catalogue is paired with the baseline, unless a pair
above names it; estimators of the user are not paired."""


def pairs_of(arms: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Return the pairs among the arms that ran, the most informative first."""
    names = tuple(arms)
    first = (*FIRST_PAIRS, *LINEAR_PAIRS)
    named = UNPAIRED.union(*first)
    others = tuple(("baseline", name) for name in names if name not in named and is_arm(name))
    return tuple(pair for pair in (*first, *others) if set(pair) <= set(names))


def rivals_of(
    by_arm: Mapping[str, Sequence[Record]], named: Iterable[tuple[str, str]]
) -> tuple[tuple[str, str], ...]:
    """Return the different models that are compared, each arm before its rival.

    The elastic net is always compared with the best network (or the only one), with the lasso and with
    the ridge, and the lasso with the ridge.

    Parameters
    ----------
    by_arm : mapping of str to sequence of Record
        Records by arm; those of `best_network` under its name.
    named : iterable of (str, str)
        Further pairs, `Protocol.versus`. Those with an arm that did not run, and those that are
        compared anyway, are left out.
    """
    networks = [BEST_NETWORK] if BEST_NETWORK in by_arm else list(network_arms(by_arm))
    wanted = [("elastic_net", network) for network in networks[:1]] + [*PENALTIES, *named]
    known = {frozenset(pair) for pair in pairs_of(by_arm)}
    found = []
    for pair in wanted:
        if set(pair) <= set(by_arm) and frozenset(pair) not in known:
            known.add(frozenset(pair))
            found.append(pair)
    return tuple(found)
