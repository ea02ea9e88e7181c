"""The solvers that are compared, each in a file of its name, imported only in its own process."""

from importlib import import_module

from benchmarks.solvers.base import Solver

__all__ = ["NAMES", "OURS", "load"]

OURS = "bridle"
NAMES = (OURS, "glmnet", "glmstar", "adelie", "celer", "skglm", "glum", "sklearn")


def load(name: str) -> Solver:
    """Import a solver; ImportError where its library is missing."""
    solver: Solver = import_module(f"benchmarks.solvers.{name}").SOLVER
    return solver
