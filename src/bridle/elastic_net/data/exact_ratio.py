"""`ExactRatio`: an l1_ratio whose complement is known beyond the rounding of 1."""

from __future__ import annotations

from typing import Any, Self

__all__ = ["ExactRatio"]


class ExactRatio(float):
    """An l1_ratio for which ``1 - l1_ratio`` is the share of l2, however small it is beside 1.

    In a unit of X that is far from 1, the l2 strength may be below the rounding of the l1 strength, and
    still matter to a column that is small in this unit.

    Parameters
    ----------
    l1, l2 : float
        Parts of a strength, at least 0; their sum is above 0.
    """

    _rest: float

    def __new__(cls, l1: float, l2: float) -> Self:
        """Return the share of l1."""
        made = float.__new__(cls, l1 / (l1 + l2))
        made._rest = l2 / (l1 + l2)
        return made

    def __getnewargs__(self) -> tuple[float, float]:  # type: ignore[override]
        return float(self), self._rest

    def __rsub__(self, other: Any) -> Any:
        return self._rest if other == 1 else float(other) - float(self)
