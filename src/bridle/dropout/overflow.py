"""Warning about activations that overflow float16 when dropout scales them."""

from __future__ import annotations

import warnings

from bridle.errors import BridleWarning

__all__ = ["LARGEST_HALF", "warn_of_overflow"]

LARGEST_HALF = 65504.0
"""The largest finite number of float16."""


def warn_of_overflow(largest: float) -> None:
    """Warn if a finite float32 result of the noise is too large for float16.

    Parameters
    ----------
    largest : float
        The largest finite absolute value before the conversion to float16.

    Warns
    -----
    BridleWarning
        The value is above `LARGEST_HALF` and becomes infinite.
    """
    if largest > LARGEST_HALF:
        warnings.warn(
            f"Dropout scales the units it keeps: here up to {largest:.6g}, which overflows float16 "
            f"(largest number: {LARGEST_HALF:g}) and becomes inf. Compute in bfloat16 "
            "(mixed_bfloat16) or float32, lower the rate, or scale the activations down.",
            BridleWarning,
            stacklevel=2,
        )
