"""Dropout that acts in evaluation mode: functions called without ``training=``, attention's rate."""

from __future__ import annotations

from bridle.dropout.audit.observed import Observed
from bridle.dropout.guidance.base import DropoutFinding

__all__ = ["CODE", "find"]

CODE = "BR501 acts-in-evaluation"


def find(seen: Observed) -> list[DropoutFinding]:
    """Return the places that drop in evaluation mode; without any, a finding if outputs differ."""
    acting = [draw for draw in seen.evaluation if draw.rate is not None and draw.rate > 0]
    places = tuple(dict.fromkeys(f"{draw.where} ({draw.function})" for draw in acting))
    if places:
        rates = ", ".join(f"{rate:g}" for rate in sorted({draw.rate or 0.0 for draw in acting}))
        return [
            DropoutFinding(
                CODE,
                places,
                f"In evaluation mode it drops at rate {rates}: predictions are noisy, and differ from "
                "call to call.",
                "Pass training=self.training to the function; to attention dropout_p=self.rate if "
                "self.training else 0.0; in a layer of Keras, drop only if call() gets training=True.",
            )
        ]
    if seen.repeats:
        return []
    return [
        DropoutFinding(
            CODE,
            tuple(dict.fromkeys(draw.where for draw in seen.evaluation)),
            "Two forward passes in evaluation mode on the same input differ.",
            "Look for random numbers drawn without a check of self.training, or for operations that "
            "are not deterministic.",
        )
    ]
