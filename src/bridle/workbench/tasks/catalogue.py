"""The kinds of tasks by name."""

from __future__ import annotations

from bridle.workbench.tasks.base import TaskType
from bridle.workbench.tasks.binary import Binary
from bridle.workbench.tasks.count import Count
from bridle.workbench.tasks.multiclass import Multiclass
from bridle.workbench.tasks.regression import Regression
from bridle.workbench.tasks.survival import Survival

__all__ = ["TASK_TYPES"]

TASK_TYPES: dict[str, TaskType] = {
    kind.name: kind
    for kind in (
        Binary(),
        Multiclass(),
        Regression(),
        Count(),
        Survival(),
    )
}
