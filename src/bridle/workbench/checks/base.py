"""The result of a check, and the loop that runs a catalogue of checks.

A check that raises an exception becomes a finding that it could not be run. So its failure is shown, but
does not end the study, whose runs may already be finished.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy.typing as npt
import pandas as pd

from bridle.workbench.finding import Finding
from bridle.workbench.task import Task

__all__ = ["ColumnCheck", "NotApplicable", "Outcome", "TableCheck", "run_checks"]


@dataclass(frozen=True)
class NotApplicable:
    """The reason why a check does not apply.

    Attributes
    ----------
    reason : str
        The end of a sentence that starts with "not applicable because".
    """

    reason: str


@dataclass(frozen=True)
class Outcome:
    """The result of several checks.

    Attributes
    ----------
    findings : tuple of Finding
        Findings in the order of the checks, including checks that could not be run.
    not_applicable : mapping of str to str
        Codes of the checks that do not apply, with the reason.
    """

    findings: tuple[Finding, ...] = ()
    not_applicable: Mapping[str, str] = field(default_factory=dict)

    def __add__(self, other: Outcome) -> Outcome:
        """Return the combined result."""
        return Outcome(
            self.findings + other.findings, {**self.not_applicable, **other.not_applicable}
        )


ColumnCheck = Callable[[pd.DataFrame], tuple[Finding, ...]]
"""Maps features (in the forms of `canonical`) to findings, in the order of the columns."""

TableCheck = Callable[[pd.DataFrame, npt.NDArray[Any], Task], tuple[Finding, ...]]
"""Maps features, target and task to findings, in the order of the columns."""


def run_checks(
    catalogue: Mapping[str, Callable[..., tuple[Finding, ...] | NotApplicable]], *seen: Any
) -> Outcome:
    """Run all checks of a catalogue, in its order.

    Parameters
    ----------
    catalogue : mapping of str to callable
        Checks by code.
    *seen : objects
        Arguments of each check.

    Returns
    -------
    Outcome
        A check that raises an exception gives a finding of severity ``"not run"``.
    """
    outcome = Outcome()
    for code, check in catalogue.items():
        outcome += _attempt(code, check, seen)
    return outcome


def _attempt(
    code: str, check: Callable[..., tuple[Finding, ...] | NotApplicable], seen: tuple[Any, ...]
) -> Outcome:
    try:
        found = check(*seen)
    except Exception as error:
        return Outcome((_not_run(code, error),))
    if isinstance(found, NotApplicable):
        return Outcome(not_applicable={code: found.reason})
    return Outcome(found)


def _not_run(code: str, error: Exception) -> Finding:
    return Finding(
        code,
        None,
        f"This check could not be run: {type(error).__name__}: {error}".rstrip(" .:") + ".",
        "Look yourself for the fault that this check finds.",
        "not run",
    )
