"""The checks of the records of a study, after its runs."""

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

__all__ = ["RECORD_CHECKS"]

RECORD_CHECKS: dict[str, RecordCheck] = {
    grid_edge.CODE: grid_edge.check,
    non_convergence.CODE: non_convergence.check,
    too_good.CODE: too_good.check,
    minimum_norm.CODE: minimum_norm.check,
    separation.CODE: separation.check,
    null_beats_dummy.CODE: null_beats_dummy.check,
}
"""Checks of the records, by code."""
