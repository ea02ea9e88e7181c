"""The rates that an audit sets, to see whether they act."""

from __future__ import annotations

__all__ = ["another_rate"]

_NEW_RATES = (0.35, 0.6)


def another_rate(rate: float) -> float:
    """Return a rate that is not near another: 0.35, or 0.6 if that is near."""
    return next(new for new in _NEW_RATES if abs(new - rate) > 0.1)
