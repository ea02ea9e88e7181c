"""Shares in words: whole per cents, or tenths."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["percentages"]


def percentages(shares: Sequence[float]) -> list[str]:
    """Return whole per cents, or tenths if whole ones would show different shares as equal."""
    whole = [f"{100 * share:.0f}" for share in shares]
    exact = [f"{100 * share:.1f}" for share in shares]
    rounded_up = any(
        percentage == "100" and share < 1 for percentage, share in zip(whole, shares, strict=True)
    )
    clear = len(set(whole)) == len(set(exact)) and not rounded_up
    return [f"{percentage} %" for percentage in (whole if clear else exact)]
