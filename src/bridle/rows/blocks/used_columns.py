"""Used columns: which columns of a table are the features, the target, the weight and the group."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import numpy.typing as npt

from bridle.encoding.frame_encoding import FrameEncoding
from bridle.errors import InputError, UnknownNameError
from bridle.rows.blocks.made_columns import MadeColumn, levels_made

__all__ = ["UsedColumns"]


@dataclass(frozen=True)
class UsedColumns:
    """Names of the columns that are read, and of the features that are made of them.

    Attributes
    ----------
    features : tuple of p str
        Columns of a block.
    target : str or None
        None for rows that are only predicted.
    weight, group : str or None
    made_of : tuple of MadeColumn, or None
        What the features are made of, in their order: the name of a column of numbers, which is a
        feature, `Levels` for a feature for each, or one of `bridle.rows.blocks.made_columns`. None if
        all features are columns of numbers.
    scales : tuple of p floats, or None
        Divisors of the features. None for 1.
    """

    features: tuple[str, ...]
    target: str | None = None
    weight: str | None = None
    group: str | None = None
    made_of: tuple[MadeColumn, ...] | None = None
    scales: tuple[float, ...] | None = None

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

    def encoded(self, encoding: FrameEncoding) -> Self:
        """Return the columns with features that an encoding makes of them."""
        made_of = [encoding.levels.get(place, name) for place, name in enumerate(encoding.columns)]
        return self.made(encoding.names, made_of)

    def made(self, features: Sequence[str], made_of: Sequence[MadeColumn]) -> Self:
        """Return the columns with features that are made of others."""
        return replace(self, features=tuple(features), made_of=tuple(made_of))

    @property
    def given(self) -> tuple[str, ...]:
        """The columns that the features are made of."""
        if self.made_of is None:
            return self.features
        names = (made if isinstance(made, str) else made.column for made in self.made_of)
        return tuple(dict.fromkeys(names))

    @property
    def indicators(self) -> npt.NDArray[np.bool_]:
        """Whether each feature is 0 or 1 because it is made of levels, shape (p,)."""
        if self.made_of is None:
            return np.zeros(len(self.features), dtype=bool)
        widths = [levels_made(made) for made in self.made_of]
        return np.repeat(np.array(widths) > 0, np.maximum(widths, 1))

    @property
    def numbers(self) -> tuple[str, ...]:
        """Features, then target and weight if there are any."""
        return (*self.features, *self._others)

    @property
    def sources(self) -> tuple[MadeColumn, ...]:
        """What the numbers are made of."""
        return (*(self.features if self.made_of is None else self.made_of), *self._others)

    @property
    def names(self) -> tuple[str, ...]:
        """All columns that are read."""
        read = (*self.given, *self._others)
        return read if self.group is None else (*read, self.group)

    @property
    def _others(self) -> tuple[str, ...]:
        return tuple(name for name in (self.target, self.weight) if name is not None)
