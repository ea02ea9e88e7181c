"""One mask for all samples of a batch."""

from __future__ import annotations

from bridle.dropout.audit.observed import Mask, Observed
from bridle.dropout.guidance.base import DropoutFinding

__all__ = ["CODE", "find"]

CODE = "BR507 one-mask-for-batch"


def find(seen: Observed) -> list[DropoutFinding]:
    """Return the modules whose output drops the same units of every sample."""
    places = [probe.where for probe in seen.probes if _is_shared(probe.first)]
    if not places:
        return []
    return [
        DropoutFinding(
            CODE,
            tuple(dict.fromkeys(places)),
            "All samples of a batch lose the same units: a batch has the noise of a single sample.",
            "Draw the mask in the shape of the input, with the batch axis first. If it is intended, as "
            "in weight dropout and sub-networks, leave this finding out: ignore=['BR507'].",
        )
    ]


def _is_shared(mask: Mask) -> bool:
    if len(mask) < 2 or mask[0].size < 32 or mask.all() or not mask.any():
        return False
    return bool((mask == mask[:1]).all())
