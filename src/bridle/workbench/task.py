"""`Task`: prediction of two classes, of several classes, of a number or of a count."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["CLASS_KINDS", "TASK_KINDS", "Task", "TaskKind"]

TaskKind = Literal["binary", "multiclass", "regression", "count"]
TASK_KINDS: tuple[TaskKind, ...] = ("binary", "multiclass", "regression", "count")
CLASS_KINDS: tuple[TaskKind, ...] = ("binary", "multiclass")

_METRICS = {"regression": "squared error", "count": "Poisson deviance"}
_SCORES = {"regression": "R2", "count": "D2"}


@dataclass(frozen=True)
class Task:
    """The kind of prediction, with the class labels if there are classes.

    Attributes
    ----------
    kind : {"binary", "multiclass", "regression", "count"}
    classes : tuple of str
        The labels in the order of their codes 0, 1, …; empty for numbers and counts.
    measure : str
        Name of the risk that runs made elsewhere report; empty for bridle's own.
    """

    kind: TaskKind
    classes: tuple[str, ...] = ()
    measure: str = ""

    @property
    def is_classification(self) -> bool:
        """Whether the target is a class."""
        return self.kind in CLASS_KINDS

    @property
    def n_outputs(self) -> int:
        """Number of outputs of a network: the number of classes if more than two, otherwise 1."""
        return len(self.classes) if self.kind == "multiclass" else 1

    @property
    def metric(self) -> str:
        """Name of the primary metric, a risk: smaller is better."""
        return self.measure or self._own_metric

    @property
    def _own_metric(self) -> str:
        return _METRICS.get(self.kind, "log loss")

    @property
    def score(self) -> str:
        """Name of the score that is shown in addition: larger is better."""
        return _SCORES.get(self.kind, "accuracy")

    @property
    def has_scaled_curves(self) -> bool:
        """Whether loss curves are in units of the target's variance rather than of the metric."""
        return self.kind == "regression"
