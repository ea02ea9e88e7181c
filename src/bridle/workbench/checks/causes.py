"""Order of findings: possible causes of other findings come first."""

from __future__ import annotations

from collections.abc import Sequence

from bridle.workbench.checks.records import null_beats_dummy, too_good
from bridle.workbench.checks.splits import crossing_groups, drift, sorted_rows
from bridle.workbench.checks.splits.similar_rows import (
    duplicate_rows,
    likely_groups,
    near_duplicates,
)
from bridle.workbench.checks.table import likely_leak, target_leak
from bridle.workbench.finding import Finding

__all__ = ["CAUSES", "ranked"]

CAUSES = (
    duplicate_rows.CODE,
    near_duplicates.CODE,
    crossing_groups.CODE,
    likely_groups.CODE,
    sorted_rows.CODE,
    drift.CODE,
    null_beats_dummy.CODE,
    target_leak.CODE,
    likely_leak.CODE,
    too_good.CODE,
)
"""Repeated rows, then groups, then order, then columns. For example, repeated rows make columns look
as if they leaked the target, and leaving these columns out would not help."""

_SEVERITIES = ("invalid", "accepted", "not run", "warning")


def ranked(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Return the findings by severity, then by cause, otherwise in the given order."""

    def rank(finding: Finding) -> tuple[int, int]:
        cause = CAUSES.index(finding.code) if finding.code in CAUSES else len(CAUSES)
        return _SEVERITIES.index(finding.severity), cause

    return tuple(sorted(findings, key=rank))
