"""`Problems`: the problems of a table, collected so that all are reported at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from bridle.errors import InputError

__all__ = ["Problems"]

Place = str | tuple[str, str]
"""A feature, by its name; any other column, by role and name, since a feature may have the same name."""

_MOST_TOLD = 10


class Problems:
    """Problems by column."""

    def __init__(self) -> None:
        self._found: dict[Place, InputError] = {}

    @contextmanager
    def of(self, place: Place) -> Iterator[None]:
        """Collect the first error about a column raised within the block.

        Later errors of the same column may only be its consequences.
        """
        try:
            yield
        except InputError as error:
            self.add(place, error)

    def add(self, place: Place, error: InputError) -> None:
        """Add a problem of a column that has none yet."""
        self._found.setdefault(place, error)

    def __contains__(self, place: object) -> bool:
        return place in self._found

    def message(self, place: Place) -> str | None:
        """Return the problem of a column, None if there is none."""
        return str(self._found[place]) if place in self._found else None

    def by_feature(self) -> dict[str, str]:
        """Return the message for each feature with a problem."""
        return {place: str(error) for place, error in self._found.items() if isinstance(place, str)}

    def raise_all(self) -> None:
        """Raise an error that names all problems, if there are any.

        Raises
        ------
        InputError
            There is a problem.
        """
        errors = [*self._found.values()]
        if len(errors) == 1:
            raise errors[0]
        if errors:
            told = [f"({i}) {error}" for i, error in enumerate(errors[:_MOST_TOLD], 1)]
            rest = [
                place if isinstance(place, str) else place[1]
                for place in [*self._found][_MOST_TOLD:]
            ]
            others = ", ".join(map(repr, rest))
            more = [f"Columns {others} have problems too."] if others else []
            raise InputError(" ".join([f"There are {len(errors):,} problems.", *told, *more]))
