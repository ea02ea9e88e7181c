"""Catalogue of the checks of the records of a study, which run after its fits."""

from __future__ import annotations

from bridle.workbench.checks.records import (
    grid_edge,
    minimum_norm,
    non_convergence,
    null_beats_dummy,
    separation,
    too_good,
)
from bridle.workbench.checks.records.view import RecordCheck

__all__ = [
    "RECORD_CHECKS",
    "RECORD_FILES",
]

RECORD_FILES = (
    grid_edge,
    non_convergence,
    too_good,
    minimum_norm,
    separation,
    null_beats_dummy,
)

RECORD_CHECKS: dict[str, RecordCheck] = {file.CODE: file.check for file in RECORD_FILES}
"""Checks of the records, by code."""
