"""Findings about a log, one per file: ``find(log, state)`` returns a finding or None."""

from __future__ import annotations

from bridle.workbench.diagnosis.findings import (
    incomparable_losses,
    no_training_loss,
    noisy_validation,
)

__all__ = ["FINDINGS"]

FINDINGS = (incomparable_losses, noisy_validation, no_training_loss)
"""Modules of the findings, in the order in which they are reported."""
