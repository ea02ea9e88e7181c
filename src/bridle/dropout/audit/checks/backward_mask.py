"""A backward pass whose mask is not that of the forward pass: checkpoints, compilation, gradients."""

from __future__ import annotations

import numpy as np

from bridle.dropout.audit.observed import Observed
from bridle.dropout.guidance.base import DropoutFinding

__all__ = ["CODE", "find"]

CODE = "BR504 backward-mask"


def find(seen: Observed) -> list[DropoutFinding]:
    """Return the places whose gradients belong to other masks than their outputs."""
    drawn = {step.numbers for step in seen.steps[0]}
    places = [draw.where for draw in seen.backward if draw.numbers and draw.numbers not in drawn]
    places += [
        f"{probe.where} ({probe.mode}, {probe.layout})"
        for probe in seen.probes
        if not np.array_equal(probe.first, probe.backward)
    ]
    if not places:
        return []
    return [
        DropoutFinding(
            CODE,
            tuple(dict.fromkeys(places)),
            "The backward pass drops other units than the forward pass: gradients belong to no network "
            "that was run.",
            "Checkpoint with use_reentrant=False and preserve_rng_state=True; save the mask in a custom "
            "autograd function; update PyTorch if only the compiled network is affected.",
        )
    ]
