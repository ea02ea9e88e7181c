"""View of the records that a check may look at."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bridle.workbench.checks.base import NotApplicable
from bridle.workbench.finding import Finding
from bridle.workbench.protocol import Protocol
from bridle.workbench.record import Record

__all__ = ["RecordCheck", "RecordView"]


@dataclass(frozen=True)
class RecordView:
    """A study after it ran.

    Attributes
    ----------
    by_arm : mapping of str to sequence of Record
    protocol : Protocol
    margin : float
        A difference in risk below it is negligible.
    """

    by_arm: Mapping[str, Sequence[Record]]
    protocol: Protocol
    margin: float


RecordCheck = Callable[[RecordView], tuple[Finding, ...] | NotApplicable]
"""From a study after it ran to what was found, or why there is nothing to look at."""
