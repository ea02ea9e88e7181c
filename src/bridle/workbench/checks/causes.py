"""The order of findings: what may be the cause of others comes first."""

from __future__ import annotations

from collections.abc import Sequence

from bridle.workbench.checks.records import null_beats_dummy, too_good
from bridle.workbench.checks.splits import (
    crossing_groups,
    drift,
    duplicate_rows,
    likely_groups,
    near_duplicates,
    sorted_rows,
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
"""Repeats of rows, then groups, then order, then columns: a row that comes twice makes columns look
as if they gave the target away, and to leave those out would mend nothing."""

_SEVERITIES = ("invalid", "accepted", "not run", "warning")


def ranked(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Return the findings by severity, then by cause, those of the same as they stood."""

    def rank(finding: Finding) -> tuple[int, int]:
        cause = CAUSES.index(finding.code) if finding.code in CAUSES else len(CAUSES)
        return _SEVERITIES.index(finding.severity), cause

    return tuple(sorted(findings, key=rank))
