"""`Task`: prediction of two classes, of several classes or of a number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["TASK_KINDS", "Task", "TaskKind"]

TaskKind = Literal["binary", "multiclass", "regression"]
TASK_KINDS: tuple[TaskKind, ...] = ("binary", "multiclass", "regression")


@dataclass(frozen=True)
class Task:
    """The kind of prediction, with the class labels if there are classes.

    Attributes
    ----------
    kind : {"binary", "multiclass", "regression"}
    classes : tuple of str
        The labels in the order of their codes 0, 1, …; empty for a regression.
    measure : str
        Name of the risk that runs made elsewhere report; empty for bridle's own.
    """

    kind: TaskKind
    classes: tuple[str, ...] = ()
    measure: str = ""

    @property
    def is_classification(self) -> bool:
        """Whether the target is a class."""
        return self.kind != "regression"

    @property
    def n_outputs(self) -> int:
        """Number of outputs of a network: one for two classes or a number, else one per class."""
        return len(self.classes) if self.kind == "multiclass" else 1

    @property
    def metric(self) -> str:
        """Name of the primary metric, a risk: smaller is better."""
        return self.measure or self._own_metric

    @property
    def _own_metric(self) -> str:
        return "log loss" if self.is_classification else "squared error"

    @property
    def score(self) -> str:
        """Name of the score that is shown in addition: larger is better."""
        return "accuracy" if self.is_classification else "R2"
