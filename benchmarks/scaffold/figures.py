"""Figures of a row: our time over another's, or why there is none."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Figures"]


@dataclass(frozen=True)
class Figures:
    """Seconds of both sides.

    Attributes
    ----------
    ours, theirs : float or None
        Seconds; theirs is None if there is nobody else.
    value : float or None
        Median of the ratios of neighbours in time, if the sides took turns.
    rounds : int
        How often they did.
    reason : str
        Why nothing was run, or what failed.
    """

    ours: float | None = None
    theirs: float | None = None
    value: float | None = None
    rounds: int = 0
    reason: str = ""

    @property
    def ratio(self) -> float | None:
        """Ours over theirs."""
        if self.value is not None:
            return self.value
        if self.ours is None or self.theirs is None:
            return None
        return self.ours / self.theirs
