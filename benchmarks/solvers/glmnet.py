"""R's glmnet, in a process of R."""

from __future__ import annotations

import shutil
import subprocess
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from scipy import sparse

from benchmarks.cases import Case
from benchmarks.solvers.base import Fit, Solver, Validation, decades
from benchmarks.task import Task
from benchmarks.timing import Timer

__all__ = ["SOLVER"]

_SCRIPT = Path(__file__).with_suffix(".R")
_FAMILY = {
    "squared": "gaussian",
    "logistic": "binomial",
    "poisson": "poisson",
    "gamma": "gamma",
    "tweedie": "tweedie",
    "multinomial": "multinomial",
    "responses": "mgaussian",
    "cox": "cox",
}
_REMEDY = "on Debian: apt-get install r-cran-glmnet r-cran-doparallel"
_VERSION = 'cat(as.character(packageVersion("glmnet")), "R", as.character(getRversion()))'


class Glmnet(Solver):
    """`glmnet`, and `cv.glmnet` with its folds in two forked workers, timed inside R."""

    tolerances = decades(-4, -15)
    in_process = False

    def version(self) -> str:
        return _ask(_VERSION)

    def supports(self, case: Case) -> str | None:
        if shutil.which("Rscript") is None:
            return f"there is no Rscript; {_REMEDY}"
        if case.loss == "tweedie" and not _has("statmod"):
            return "R has no statmod; on Debian: apt-get install r-cran-statmod"
        return None if _has("glmnet") else f"R has no glmnet; {_REMEDY}"

    def validates(self, case: Case) -> str | None:
        reason = self.supports(case)
        if reason is None and not _has("doParallel"):
            return f"R has no doParallel; {_REMEDY}"
        return reason

    def path(self, task: Task, tol: float, timer: Timer) -> Fit:
        with TemporaryDirectory() as name:
            out = Path(name)
            _run(task, tol, timer, "path", out)
            parts = (
                np.fromfile(out / "data.bin"),
                np.fromfile(out / "indices.bin", np.int32),
                np.fromfile(out / "indptr.bin", np.int32),
            )
            shape = (task.outputs * task.X.shape[1], task.alphas.size)
            coefs = sparse.csc_matrix(parts, shape=shape)
            intercepts = np.fromfile(out / "intercepts.bin")
            if task.outputs > 1:
                intercepts = intercepts.reshape((task.outputs, -1), order="F")
            return Fit(coefs, intercepts, _seconds(out))

    def cv(self, task: Task, tol: float, timer: Timer) -> Validation:
        with TemporaryDirectory() as name:
            out = Path(name)
            _run(task, tol, timer, "cv", out)
            return Validation(np.fromfile(out / "score.bin"), _seconds(out))


def _run(task: Task, tol: float, timer: Timer, action: str, out: Path) -> None:
    """Let R read the task's folder, fit, and write raw arrays to ``out``."""
    words = [action, _FAMILY[task.loss], task.l1_ratio, tol, timer.repeats, timer.patience]
    command = ["Rscript", str(_SCRIPT), str(task.folder), str(out), *map(str, words)]
    subprocess.run([*command, *map(str, task.X.shape)], check=True)


def _seconds(out: Path) -> float:
    return float(np.fromfile(out / "seconds.bin")[0])


@cache
def _has(package: str) -> bool:
    return _ask(f'cat(requireNamespace("{package}", quietly = TRUE))') == "TRUE"


def _ask(expression: str) -> str:
    command = ["Rscript", "-e", expression]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


SOLVER = Glmnet()
