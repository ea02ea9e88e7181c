"""Findings of the checks in one line for each kind, and the checks that found nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bridle.workbench.checks.arrays.catalogue import ARRAY_CHECKS
from bridle.workbench.checks.records.catalogue import RECORD_CHECKS
from bridle.workbench.checks.splits.catalogue import SPLIT_CHECKS
from bridle.workbench.checks.table.catalogue import COLUMN_CHECKS, TARGET_CHECKS
from bridle.workbench.finding import Finding

__all__ = ["FindingGroup", "found_nothing", "group_findings"]

_MOST_COLUMNS = 12


@dataclass(frozen=True)
class FindingGroup:
    """Findings of the same kind.

    Attributes
    ----------
    code, severity : str
        As in `Finding`.
    columns : tuple of str
        Names of the columns, at most twelve.
    more : int
        Number of further columns.
    message, remedy : str
        Those of the first finding.
    """

    code: str
    severity: str
    columns: tuple[str, ...]
    more: int
    message: str
    remedy: str

    @property
    def count(self) -> int:
        """Number of findings about columns."""
        return len(self.columns) + self.more


def group_findings(findings: Sequence[Finding]) -> list[FindingGroup]:
    """Return the findings of each code and severity together, in the order of the first of them."""
    groups: dict[tuple[str, str, bool], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.code, finding.severity, finding.column is None), []).append(
            finding
        )
    return [_group(found) for found in groups.values()]


def found_nothing(
    findings: Sequence[Finding], not_applicable: Mapping[str, str], *, table: bool
) -> list[str]:
    """Return the codes of the checks that ran and found nothing.

    Parameters
    ----------
    findings : sequence of Finding
        What was found.
    not_applicable : mapping of str to str
        Codes of the checks that had nothing to look at.
    table : bool
        Whether the data are a table, which has other checks than arrays.
    """
    of_data = [*COLUMN_CHECKS, *TARGET_CHECKS] if table else list(ARRAY_CHECKS)
    told = {*(finding.code for finding in findings), *not_applicable}
    return sorted({*of_data, *SPLIT_CHECKS, *RECORD_CHECKS} - told)


def _group(found: Sequence[Finding]) -> FindingGroup:
    first = found[0]
    columns = [finding.column for finding in found if finding.column is not None]
    return FindingGroup(
        code=first.code,
        severity=first.severity,
        columns=tuple(columns[:_MOST_COLUMNS]),
        more=max(0, len(columns) - _MOST_COLUMNS),
        message=first.message,
        remedy=first.remedy,
    )
