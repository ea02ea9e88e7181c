"""The checks of an audit, listed in `CHECKS`: one property, one file."""

from __future__ import annotations

from collections.abc import Callable

from bridle.dropout.audit.checks import (
    acts_in_evaluation,
    backward_mask,
    does_nothing,
    neighbours,
    one_mask_for_batch,
    rate_change,
    repeated_mask,
    shared_mask,
    shared_ranks,
    wrong_rate,
)
from bridle.dropout.audit.observed import Observed
from bridle.dropout.guidance.base import DropoutFinding

__all__ = ["CHECKS", "CODES"]

_MODULES = (
    acts_in_evaluation,
    wrong_rate,
    does_nothing,
    backward_mask,
    repeated_mask,
    shared_mask,
    one_mask_for_batch,
    shared_ranks,
    neighbours,
    rate_change,
)
CHECKS: tuple[Callable[[Observed], list[DropoutFinding]], ...] = tuple(
    check.find for check in _MODULES
)
CODES = tuple(check.CODE for check in _MODULES)
"""Stable codes of all findings."""
