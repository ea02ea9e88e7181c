"""The data as a user's splitter sees them: the number of rows, the target and the groups."""

from __future__ import annotations

from typing import Any, NoReturn

import numpy as np

from bridle.types import AnyArray
from bridle.workbench.splits.base import Table

__all__ = ["Seen", "seen_by_splitter"]

_NO_FEATURES = (
    "a splitter sees the number of the rows, the target and the groups, not the features. Keep what it "
    "needs in the splitter itself, for instance the rows of each part"
)


class Seen:
    """Rows without features, with the number of rows as ``len`` and ``shape``.

    Parameters
    ----------
    n_rows : int
    """

    def __init__(self, n_rows: int) -> None:
        self.shape = (n_rows, 1)

    def __len__(self) -> int:
        """Return the number of rows."""
        return self.shape[0]

    def __getitem__(self, _: Any) -> NoReturn:
        """Refuse to give a feature."""
        raise TypeError(_NO_FEATURES)

    def __array__(self, *_: Any, **__: Any) -> NoReturn:
        """Refuse to give the features."""
        raise TypeError(_NO_FEATURES)

    def __getattr__(self, name: str) -> NoReturn:
        """Refuse what only arrays and data frames have."""
        raise AttributeError(_NO_FEATURES)


def seen_by_splitter(table: Table) -> tuple[Seen, AnyArray, AnyArray | None]:
    """Return what a splitter gets as ``X``, ``y`` and ``groups``.

    Classes have their labels, integers and booleans as such. Groups are known by texts, since the
    names of the user are not kept: a splitter can tell them apart, and ask for none of them by name.
    """
    groups = table.groups
    if groups is not None:
        digits = len(str(groups.max()))
        groups = np.array([f"group {code:0{digits}}" for code in groups])
    return Seen(table.n_rows), _labels(table), groups


def _labels(table: Table) -> AnyArray:
    if not table.classes:
        return table.target
    labels: AnyArray = np.array(table.classes)
    if set(table.classes) == {"False", "True"}:
        labels = labels == "True"
    elif all(str(name).lstrip("-").isdecimal() for name in table.classes):
        labels = labels.astype(np.int64)
    return np.asarray(labels[table.target])
