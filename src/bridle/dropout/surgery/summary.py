"""`DropoutSummary`: the dropouts of a network and its layers without dropout, as a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from bridle.dropout.surgery.bare_layers import BareLayer
from bridle.files.html_text import paragraph, table

__all__ = ["DropoutEntry", "DropoutSummary"]


@dataclass(frozen=True)
class DropoutEntry:
    """A dropout of a network.

    Parameters
    ----------
    layer : str
        Path of the layer; a sub-network has an entry for each of its dropouts.
    kind : str
        Name of its class.
    rate : float
        In [0, 1]; the largest if the layer has several.
    follows : tuple of str
        Paths of the layers whose units it drops, the nearest last; empty if not known.
    depth : int
        Number of other dropouts between the input and this one.
    settable : bool
        Whether a rate for all in `bridle.set_rate` sets it; true for bridle's dropout.
    sources : tuple of object
        Objects that hold the rate, if it can be set.
    by_name : bool
        Whether `bridle.set_rate` sets it by name; true for plain numbers of the network itself. The
        rate of Keras's own layers is a constant of compiled steps and cannot be set.
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
        """Names by which it can be addressed: its own and those of the layers that it follows."""
        paths = (self.layer, *self.follows)
        return tuple(dict.fromkeys([*paths, *(path.rpartition("/")[2] for path in paths)]))


_HEADS = ("layer", "kind", "rate", "of", "set_rate")
_BARE_HEADS = ("without dropout", "because")


@dataclass(frozen=True)
class DropoutSummary:
    """The dropouts of a network and its layers without dropout, in the order of computation.

    It prints as a table.

    Parameters
    ----------
    network : str
        Name of the network.
    entries : tuple of DropoutEntry
        The dropouts.
    bare : tuple of BareLayer
        Layers with weights but without dropout, with the reason. Embeddings are not listed. For
        subclassed Keras models they are not known.
    """

    network: str
    entries: tuple[DropoutEntry, ...]
    bare: tuple[BareLayer, ...] = ()

    def __repr__(self) -> str:
        below = ["", *_aligned([_BARE_HEADS, *self._bare_rows()])] if self.bare else []
        rows = [_HEADS, *self._rows()] if self.entries else []
        return "\n".join([self._title(), *_aligned(rows), *below])

    def _repr_html_(self) -> str:
        """Return both tables, for notebooks."""
        without = table(_BARE_HEADS, self._bare_rows()) if self.bare else ""
        if not self.entries:
            return paragraph(self._title()) + without
        return table(_HEADS, self._rows(), self._title()) + without

    def _title(self) -> str:
        count = len(self.entries)
        places = "1 place" if count == 1 else f"{count:,} places"
        return f"{self.network}: {f'dropout in {places}' if count else 'no dropout'}"

    def _bare_rows(self) -> list[tuple[str, ...]]:
        return [(place.layer, place.reason) for place in self.bare]

    def _rows(self) -> list[tuple[str, ...]]:
        return [
            (
                entry.layer,
                entry.kind,
                f"{entry.rate:g}",
                ", ".join(entry.follows) or "-",
                "yes" if entry.settable else "by name" if entry.by_name else "no",
            )
            for entry in self.entries
        ]


def _aligned(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
