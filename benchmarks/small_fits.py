"""Single fits of small problems beside scikit-learn's, to the same accuracy.

``python -m benchmarks.small_fits NAME`` answers with JSON. Both libraries run in one process, in
turns, so that whatever else the machine does slows both.
"""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from itertools import product
from time import perf_counter
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse
from sklearn.linear_model import ElasticNet, LogisticRegression

import bridle
from benchmarks.datasets import correlated_gaussian
from benchmarks.objective import Objective
from benchmarks.results import OwnCost
from benchmarks.solvers.base import decades
from benchmarks.timing import answer
from benchmarks.worker import keep_to_two_cores

__all__ = ["SMALL", "SmallFit"]

Array = npt.NDArray[np.float64]

_MAX_ITER = 100_000
_ALPHA = 0.01
_NEAR = 1e-12
"""Distances from the best objective, in half null deviances, that count as none."""

_REPEATS = 100
_PATIENCE = 5.0
_SLOW = 1.0
"""Seconds of all runs of a case, and of the one run after which no tighter tolerance is tried."""


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
        Our shortest time over that of the fastest rival.
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
        """Compare one fit with the fastest rival's."""
        X, y = correlated_gaussian(self.n, self.p, self.loss, 5, order="C")
        kind = bridle.ElasticNet if self.loss == "squared" else bridle.ElasticNetClassifier
        judge = Objective(X, y, self.loss, self.l1_ratio)
        models: dict[str, Any] = {"bridle": kind(alpha=_ALPHA, l1_ratio=self.l1_ratio)}
        target = _value(judge, models["bridle"].fit(X, y)) + _NEAR * judge.half_null_deviance
        for name, build in self._rivals().items():
            model = _tuned(build, X, y, lambda model: _value(judge, model) <= target)
            if model is not None:
                models[name] = model
        spent = _in_turns(models, X, y)
        mine = spent.pop("bridle")
        if not spent:
            return OwnCost(None, self.goal, False, "no rival comes as near")
        fastest = min(spent, key=lambda name: min(spent[name]))
        ratio = min(mine) / min(spent[fastest])
        detail = (
            f"{min(mine) * 1e3:.2f} ms over {min(spent[fastest]) * 1e3:.2f} ms of {fastest}; "
            f"of medians {np.median(mine) / np.median(spent[fastest]):.2f}"
        )
        return OwnCost(ratio, self.goal, ratio <= self.goal, detail)

    def _rivals(self) -> dict[str, Callable[[float], Any]]:
        if self.loss == "squared":
            return {"ElasticNet": self._squared}
        # The others know no elastic net, and liblinear an intercept only that is penalised.
        solvers = ("lbfgs", "newton-cholesky", "saga") if self.l1_ratio == 0 else ("saga",)
        return {name: partial(self._logistic, name) for name in solvers}

    def _squared(self, tol: float) -> ElasticNet:
        return ElasticNet(alpha=_ALPHA, l1_ratio=self.l1_ratio, tol=tol, max_iter=_MAX_ITER)

    def _logistic(self, solver: str, tol: float) -> LogisticRegression:
        return LogisticRegression(
            C=1 / (_ALPHA * self.n),
            l1_ratio=self.l1_ratio,
            solver=solver,
            tol=tol,
            max_iter=_MAX_ITER,
        )


SMALL = tuple(
    SmallFit(n, p, loss, l1_ratio)
    for (loss, l1_ratio), n, p in product(
        (("squared", 0.5), ("logistic", 0.5), ("logistic", 0.0)), (100, 1000), (10, 50, 200)
    )
)


def _value(judge: Objective, model: Any) -> float:
    """Return the objective of a fitted model."""
    coef = sparse.csc_matrix(np.ravel(model.coef_)[:, None])
    return float(judge.values(np.array([_ALPHA]), coef, np.ravel(model.intercept_))[0])


def _tuned(
    build: Callable[[float], Any], X: Array, y: Array, is_near: Callable[[Any], bool]
) -> Any | None:
    """Return a model with the loosest tolerance that is near enough; None where none is in time."""
    for tol in decades(-3, -14):
        began = perf_counter()
        model = build(tol).fit(X, y)
        if is_near(model):
            return model
        if perf_counter() - began > _SLOW:
            break
    return None


def _in_turns(models: dict[str, Any], X: Array, y: Array) -> dict[str, list[float]]:
    """Fit models in turns; return the seconds of each run."""
    spent: dict[str, list[float]] = {name: [] for name in models}
    began = perf_counter()
    while len(spent["bridle"]) < _REPEATS and perf_counter() - began < _PATIENCE:
        for name, model in models.items():
            start = perf_counter()
            model.fit(X, y)
            spent[name].append(perf_counter() - start)
    return spent


if __name__ == "__main__":
    keep_to_two_cores()
    warnings.simplefilter("ignore")
    wanted = next(case for case in SMALL if case.name == sys.argv[1])
    answer(json.dumps(asdict(wanted.take())))
