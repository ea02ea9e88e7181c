"""`NoiseFlow`: the random numbers that a module's forward uses, and the rates that go into them."""

from __future__ import annotations

from dataclasses import dataclass, field

from bridle.dropout.surgery.torch.source_code.origins import (
    NOTHING,
    ZERO,
    Origins,
    inverted,
    paths_of,
    says_drop,
    says_keep,
)

__all__ = ["NoiseFlow", "NoiseNotes"]


@dataclass
class NoiseFlow:
    """Uses of random numbers in the forward of a class.

    Parameters
    ----------
    given : set of (str, frozenset of str)
        Each function that drops, and the attributes from which its rate comes, such as
        ``"drop_prob"`` or ``"config.layerdrop"``, with a minus if the rate is 1 minus the
        attribute; no attribute if the rate is a constant.
    draws : set of str
        Functions that draw numbers for other purposes.
    """

    given: set[tuple[str, Origins]] = field(default_factory=set)
    draws: set[str] = field(default_factory=set)


class NoiseNotes:
    """Notes about random numbers, made while source code is read, that add up to a `NoiseFlow`.

    Attributes
    ----------
    drawn : dict of str to str
        Places in the code that draw uniform numbers, with the function that does.
    draws : set of str
        Functions that draw numbers for other purposes.
    within : tuple of str
        Names of the functions that are being read: if one of them, or the class, says that something
        drops, any rate is a dropout rate.
    """

    def __init__(self, kind: str) -> None:
        self.drawn: dict[str, str] = {}
        self.draws: set[str] = set()
        self.within: tuple[str, ...] = ()
        self._kind = kind
        self._given: set[tuple[str, Origins]] = set()
        self._masks: set[str] = set()

    def flow(self) -> NoiseFlow:
        """Return the flow; drawn numbers that were compared with a rate are masks, others draws."""
        others = {name for place, name in self.drawn.items() if place not in self._masks}
        return NoiseFlow(self._given, self.draws | others)

    def drop(self, name: str, rate: Origins) -> None:
        """Note a function that drops, and the rate that it is given."""
        if paths := paths_of(rate):
            self._given.add((name, paths))
        elif rate != ZERO:
            self._given.add((name, NOTHING))

    def mask(self, name: str, kept: Origins) -> None:
        """Note a function that draws a mask, and the fraction that it keeps."""
        if self._says_drop(paths_of(kept)):
            self.drop(name, frozenset(map(inverted, kept)))
        else:
            self.draws.add(name)

    def compare(self, origins: Origins) -> None:
        """Note that drawn numbers are compared with what may be a rate."""
        places, paths = {origin for origin in origins if origin.startswith("~")}, paths_of(origins)
        if places and paths and self._says_drop(paths):
            # The comparison does not show whether the number is a rate or a keep probability.
            rates = (path.lstrip("-") for path in paths)
            self._given.add(
                ("rand", frozenset(f"-{rate}" if says_keep(rate) else rate for rate in rates))
            )
            self._masks |= places

    def _says_drop(self, paths: Origins) -> bool:
        return any(map(says_drop, (*paths, *self.within, self._kind)))
