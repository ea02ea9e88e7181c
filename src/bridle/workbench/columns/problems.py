"""Problems of a table, gathered so that all of them are named at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from bridle.errors import InputError

__all__ = ["Problems"]

Place = str | tuple[str, str]
"""A feature by its name; else what it is and its name: a feature may be called as the target is."""

_MOST_TOLD = 10


class Problems:
    """What was refused, by the column that it is about."""

    def __init__(self) -> None:
        self._found: dict[Place, InputError] = {}

    @contextmanager
    def of(self, place: Place) -> Iterator[None]:
        """Keep what is refused of a column inside; its first problem alone, others may follow of it."""
        try:
            yield
        except InputError as error:
            self.add(place, error)

    def add(self, place: Place, error: InputError) -> None:
        """Keep a problem of a column that has none yet."""
        self._found.setdefault(place, error)

    def __contains__(self, place: object) -> bool:
        return place in self._found

    def message(self, place: Place) -> str | None:
        """Return what is wrong with a column, None if nothing is."""
        return str(self._found[place]) if place in self._found else None

    def by_feature(self) -> dict[str, str]:
        """Return the message about each feature that has a problem."""
        return {one: str(error) for one, error in self._found.items() if isinstance(one, str)}

    def raise_all(self) -> None:
        """Raise the problem, or one that names all.

        Raises
        ------
        InputError
            There is one.
        """
        errors = [*self._found.values()]
        if len(errors) == 1:
            raise errors[0]
        if errors:
            told = [f"({i}) {error}" for i, error in enumerate(errors[:_MOST_TOLD], 1)]
            rest = [one if isinstance(one, str) else one[1] for one in [*self._found][_MOST_TOLD:]]
            others = ", ".join(map(repr, rest))
            more = [f"The others are of columns {others}."] if others else []
            raise InputError(" ".join([f"There are {len(errors):,} problems.", *told, *more]))
