"""Summary: where dropout stands in a network and where it does not, as a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from bridle.dropout.surgery.bare_layers import BareLayer

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
        Whether `bridle.set_rate` sets it with the others: it is bridle's.
    sources : tuple of object
        What holds the rate, if that can be set.
    by_name : bool
        Whether `bridle.set_rate` sets it where it is named: it is the network's own, and a number.
        The rate of Keras's own layers is part of a compiled step, and cannot be set.
    """

    layer: str
    kind: str
    rate: float
    follows: tuple[str, ...]
    depth: int
    settable: bool
    sources: tuple[Any, ...] = field(default=(), repr=False, compare=False)
    by_name: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """The names that it answers to: its own, and those of the layers that it follows."""
        paths = (self.layer, *self.follows)
        return tuple(dict.fromkeys([*paths, *(path.rpartition("/")[2] for path in paths)]))


@dataclass(frozen=True)
class DropoutSummary:
    """Every dropout of a network, and every layer without, in the order of computation.

    It prints as a table.

    Parameters
    ----------
    network : str
        The network's name.
    entries : tuple of DropoutEntry
    bare : tuple of BareLayer
        The layers with weights that have none, each with the reason; embeddings are not listed, and
        of a Keras model that is a class of its own they are not known.
    """

    network: str
    entries: tuple[DropoutEntry, ...]
    bare: tuple[BareLayer, ...] = ()

    def __repr__(self) -> str:
        without = [("without dropout", "because"), *((one.layer, one.reason) for one in self.bare)]
        below = ["", *_aligned(without)] if self.bare else []
        if not self.entries:
            return "\n".join([f"{self.network}: no dropout", *below])
        rows = [("layer", "kind", "rate", "of", "set_rate")]
        rows += [
            (
                entry.layer,
                entry.kind,
                f"{entry.rate:g}",
                ", ".join(entry.follows) or "-",
                "yes" if entry.settable else "by name" if entry.by_name else "no",
            )
            for entry in self.entries
        ]
        head = f"{self.network}: dropout in {len(self.entries)} places"
        return "\n".join([head, *_aligned(rows), *below])


def _aligned(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
