"""Single fits of small problems beside scikit-learn's, at equal certified accuracy.

``python -m benchmarks.small_fits NAME`` answers with JSON. Both libraries run in one process, in
turns, so that whatever else the machine does slows both. Without a name it prints a row for each.
"""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from itertools import product
from time import perf_counter, process_time
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import ElasticNet, LogisticRegression

import bridle
from benchmarks.datasets import correlated_gaussian
from benchmarks.results import OwnCost
from benchmarks.solvers.base import decades
from benchmarks.timing import answer
from benchmarks.worker import keep_to_two_cores
from bridle.elastic_net.design import DenseDesign
from bridle.elastic_net.loss import LOSSES
from bridle.elastic_net.penalty.penalty import ElasticNetPenalty
from bridle.elastic_net.problem import Problem

__all__ = ["SMALL", "SmallFit"]

Array = npt.NDArray[np.float64]

_MAX_ITER = 100_000
_ALPHA = 0.01
_PROMISED = 1e-6
"""Relative gap that bridle's default tolerance promises."""

_REACHED = 1e-12
"""Relative gap that counts as none: what bridle reaches is usually smaller."""

_INTERCEPT_SCALING = 1000.0
"""liblinear penalises the intercept over this number."""

_REPEATS = 100
_PATIENCE = 5.0
_SLOW = 1.0
"""Seconds of all runs of a case, and of the one run after which no tighter tolerance is tried."""


@dataclass(frozen=True)
class Spent:
    """Seconds of each run of a model: by the clock, and of the processor."""

    wall: list[float]
    processor: list[float]


@dataclass(frozen=True)
class SmallFit:
    """A problem of n rows and p features, one strength, and who else fits it.

    Attributes
    ----------
    n, p : int
    loss : str
        "squared" or "logistic".
    l1_ratio : float
    goal : float
        Our shortest time over that of the fastest rival at the relative gap that we promise.
    """

    n: int
    p: int
    loss: str
    l1_ratio: float
    goal: float = 1.0

    @property
    def name(self) -> str:
        """How the command line names it."""
        return f"{self.loss}-{self.n}x{self.p}-{self.l1_ratio:g}"

    @property
    def title(self) -> str:
        """How the table names it."""
        kind = {0.0: "ridge", 0.5: "elastic net", 1.0: "lasso"}[self.l1_ratio]
        return f"{self.loss} {kind}, {self.n:,} x {self.p:,}"

    def take(self) -> OwnCost:
        """Compare one fit with the fastest rival's at each accuracy."""
        X, y = correlated_gaussian(self.n, self.p, self.loss, 5, order="C")
        gap_of = partial(_relative_gap, self._problem(X, y))
        kind = bridle.ElasticNet if self.loss == "squared" else bridle.ElasticNetClassifier
        models: dict[str, Any] = {"bridle": kind(alpha=_ALPHA, l1_ratio=self.l1_ratio)}
        reached = max(_REACHED, gap_of(models["bridle"].fit(X, y)))
        accuracies = {"promised": _PROMISED, "reached": reached}
        for name, build in self._rivals().items():
            models[f"default {name}"] = build(None)
            for accuracy, gap in accuracies.items():
                model = _tuned(build, X, y, lambda model, gap=gap: gap_of(model) <= gap)
                if model is not None:
                    models[f"{accuracy} {name}"] = model
        spent = _in_turns(models, X, y)
        mine = spent["bridle"]
        fastest = {
            accuracy: min(
                (name for name in spent if name.startswith(accuracy)),
                key=lambda name: min(spent[name].wall),
                default=None,
            )
            for accuracy in ("promised", "reached", "default")
        }
        details = [f"{min(mine.wall) * 1e3:.2f} ms"]
        for accuracy, name in fastest.items():
            details.append(f"{accuracy}: {_beside(mine, spent.get(name or ''), name)}")
        rival = fastest["promised"]
        if rival is None:
            return OwnCost(None, self.goal, False, "; ".join(details))
        ratio = min(mine.wall) / min(spent[rival].wall)
        return OwnCost(ratio, self.goal, ratio <= self.goal, "; ".join(details))

    def _problem(self, X: Array, y: Array) -> Problem:
        penalty = ElasticNetPenalty.from_sklearn(_ALPHA, self.l1_ratio)
        return Problem.build(DenseDesign(X), y[:, None], LOSSES[self.loss], penalty)

    def _rivals(self) -> dict[str, Callable[[float | None], Any]]:
        if self.loss == "squared":
            return {"ElasticNet": self._squared}
        # The others know no elastic net, and lbfgs and newton-cholesky no l1.
        solvers = {
            0.0: ("liblinear", "lbfgs", "newton-cholesky", "saga"),
            0.5: ("saga",),
            1.0: ("liblinear", "saga"),
        }
        return {name: partial(self._logistic, name) for name in solvers[self.l1_ratio]}

    def _squared(self, tol: float | None) -> ElasticNet:
        return ElasticNet(alpha=_ALPHA, l1_ratio=self.l1_ratio, **_accuracy(tol))

    def _logistic(self, solver: str, tol: float | None) -> LogisticRegression:
        return LogisticRegression(
            C=1 / (_ALPHA * self.n),
            l1_ratio=self.l1_ratio,
            solver=solver,
            intercept_scaling=1.0 if tol is None else _INTERCEPT_SCALING,
            **_accuracy(tol),
        )


SMALL = tuple(
    SmallFit(n, p, loss, l1_ratio)
    for (loss, l1_ratio), n, p in product(
        (("squared", 0.5), ("logistic", 0.5), ("logistic", 0.0), ("logistic", 1.0)),
        (100, 1000),
        (10, 50, 200),
    )
)


def _accuracy(tol: float | None) -> dict[str, Any]:
    return {} if tol is None else {"tol": tol, "max_iter": _MAX_ITER}


def _relative_gap(problem: Problem, model: Any) -> float:
    """Return the certified gap of a fitted model, over half the null deviance; see `Certificate`."""
    coef = np.ravel(model.coef_)[:, None].astype(np.float64)
    return problem.certify(coef, np.ravel(model.intercept_).astype(np.float64)).relative_gap


def _beside(mine: Spent, other: Spent | None, name: str | None) -> str:
    """Say how long the fastest rival takes, and our share of that."""
    if other is None or name is None:
        return "no rival"
    wall = min(mine.wall) / min(other.wall)
    processor = min(mine.processor) / min(other.processor)
    solver = name.partition(" ")[2]
    return f"{wall:.2f} of {min(other.wall) * 1e3:.2f} ms of {solver} (processor {processor:.2f})"


def _tuned(
    build: Callable[[float], Any], X: Array, y: Array, is_near: Callable[[Any], bool]
) -> Any | None:
    """Return a model with the loosest tolerance that is near enough; None where none is in time."""
    for tol in decades(-1, -14):
        began = perf_counter()
        model = build(tol).fit(X, y)
        if is_near(model):
            return model
        if perf_counter() - began > _SLOW:
            break
    return None


def _in_turns(models: dict[str, Any], X: Array, y: Array) -> dict[str, Spent]:
    """Fit models in turns, bridle's before each rival's, and return the seconds of each run.

    A fit after one of the same library finds its code in the caches; so no fit ever does.
    """
    spent = {name: Spent([], []) for name in models}
    rivals = [name for name in models if name != "bridle"]
    began = perf_counter()
    while len(spent[rivals[0]].wall) < _REPEATS and perf_counter() - began < _PATIENCE:
        for rival in rivals:
            for name in ("bridle", rival):
                start, used = perf_counter(), process_time()
                models[name].fit(X, y)
                spent[name].processor.append(process_time() - used)
                spent[name].wall.append(perf_counter() - start)
    return spent


if __name__ == "__main__":
    keep_to_two_cores()
    warnings.simplefilter("ignore")
    if len(sys.argv) > 1:
        wanted = next(case for case in SMALL if case.name == sys.argv[1])
        answer(json.dumps(asdict(wanted.take())))
    else:
        for case in SMALL:
            cost = case.take()
            shown = "-" if cost.value is None else f"{cost.value:.2f}"
            print(f"{case.title:34} {shown:>5}  {cost.detail}", flush=True)
