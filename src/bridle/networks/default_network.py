"""`DefaultNetwork`: bridle's own network, whose kind and sizes follow from the shape of a row."""

from __future__ import annotations

from dataclasses import dataclass

from bridle.errors import InputError, UnknownNameError
from bridle.networks.kinds.catalogue import KINDS
from bridle.networks.recipe import Recipe

__all__ = ["DEFAULT", "DefaultNetwork"]


@dataclass(frozen=True)
class DefaultNetwork:
    """The default network, chosen when the shape of a row is known.

    Parameters
    ----------
    kind : {"mlp", "cnn", "rnn"}, optional
        Default: the kind that suits the rows.

    Raises
    ------
    UnknownNameError
        There is no such kind.
    """

    kind: str | None = None

    def __post_init__(self) -> None:
        if self.kind is not None and self.kind not in KINDS:
            raise UnknownNameError("network", self.kind, KINDS)

    def recipe(self, shape: tuple[int, ...] | None) -> Recipe:
        """Return the recipe for rows of a shape; their values do not matter.

        Parameters
        ----------
        shape : tuple of int, or None
            Shape of one row of images or sequences, channels included; None for a table.

        Raises
        ------
        InputError
            The requested kind does not suit such rows.
        """
        row = shape or (1,)
        usual = next(kind.name for kind in KINDS.values() if kind.is_default_for(row))
        kind = KINDS[self.kind or usual]
        if not kind.takes(row):
            given = "a table" if shape is None else f"rows of shape {shape}"
            raise InputError(
                f"network must suit the rows: {kind.name!r} is for {kind.takes_words}. Received: "
                f"{given}. Leave network out, or give X as images, (n, height, width), or as sequences, "
                "(n, length, channels)."
            )
        return Recipe(kind.sizes(row), kind.rate, kind=kind.name)


DEFAULT = DefaultNetwork()
"""The default network of the kind that suits the rows."""
