"""Choice of the inner solver of a working set."""

from __future__ import annotations

from bridle.elastic_net.design import ColumnStore, FetchedColumns
from bridle.elastic_net.problem import Problem
from bridle.elastic_net.working_set.inner_classes import InnerClasses
from bridle.elastic_net.working_set.inner_columns import InnerColumns
from bridle.elastic_net.working_set.inner_gram import InnerGram
from bridle.elastic_net.working_set.inner_responses import InnerResponses
from bridle.elastic_net.working_set.inner_tied_classes import InnerTiedClasses
from bridle.elastic_net.working_set.working_set import InnerSolver, WorkingSet

__all__ = ["has_inner_solver", "working_set"]


def has_inner_solver(problem: Problem) -> bool:
    """Whether there is an inner solver for a problem whose features are all penalised."""
    if problem.is_tied:
        return problem.loss.has_class_kernel or problem.loss.is_quadratic
    return problem.has_kernel or problem.loss.has_class_kernel


def working_set(problem: Problem, store: ColumnStore) -> WorkingSet:
    """Return an empty working set with the inner solver that suits the problem.

    With one output, a constant curvature and a dense X, that works on a Gram matrix: there Newton's
    steps are cheap, and near interpolation coordinate descent alone is slow.
    """
    return WorkingSet(problem, store, _inner(problem, store))


def _inner(problem: Problem, store: ColumnStore) -> InnerSolver:
    if problem.is_tied:
        return (InnerResponses if problem.loss.is_quadratic else InnerTiedClasses)(problem)
    if problem.n_outputs > 1:
        return InnerClasses(problem)
    if problem.loss.is_quadratic and isinstance(store, FetchedColumns):
        return InnerGram(problem, store)
    return InnerColumns(problem)
