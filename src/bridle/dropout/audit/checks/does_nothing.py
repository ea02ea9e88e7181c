"""A dropout with a rate above 0 that drops nothing in training mode."""

from __future__ import annotations

from bridle.dropout.audit.observed import Observed
from bridle.dropout.guidance.base import DropoutFinding

__all__ = ["CODE", "find"]

CODE = "BR503 does-nothing"


def find(seen: Observed) -> list[DropoutFinding]:
    """Return the modules that hold a rate above 0 and draw nothing, inside or out."""
    acting = {draw.where for step in seen.steps for draw in step}
    silent = {
        where: rate
        for where, rate in seen.rates.items()
        if not any(_is_within(name, where) for name in acting)
    }
    return [
        DropoutFinding(
            CODE,
            (where,),
            f"It holds the rate {rate:g}, and drops nothing in training mode on this batch.",
            "Check that forward() calls it, and that the modules and functions inside it use this rate "
            "and are in training mode.",
        )
        for where, rate in silent.items()
    ]


def _is_within(name: str, where: str) -> bool:
    """Return whether a place is another, or inside it; PyTorch joins names by dots, Keras by slashes."""
    return name == where or not where or name.startswith((f"{where}.", f"{where}/"))
