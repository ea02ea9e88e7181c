"""What bridle's own options cost: ``python -m benchmarks.own_costs NAME FOLDER`` answers with JSON.

Each figure is taken in a fresh process, on a task that lies in a folder.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks import cases
from benchmarks.memory import peak_bytes, restart_peak
from benchmarks.results import OwnCost
from benchmarks.task import Task
from benchmarks.timing import Timer, answer
from benchmarks.worker import keep_to_two_cores

# Imported here, so that no figure counts an import.
from bridle import ElasticNetCV, elastic_net_path

__all__ = ["OWN", "Own"]

_WIDE = "wide-500x20000-squared"
_WIDER = "wide-500x100000-squared"
_SMALL = "wide-200x5000-squared"
_TALL = "tall-200000x300-squared"

timer = Timer(announced=False)


def three_ratios(task: Task, goal: float) -> OwnCost:
    """Compare three shares of l1 with one."""
    single, three = (_cv_seconds(task, ratios) for ratios in (0.5, [0.5, 0.9, 1.0]))
    return _quotient(three, single, goal)


def twenty_folds(task: Task, goal: float) -> OwnCost:
    """Compare twenty folds with ten."""
    case = cases.by_name(task.folder.name)
    ten, twenty = (_cv_seconds(task, 0.5, case.deal(folds)) for folds in (10, 20))
    return _quotient(twenty, ten, goal)


def first_fit(task: Task, goal: float) -> OwnCost:
    """Compare the first fit of a process with the second; 20 ms more are allowed."""
    once = Timer(repeats=1, announced=False)
    first, second = (_cv_seconds(task, 0.5, timer=once) for _ in range(2))
    cost = _quotient(first, second, goal)
    return OwnCost(cost.value, goal, cost.met or first - second <= 0.02, cost.detail)


def memory(task: Task, goal: float) -> OwnCost:
    """Compare what a cross-validation adds to the peak of memory with the size of X."""
    before = restart_peak()
    _cv_seconds(task, 0.5, timer=Timer(repeats=1, announced=False))
    more = peak_bytes() - before
    detail = f"{more / 1e6:.0f} MB above import and X, X has {task.X.nbytes / 1e6:.0f} MB"
    return OwnCost(more / task.X.nbytes, goal, more / task.X.nbytes <= goal, detail)


def four_times_the_strengths(task: Task, goal: float) -> OwnCost:
    """Compare the time for each of 200 strengths with that for each of 50 in the same range."""
    sizes = (50, 100, 200)
    seconds = [_path_seconds(task, size) for size in sizes]
    value = seconds[-1] / seconds[0] / (sizes[-1] / sizes[0])
    pairs = zip(sizes, seconds, strict=True)
    detail = ", ".join(f"{size} strengths {spent:.3g} s" for size, spent in pairs)
    return OwnCost(value, goal, value <= goal, detail)


def one_syrk(task: Task, goal: float) -> OwnCost:
    """Compare a cross-validation with one X'X by NumPy."""
    _, product = timer(lambda: task.X.T @ task.X)
    return _quotient(_cv_seconds(task, 0.5), product, goal)


@dataclass(frozen=True)
class Own:
    """A figure: its name, what is shown, the case that it is taken on, its goal and its function."""

    name: str
    title: str
    case: str
    goal: float
    take: Callable[[Task, float], OwnCost]


OWN = (
    Own("ratios", "l1_ratio=[.5, .9, 1] over one ratio", _WIDE, 2.2, three_ratios),
    Own("folds", "20 folds over 10", _WIDE, 2.0, twenty_folds),
    Own("first", "first fit of a process over the second", _SMALL, 1.5, first_fit),
    Own("memory", "memory over X, 500 x 20,000", _WIDE, 1.5, memory),
    Own("memory-wider", "memory over X, 500 x 100,000", _WIDER, 0.6, memory),
    Own("strengths", "time a strength: 200 over 50", _WIDE, 1.0, four_times_the_strengths),
    Own("syrk", "tall cross-validation over one X'X", _TALL, 2.0, one_syrk),
    Own("syrk-shuffled", "the same, shuffled folds", f"{_TALL}-shuffled", 2.0, one_syrk),
)


def _cv_seconds(
    task: Task,
    ratios: float | list[float],
    folds: npt.NDArray[np.int32] | None = None,
    timer: Timer = timer,
) -> float:
    dealt = task.folds if folds is None else folds
    numbers = range(int(dealt.max()) + 1)
    pairs = [(np.flatnonzero(dealt != k), np.flatnonzero(dealt == k)) for k in numbers]
    alphas = task.alphas if isinstance(ratios, float) else len(task.alphas)
    model = ElasticNetCV(l1_ratio=ratios, alphas=alphas, cv=pairs)
    return timer(lambda: model.fit(task.X, task.y))[1]


def _path_seconds(task: Task, strengths: int) -> float:
    alphas = np.geomspace(task.alphas[0], task.alphas[-1], strengths)
    return timer(lambda: elastic_net_path(task.X, task.y, alphas=alphas, l1_ratio=0.5))[1]


def _quotient(above: float, below: float, goal: float) -> OwnCost:
    return OwnCost(above / below, goal, above / below <= goal, f"{above:.3g} s over {below:.3g} s")


if __name__ == "__main__":
    keep_to_two_cores()
    wanted = next(own for own in OWN if own.name == sys.argv[1])
    answer(json.dumps(asdict(wanted.take(Task.load(Path(sys.argv[2])), wanted.goal))))
