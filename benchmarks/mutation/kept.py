"""Outcomes that are kept from run to run, so that one that was interrupted goes on."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

__all__ = ["KeptOutcomes"]


class KeptOutcomes:
    """Whether each mutant of a module was killed, and the test that did; a line a mutant in a file.

    Parameters
    ----------
    path : Path
    tests : str
        Content of the tests. With others, an outcome says only which test to run first.
    """

    def __init__(self, path: Path, tests: str) -> None:
        self._path, self._tests = path, _digest(tests)
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = path.read_text("utf-8").splitlines() if path.exists() else []
        self._kept = {outcome["mutant"]: outcome for outcome in map(json.loads, lines)}

    def killed(self, mutant: str) -> bool | None:
        """Return whether a mutant, a source, is killed; None if it is not known."""
        outcome = self._kept.get(_digest(mutant))
        return outcome["killed"] if outcome and outcome["tests"] == self._tests else None

    def killer(self, mutant: str) -> tuple[str, ...]:
        """Return the test that killed a mutant when it was last tried, if any did."""
        outcome = self._kept.get(_digest(mutant))
        return (outcome["killer"],) if outcome and outcome["killer"] else ()

    def keep(self, mutant: str, killed: bool, killer: str) -> None:
        """Write an outcome at once."""
        outcome = {
            "mutant": _digest(mutant),
            "tests": self._tests,
            "killed": killed,
            "killer": killer,
        }
        self._kept[outcome["mutant"]] = outcome
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(outcome) + "\n")


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()
