"""Ranks of a distributed training that draw the same masks."""

from __future__ import annotations

from bridle.dropout.audit.observed import Observed
from bridle.dropout.guidance.base import DropoutFinding

__all__ = ["CODE", "find", "hashes"]

CODE = "BR508 shared-ranks"


def hashes(seen: Observed) -> dict[str, int]:
    """Return a hash of the numbers of each draw of the first step, by its place."""
    return {
        f"{step.where} #{at}": step.numbers
        for at, step in enumerate(seen.steps[0])
        if step.numbers and (step.kept is None or step.kept.size >= 32)
    }


def find(seen: Observed) -> list[DropoutFinding]:
    """Return the places at which another rank drew the same numbers."""
    mine = hashes(seen)
    places = [
        key.rpartition(" #")[0]
        for key, numbers in mine.items()
        if any(other.get(key) == numbers for other in seen.others)
    ]
    if not places:
        return []
    return [
        DropoutFinding(
            CODE,
            tuple(dict.fromkeys(places)),
            "Another rank drops the same units: all ranks together have the noise of one.",
            "Give each rank its own seed: torch.manual_seed(seed + rank) after the weights are "
            "initialised.",
        )
    ]
