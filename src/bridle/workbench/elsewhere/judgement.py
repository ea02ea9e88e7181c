"""`Judgement`: the verdict on runs made elsewhere, and its first screen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bridle.arguments.option_words import of_another_command
from bridle.workbench.protocol import Protocol
from bridle.workbench.task import Task
from bridle.workbench.verdict.answer import Answer, answer_of
from bridle.workbench.verdict.comparison import Comparison
from bridle.workbench.verdict.verdict import Verdict

__all__ = ["Judgement"]


@dataclass(frozen=True)
class Judgement:
    """The verdict on runs made elsewhere; ``print`` it for the first screen.

    Attributes
    ----------
    verdict : Verdict
        With one comparison.
    protocol : Protocol
        Level and margin of the decision.
    task : Task
        Names the metric.
    subject : str
        Runs and source: "6 and 6 runs, validation loss".
    """

    verdict: Verdict
    protocol: Protocol
    task: Task
    subject: str

    @property
    def comparison(self) -> Comparison:
        """The comparison of both arms."""
        return self.verdict.comparisons[0]

    @property
    def decision(self) -> str:
        """The decision in a word, as in `Comparison`."""
        return self.comparison.decision

    @property
    def exit_code(self) -> int:
        """1 if the runs cannot be compared, otherwise 0."""
        return self.verdict.exit_code

    def answer(self) -> Answer:
        """Return the first screen."""
        with of_another_command():
            return answer_of(self.verdict, self.protocol, self.task, subject=self.subject)

    def to_dict(self) -> dict[str, Any]:
        """Return plain dicts, lists and numbers, ready for JSON: those of the verdict."""
        return self.verdict.to_dict()

    def __str__(self) -> str:
        from bridle.workbench.report.terminal import answer_text

        return answer_text(self.answer())
