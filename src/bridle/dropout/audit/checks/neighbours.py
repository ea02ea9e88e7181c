"""Neighbouring units or channels that are dropped together, in some memory layout."""

from __future__ import annotations

from bridle.dropout.audit.measures import neighbour_dependence
from bridle.dropout.audit.observed import Observed
from bridle.dropout.guidance.base import DropoutFinding

__all__ = ["CODE", "find"]

CODE = "BR509 dependent-neighbours"

# Chance exceeds 8 standard errors of a normal statistic once in 1e15 comparisons.
_SIGMAS = 8.0


def find(seen: Observed) -> list[DropoutFinding]:
    """Return the modules whose mask depends along an axis without being constant along it."""
    found = []
    for probe in seen.probes:
        axis, sigmas = neighbour_dependence(probe.first)
        if abs(sigmas) > _SIGMAS and not probe.by_blocks:
            found.append(
                DropoutFinding(
                    CODE,
                    (f"{probe.where} ({probe.mode}, {probe.layout})",),
                    f"Neighbours along axis {axis} of the varying axes are dropped together or in turn: "
                    "the noise is weaker than that of independent units.",
                    "Draw one number for each unit or channel; update PyTorch if only the compiled "
                    "network is affected, or make its input contiguous.",
                )
            )
    return found
