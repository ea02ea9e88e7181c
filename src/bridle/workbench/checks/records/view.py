"""`RecordView`: input of the checks of the records."""

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
    """The records of a study after its runs.

    Attributes
    ----------
    by_arm : mapping of str to sequence of Record
        Records by arm.
    protocol : Protocol
        The rules.
    margin : float
        Smallest difference in risk that matters.
    """

    by_arm: Mapping[str, Sequence[Record]]
    protocol: Protocol
    margin: float


RecordCheck = Callable[[RecordView], tuple[Finding, ...] | NotApplicable]
"""Maps the records of a study to findings, or to the reason why the check does not apply."""
