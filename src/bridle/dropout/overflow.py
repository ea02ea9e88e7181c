"""The warning for a number that dropout's scale carries out of float16."""

from __future__ import annotations

import warnings

from bridle.errors import BridleWarning

__all__ = ["LARGEST_HALF", "warn_of_overflow"]

LARGEST_HALF = 65504.0
"""The largest finite number of float16."""


def warn_of_overflow(largest: float) -> None:
    """Warn if noise in float32 has a finite result that float16 cannot hold.

    Parameters
    ----------
    largest : float
        The largest finite absolute value before it goes back to float16.

    Warns
    -----
    BridleWarning
        It is above `LARGEST_HALF`, and becomes infinite.
    """
    if largest > LARGEST_HALF:
        warnings.warn(
            f"Dropout scales what it keeps, up to {largest:.6g} here, which float16 turns into inf: "
            f"it holds numbers up to {LARGEST_HALF:g}. Compute in bfloat16 (mixed_bfloat16) or "
            "float32, lower the rate, or scale the activations down.",
            BridleWarning,
            stacklevel=2,
        )
