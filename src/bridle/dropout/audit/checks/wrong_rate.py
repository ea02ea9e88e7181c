"""A measured dropout rate that differs from the one that the module or the call states."""

from __future__ import annotations

from bridle.dropout.audit.measures import dropped, far_from, pooled
from bridle.dropout.audit.observed import Observed
from bridle.dropout.guidance.base import DropoutFinding

__all__ = ["CODE", "find"]

CODE = "BR502 wrong-rate"


def find(seen: Observed) -> list[DropoutFinding]:
    """Return the places whose fraction of dropped units is not the rate."""
    draws = [*seen.steps[0], *seen.steps[1]]
    asked = {draw.where: draw.rate for draw in draws if draw.rate is not None}
    measured = {where: dropped(masks) for where, masks in pooled(draws).items()}
    said = {where: (*measured[where], asked[where]) for where in asked if where in measured}
    for probe in seen.probes:
        if probe.rate is not None and not probe.by_blocks:
            key = f"{probe.where} ({probe.mode}, {probe.layout})"
            said[key] = (*dropped([probe.first, probe.second]), probe.rate)
    return [
        DropoutFinding(
            CODE,
            (where,),
            f"It drops {100 * rate:.3g} % of {count:,} units, but the rate is {wanted:g}.",
            "A rate is the fraction that is dropped: check whether 1 - rate was passed, or the rate was "
            "applied twice.",
        )
        for where, (rate, count, wanted) in said.items()
        if wanted is not None and far_from(rate, wanted, count)
    ]
