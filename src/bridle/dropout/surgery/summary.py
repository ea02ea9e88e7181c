"""Where dropout stands in a network, as a table."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

__all__ = ["DropoutEntry", "DropoutSummary"]


@dataclass(frozen=True)
class DropoutEntry:
    """One dropout of a network.

    Parameters
    ----------
    layer : str
        Path of the layer that does it; that of a sub-network has an entry for each of its dropouts.
    kind : str
        Its class.
    rate : float
        In [0, 1]; the largest one of a layer with several.
    follows : tuple of str
        Paths of the layers whose units it drops, the nearest last; empty where that is not known.
    depth : int
        How many others lie on the way from the input.
    settable : bool
        Whether `bridle.set_rate` sets it: it is bridle's. The rate of Keras's own layers is part of
        a compiled step.
    sources : tuple of object
        What holds the rate, of a settable one.
    """

    layer: str
    kind: str
    rate: float
    follows: tuple[str, ...]
    depth: int
    settable: bool
    sources: tuple[Any, ...] = field(default=(), repr=False, compare=False)

    @property
    def names(self) -> tuple[str, ...]:
        """The names that it answers to: its own, and those of the layers that it follows."""
        paths = (self.layer, *self.follows)
        return tuple(dict.fromkeys([*paths, *(path.rpartition("/")[2] for path in paths)]))


@dataclass(frozen=True)
class DropoutSummary:
    """Every dropout of a network, in the order of computation; it prints as a table.

    Parameters
    ----------
    network : str
        The network's name.
    entries : tuple of DropoutEntry
    """

    network: str
    entries: tuple[DropoutEntry, ...]

    def __repr__(self) -> str:
        if not self.entries:
            return f"{self.network}: no dropout"
        rows = [("layer", "kind", "rate", "of", "set_rate")]
        rows += [
            (
                entry.layer,
                entry.kind,
                f"{entry.rate:g}",
                ", ".join(entry.follows) or "-",
                "yes" if entry.settable else "no",
            )
            for entry in self.entries
        ]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = ("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)
        return "\n".join([f"{self.network}: dropout in {len(self.entries)} places", *lines])
