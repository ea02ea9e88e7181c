"""Check: what one returns, and the loop that runs all of a kind.

A check that raises is reported as a finding that it could not be run. It neither passes in silence nor
ends the study, whose runs may be done by then.
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
    """Why a check has nothing to look at.

    Attributes
    ----------
    reason : str
        The end of a sentence that starts with "not applicable because".
    """

    reason: str


@dataclass(frozen=True)
class Outcome:
    """What came of several checks.

    Attributes
    ----------
    findings : tuple of Finding
        By check; one that could not be run is among them.
    not_applicable : mapping of str to str
        Codes of the checks that had nothing to look at, with the reason.
    """

    findings: tuple[Finding, ...] = ()
    not_applicable: Mapping[str, str] = field(default_factory=dict)

    def __add__(self, other: Outcome) -> Outcome:
        """Return what came of both."""
        return Outcome(
            self.findings + other.findings, {**self.not_applicable, **other.not_applicable}
        )


ColumnCheck = Callable[[pd.DataFrame], tuple[Finding, ...]]
"""From features (as `canonical` of the columns gives them) to findings, in the order of the columns."""

TableCheck = Callable[[pd.DataFrame, npt.NDArray[Any], Task], tuple[Finding, ...]]
"""From features, target and task to findings, in the order of the columns."""


def run_checks(
    catalogue: Mapping[str, Callable[..., tuple[Finding, ...] | NotApplicable]], *seen: Any
) -> Outcome:
    """Run all checks of a catalogue, in its order.

    Parameters
    ----------
    catalogue : mapping of str to callable
        Checks by their codes.
    *seen : objects
        What each check is given.

    Returns
    -------
    Outcome
        A check that raises an exception is a finding of severity ``"not run"``.
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
        "Look by yourself for what it would have found.",
        "not run",
    )
