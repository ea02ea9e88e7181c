"""A backward pass with another mask than its forward pass: checkpointing, compilation, own gradients."""

from __future__ import annotations

import numpy as np

from bridle.dropout.audit.observed import Observed
from bridle.dropout.guidance.base import DropoutFinding

__all__ = ["CODE", "find"]

CODE = "BR504 backward-mask"


def find(seen: Observed) -> list[DropoutFinding]:
    """Return the places whose gradients belong to other masks than their outputs."""
    drawn = {one.numbers for one in seen.steps[0]}
    places = [one.where for one in seen.backward if one.numbers and one.numbers not in drawn]
    places += [
        f"{one.where} ({one.mode}, {one.layout})"
        for one in seen.probes
        if not np.array_equal(one.first, one.backward)
    ]
    if not places:
        return []
    return [
        DropoutFinding(
            CODE,
            tuple(dict.fromkeys(places)),
            "The backward pass drops other units than the forward pass: gradients belong to no network "
            "that was run.",
            "Checkpoint with use_reentrant=False and preserve_rng_state=True; save the mask of an own "
            "autograd function; update PyTorch where a compiled network alone has it.",
        )
    ]
