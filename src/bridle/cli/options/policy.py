"""`Policy`: rules under which `bridle compare` fails, so that it can be a gate in a pipeline."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bridle.errors import InputError, UnknownNameError

if TYPE_CHECKING:
    from bridle.workbench.verdict.verdict import Verdict

__all__ = ["Policy"]

_GAP = re.compile(r"^gap\s*>\s*(?P<number>[0-9.eE+-]+)$")
_CODE = re.compile(r"^BR[0-9]{3}$", re.IGNORECASE)
_DECISIONS = ("hurts", "underfits", "nothing learnt", "inconclusive", "no difference", "benign gap")


@dataclass(frozen=True)
class Policy:
    """Rules, none of which may hold.

    Attributes
    ----------
    rules : tuple of str
        Each a decision such as ``hurts``, ``gap>NUMBER``, or the code of a check.
    """

    rules: tuple[str, ...]

    @classmethod
    def of(cls, texts: tuple[str, ...]) -> Policy:
        """Read rules from texts, each with one or several rules separated by commas.

        Raises
        ------
        InputError
            A text is not a rule.
        """
        parts = [part.strip() for text in texts for part in text.split(",")]
        if texts and not all(parts):
            raise InputError(f"policy must have a rule between commas. Received: {texts[0]!r}.")
        return cls(tuple(_rule(part) for part in parts))

    def broken(self, verdict: Verdict) -> list[str]:
        """Return a sentence for each rule that a verdict breaks."""
        return [f"{rule}: {why}" for rule in self.rules if (why := _why(rule, verdict))]


def _rule(text: str) -> str:
    if found := _GAP.match(text):
        try:
            return f"gap>{float(found['number']):g}"
        except ValueError:
            pass
    elif _CODE.match(text):
        from bridle.workbench.all_checks import EXPLANATIONS

        code = text.upper()
        if code not in EXPLANATIONS and not code.startswith("BR3"):
            raise UnknownNameError("check for policy", text, EXPLANATIONS)
        return code
    elif text.replace("-", " ") in _DECISIONS:
        return text.replace("-", " ")
    named = ", ".join(decision.replace(" ", "-") for decision in _DECISIONS)
    raise InputError(
        f"policy must be a decision ({named}), gap>NUMBER, or the code of a check such as BR110. "
        f"Received: {text!r}."
    )


def _why(rule: str, verdict: Verdict) -> str:
    """Return how a verdict breaks a rule; empty if it does not."""
    if found := _GAP.match(rule):
        return _gap(float(found["number"]), verdict)
    if _CODE.match(rule):
        codes = [
            check
            for check in verdict.checks
            if check.code.startswith(rule) and check.severity != "accepted"
        ]
        return codes[0].message if codes else ""
    return next(
        (
            comparison.sentence or f"{comparison.regularised} against {comparison.plain}"
            for comparison in verdict.comparisons
            if comparison.decision == rule
        ),
        "",
    )


def _gap(most: float, verdict: Verdict) -> str:
    arm = next((summary for summary in verdict.arms if summary.name == verdict.recommended), None)
    if arm is None or arm.test_risk is None or arm.train_risk is None:
        return ""
    gap = arm.test_risk - arm.train_risk
    if gap <= most:
        return ""
    return f"the test loss of {arm.name} is {gap:.4g} above its training loss."
