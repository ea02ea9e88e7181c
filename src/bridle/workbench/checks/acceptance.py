"""Acceptance of findings that the user knows: they remain in the report, but invalidate nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bridle.errors import InputError
from bridle.workbench.arguments import in_one_form
from bridle.workbench.finding import Finding

__all__ = ["accept_findings", "refuse_unmatched", "short_name"]


def short_name(finding: Finding) -> str:
    """Return the short name of a finding: its number, with the column if it has one."""
    number = finding.code.split()[0]
    return number if finding.column is None else in_one_form([f"{number}:{finding.column}"])[0]


def accept_findings(findings: Sequence[Finding], accept: Sequence[str]) -> tuple[Finding, ...]:
    """Return the findings, with the named ones marked as accepted.

    Parameters
    ----------
    findings : sequence of Finding
        The findings.
    accept : sequence of str
        Short names: number and column, such as ``"BR201:odor"``, or only the number for a finding
        on the whole table.
    """
    named = in_one_form(accept)
    return tuple(
        replace(finding, severity="accepted")
        if short_name(finding) in named and finding.severity != "not run"
        else finding
        for finding in findings
    )


def refuse_unmatched(findings: Sequence[Finding], accept: Sequence[str]) -> None:
    """Raise an InputError for an accepted finding that is not among those of the checks.

    Raises
    ------
    InputError
        An accepted finding was not found.
    """
    names = [short_name(finding) for finding in findings]
    not_run = {short_name(finding) for finding in findings if finding.severity == "not run"}
    wanted = in_one_form(accept)
    unknown = [
        code for code in wanted if code not in names and code.partition(":")[0] not in not_run
    ]
    if unknown:
        found = ", ".join(dict.fromkeys(names)) or "nothing"
        raise InputError(
            "accept must name findings of these data, as in BR201:odor for a column and BR202 for "
            f"the whole table. Received: accept={unknown[0]!r}. The checks found: {found}."
        )
