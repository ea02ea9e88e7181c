"""`Audit`: the dropout that acts in a network, with measured rates, and what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bridle.dropout.guidance.base import DropoutFinding

__all__ = ["Audit", "Measured"]


@dataclass(frozen=True)
class Measured:
    """A dropout that acted, or a rate that had no effect.

    Attributes
    ----------
    where : str
        Path of the module.
    function : str
        Name of the function that drew the mask.
    rate : float or None
        The rate that it was called with; None if the call has none.
    measured : float or None
        Fraction of units that were dropped; None if a kernel does not show its mask.
    units : int
        Number of units in the masks.
    """

    where: str
    function: str
    rate: float | None
    measured: float | None
    units: int


@dataclass(frozen=True)
class Audit:
    """The result of an audit; ``print`` it.

    Attributes
    ----------
    dropouts : tuple of Measured
        In the order of computation.
    findings : tuple of DropoutFinding
        With ``code``, ``where``, ``reason`` and ``remedy``; empty if nothing is wrong.
    modes : tuple of str
        What was measured: "eager", "compiled".
    """

    dropouts: tuple[Measured, ...]
    findings: tuple[DropoutFinding, ...]
    modes: tuple[str, ...]

    @property
    def exit_code(self) -> int:
        """1 if there is a finding, otherwise 0."""
        return int(bool(self.findings))

    def to_dict(self) -> dict[str, Any]:
        """Return plain dicts, lists and numbers, ready for JSON."""
        return {
            "dropouts": [vars(dropout) for dropout in self.dropouts],
            "findings": [
                {**vars(finding), "where": list(finding.where)} for finding in self.findings
            ],
            "modes": list(self.modes),
        }

    def __str__(self) -> str:
        lines = [_said(self.dropouts, len(self.findings), " and ".join(self.modes))]
        width = max((len(dropout.where) for dropout in self.dropouts), default=0)
        lines += [f"  {dropout.where:<{width}}  {_rates(dropout)}" for dropout in self.dropouts]
        for finding in self.findings:
            shown = ", ".join(finding.where[:3]) + (" …" if len(finding.where) > 3 else "")
            lines += ["", f"{finding.code}: {shown}", f"  {finding.reason}", f"  {finding.remedy}"]
        return "\n".join(lines)


def _said(dropouts: tuple[Measured, ...], findings: int, modes: str) -> str:
    act = "1 dropout acts" if len(dropouts) == 1 else f"{len(dropouts)} dropouts act"
    places = f"{act} in training ({modes})"
    if not findings:
        return f"{places}; nothing is wrong with them." if dropouts else f"{places}."
    return f"{places}; {findings} finding{'s' * (findings != 1)}."


def _rates(dropout: Measured) -> str:
    rate = "?" if dropout.rate is None else f"{dropout.rate:g}"
    measured = "not seen" if dropout.measured is None else f"measured {dropout.measured:.3g}"
    return f"{dropout.function}, rate {rate}, {measured} of {dropout.units:,}"
