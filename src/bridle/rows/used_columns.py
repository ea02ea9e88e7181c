"""Used columns: which columns of a table are the features, the target, the weight and the group."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from bridle.errors import InputError, UnknownNameError

__all__ = ["UsedColumns"]


@dataclass(frozen=True)
class UsedColumns:
    """Names of the columns that are read.

    Attributes
    ----------
    features : tuple of p str
    target : str or None
        None for rows that are only predicted.
    weight, group : str or None
    """

    features: tuple[str, ...]
    target: str | None = None
    weight: str | None = None
    group: str | None = None

    @classmethod
    def of(
        cls, names: Sequence[str], target: str, weight: str | None = None, group: str | None = None
    ) -> Self:
        """Use every column as a feature that has no other role.

        Raises
        ------
        InputError
            A column is missing or occurs twice, or no feature is left.
        """
        roles = {"target": target, "sample_weight": weight, "groups": group}
        for role, name in roles.items():
            if name is not None and name not in names:
                raise UnknownNameError(f"{role} column", name, names)
        twice = [name for name, count in Counter(names).items() if count > 1]
        if twice:
            raise InputError(
                f"Every column must have a different name. Received: {twice[0]!r} twice."
            )
        features = tuple(name for name in names if name not in roles.values())
        if not features:
            raise InputError(
                "At least one column must be left as a feature. Received: "
                f"{', '.join(map(repr, names))}."
            )
        return cls(features, target, weight, group)

    @property
    def numbers(self) -> tuple[str, ...]:
        """The columns that must hold numbers: features, then target and weight if there are any."""
        others = (self.target, self.weight)
        return (*self.features, *(name for name in others if name is not None))

    @property
    def names(self) -> tuple[str, ...]:
        """All columns that are read."""
        return self.numbers if self.group is None else (*self.numbers, self.group)
