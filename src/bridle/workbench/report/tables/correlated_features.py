"""The table of correlated features: how many of each group a lasso, ridge or elastic net keeps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bridle.workbench.evidence.results.pairs import succeeded
from bridle.workbench.record import Record
from bridle.workbench.report.text import shorten
from bridle.workbench.verdict.arm_words import arm_label

__all__ = ["GroupTable", "correlated_features"]

_ARMS = ("lasso", "ridge", "elastic_net")
_MOST_LINES = 10
_NAME = 24

_Group = tuple[tuple[str, ...], int]


@dataclass(frozen=True)
class GroupTable:
    """Groups of correlated features, and the mean number that each arm keeps.

    Attributes
    ----------
    heads : tuple of str
        Names of the arms that ran.
    lines : tuple of (str, int, int, tuple of str)
        Features of a group, their number, the runs of an arm whose training rows have the group,
        and the mean number that each arm keeps in them.
    hidden : int
        Groups that are not shown.
    """

    heads: tuple[str, ...]
    lines: tuple[tuple[str, int, int, tuple[str, ...]], ...]
    hidden: int


def correlated_features(by_arm: Mapping[str, Sequence[Record]]) -> GroupTable | None:
    """Return the table, or None if no arm ran that selects, or no group was found.

    Groups are found on training rows, so they differ between splits. Those found most often come
    first and, of these, the largest.

    Parameters
    ----------
    by_arm : mapping of str to sequence of Record
        The runs of each arm.
    """
    found = {arm: _kept_by_group(by_arm.get(arm, ())) for arm in _ARMS}
    heads = tuple(arm for arm in _ARMS if found[arm])
    if not heads:
        return None
    runs = {group: len(kept) for arm in reversed(heads) for group, kept in found[arm].items()}
    groups = sorted(runs, key=lambda group: (-runs[group], -group[1], group[0]))
    return GroupTable(
        tuple(arm_label(arm) for arm in heads),
        tuple(
            (
                _listed(group),
                group[1],
                runs[group],
                tuple(_mean(found[arm], group) for arm in heads),
            )
            for group in groups[:_MOST_LINES]
        ),
        max(0, len(groups) - _MOST_LINES),
    )


def _kept_by_group(records: Sequence[Record]) -> dict[_Group, list[int]]:
    found: dict[_Group, list[int]] = {}
    for record in records:
        listed: list[dict[str, Any]] = (record.selection or {}).get("groups", [])
        for group in listed if succeeded(record) else []:
            found.setdefault((tuple(group["features"]), group["size"]), []).append(group["kept"])
    return found


def _mean(found: Mapping[_Group, Sequence[int]], group: _Group) -> str:
    return f"{np.mean(found[group]):.3g}" if group in found else "–"


def _listed(group: _Group) -> str:
    names, size = group
    more = f" and {size - len(names)} more" if size > len(names) else ""
    return ", ".join(shorten(name, _NAME) for name in names) + more
