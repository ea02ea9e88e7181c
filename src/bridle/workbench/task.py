"""`Task`: the kind of a prediction, with its classes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

from bridle.workbench.tasks.base import TaskKind, TaskType
from bridle.workbench.tasks.catalogue import TASK_TYPES

__all__ = ["TASK_KINDS", "Task", "TaskKind"]

TASK_KINDS: tuple[TaskKind, ...] = get_args(TaskKind)


@dataclass(frozen=True)
class Task:
    """The kind of prediction, with the class labels if there are classes.

    Attributes
    ----------
    kind : {"binary", "multiclass", "regression", "count", "survival"}
    classes : tuple of str
        The labels in the order of their codes 0, 1, …; empty for numbers and counts.
    measure : str
        Name of the risk that runs made elsewhere report; empty for bridle's own.
    """

    kind: TaskKind
    classes: tuple[str, ...] = ()
    measure: str = ""

    @property
    def type(self) -> TaskType:
        """What tasks of this kind have in common."""
        return TASK_TYPES[self.kind]

    @property
    def is_classification(self) -> bool:
        """Whether the target is a class."""
        return self.type.is_classification

    @property
    def n_outputs(self) -> int:
        """Number of outputs of a network: the number of classes if more than two, otherwise 1."""
        return self.type.n_outputs(len(self.classes))

    @property
    def metric(self) -> str:
        """Name of the primary metric, a risk: smaller is better."""
        return self.measure or self.type.metric

    @property
    def score(self) -> str:
        """Name of the score that is shown in addition: larger is better."""
        return self.type.score_name

    @property
    def curve_loss(self) -> str:
        """Name of the loss of curves."""
        return self.type.curve_loss or self.metric

    @property
    def has_scaled_curves(self) -> bool:
        """Whether loss curves are in units of the target's variance rather than of the metric."""
        return self.type.has_scaled_curves
