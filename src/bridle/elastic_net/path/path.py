"""Path: the solutions of a problem along its strengths, with their certificates."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.special import gammaln

from bridle.elastic_net.certificate import Certificate
from bridle.elastic_net.coefficients import Coefficients
from bridle.elastic_net.data.inputs import (
    check_columns,
    check_new_names,
    check_offset,
    check_table,
    column_names,
)
from bridle.elastic_net.design.table import TableLike
from bridle.elastic_net.floating_point import quiet_arithmetic
from bridle.elastic_net.loss import Loss
from bridle.elastic_net.methods.solved_path import SolvedPath
from bridle.elastic_net.path.convergence import report_unconverged
from bridle.elastic_net.path.degrees_of_freedom import degrees_of_freedom
from bridle.elastic_net.path.point import PathPoint
from bridle.elastic_net.problem import Problem
from bridle.elastic_net.solver import CoordinateDescent
from bridle.elastic_net.specification import Specification
from bridle.errors import InputError
from bridle.files.pickled import Pickled
from bridle.types import Array
from bridle.waiting import product

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

__all__ = ["Path"]


_SAME = 1e-12


@dataclass(frozen=True, eq=False)
class Path(Pickled):
    r"""The solutions of one problem at S strengths, with what judges and compares them.

    Attributes
    ----------
    alphas : ndarray of shape (S,)
        Strengths (scikit-learn's alpha), in the caller's order, else decreasing.
    l1_ratio : float
    coefs : tuple of S csc_array of shape (p, outputs)
        On the scale of X.
    intercepts : ndarray of shape (S, outputs)
    certificates : tuple of S Certificate
    losses : ndarray of shape (S,)
        Weighted mean loss on the rows that were fitted, in the units of the specification.
    deviance_explained : ndarray of shape (S,)
        ``1 - (loss - saturated) / (null - saturated)``; the null model has offset, intercept and
        unpenalised features. 0 where the null model is perfect.
    iterations : ndarray of shape (S,)
    seconds : float
        Spent solving.
    method : str
        "lockstep", "moments", "reweighted" or "one by one".
    solver : CoordinateDescent
    loss : Loss
    classes : ndarray of shape (K,) or None
        The labels, where there are some.
    terms : tuple of p str
        Names of the features.
    has_names : bool
        Whether the names came with the data.
    has_offset : bool
    specification : Specification or None
        What was fitted. Copies and pickles have none: data do not travel with a model.
    """

    alphas: Array
    l1_ratio: float
    coefs: tuple[sparse.csc_array, ...]
    intercepts: Array
    certificates: tuple[Certificate, ...]
    losses: Array
    deviance_explained: Array
    iterations: npt.NDArray[np.int64]
    seconds: float
    method: str
    solver: CoordinateDescent
    loss: Loss
    classes: npt.NDArray[Any] | None
    terms: tuple[str, ...]
    has_names: bool
    has_offset: bool
    specification: Specification | None

    @classmethod
    def of(
        cls,
        specification: Specification,
        problem: Problem,
        alphas: Array,
        l1_ratio: float,
        solved: SolvedPath,
        solver: CoordinateDescent,
    ) -> Self:
        """Put what was solved for ``problem`` on the scale of X."""
        coefs, intercepts = specification.to_original(problem, solved.coefs, solved.intercepts)
        losses = _losses(problem, *specification.units.strengths(alphas, l1_ratio), solved)
        gain, most = problem.null.value - losses, problem.null.half_deviance
        return cls(
            alphas=alphas,
            l1_ratio=l1_ratio,
            coefs=tuple(coefs),
            intercepts=intercepts,
            certificates=solved.certificates,
            losses=losses,
            deviance_explained=gain / most if most > 0 else np.zeros_like(gain),
            iterations=solved.iterations,
            seconds=solved.seconds,
            method=solved.method,
            solver=solver,
            loss=specification.loss,
            classes=specification.classes,
            has_names=specification.terms is not None,
            has_offset=specification.offset is not None,
            terms=specification.terms or tuple(f"x{j}" for j in range(problem.design.shape[1])),
            specification=specification,
        )

    @property
    def n_nonzero(self) -> npt.NDArray[np.intp]:
        """Number of features with a coefficient other than 0, shape (S,)."""
        return np.array([np.unique(one.indices[one.data != 0]).size for one in self.coefs])

    @cached_property
    def df(self) -> Array:
        """Degrees of freedom, shape (S,): see `degrees_of_freedom`. Computed when asked for."""
        specification = self._known("degrees of freedom")
        with quiet_arithmetic():
            problem = specification.problem()
            pairs = zip(self.coefs, self.intercepts, strict=True)
            solutions = [specification.from_original(problem, *pair) for pair in pairs]
            strengths = specification.units.strengths(self.alphas, self.l1_ratio)
            return degrees_of_freedom(problem, *strengths, solutions)

    @property
    def aic(self) -> Array:
        r"""Akaike's information criterion, shape (S,): ``d + 2 df``.

        ``d = n log(RSS / n)`` for squared loss, a Gaussian whose variance is profiled out, with the
        weighted mean in the place of RSS / n; else ``2 n`` times the mean loss. n counts the rows of
        positive weight. Terms that all strengths share are left out; -inf without residuals.
        """
        return self._misfit() + 2 * self.df

    @property
    def bic(self) -> Array:
        """The Bayesian information criterion, shape (S,): ``d + log(n) df``, d as in `aic`."""
        return self._misfit() + np.log(self._rows()) * self.df

    @property
    def ebic(self) -> Array:
        """The extended criterion, shape (S,): ``bic + log(p choose k)`` with k active features.

        Source: Chen and Chen (2008), "Extended Bayesian information criteria for model selection
        with large model spaces", gamma = 1/2.
        """
        p, k = len(self.terms), self.n_nonzero
        return self.bic + gammaln(p + 1) - gammaln(k + 1) - gammaln(p - k + 1)

    def at(self, alpha: float) -> PathPoint:
        """Return the solution at a strength; one that is not on the path is solved for.

        Parameters
        ----------
        alpha : float
            In [0, inf).

        Raises
        ------
        InputError
            When the strength is not on the path and the path came without its data.
        """
        same = np.flatnonzero(np.abs(self.alphas - alpha) <= _SAME * self.alphas)
        if same.size:
            index = int(same[0])
            return PathPoint.of(
                alpha, self.coefs[index], self.intercepts[index], self.certificates[index]
            )
        nearest = self.alphas[np.argmin(np.abs(self.alphas - alpha))]
        what = (
            f"solution at alpha={alpha!r}, which is not on the path (the nearest is {nearest!r}),"
        )
        specification = self._known(what)
        with quiet_arithmetic():
            problem = specification.problem()
            strength, l1_ratio = specification.units.strengths(np.array(alpha), self.l1_ratio)
            penalty = problem.penalty.with_strength(float(strength), l1_ratio)
            start = self._start(specification, problem, alpha)
            solution = self.solver.solve(problem.with_penalty(penalty), start)
            judged = [(alpha, solution.status, solution.certificate)]
            report_unconverged(judged, self.solver, stacklevel=2)
            (coef,), (intercept,) = specification.to_original(
                problem,
                Coefficients.of([sparse.csc_array(solution.coef)]),
                solution.intercept[None, :],
            )
            return PathPoint.of(alpha, coef, intercept, solution.certificate)

    def predict(self, X: TableLike, *, alpha: float, offset: npt.ArrayLike | None = None) -> Array:
        """Return the mean that the solution at a strength predicts.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (m, p)
        alpha : float
            A strength, as in `at`.
        offset : array-like of shape (m,) or (m, outputs), optional
            Needed where the path was fitted with one.

        Returns
        -------
        ndarray of shape (m,), or (m, K)
            A number for "squared" and "poisson", the probability of the second class for
            "logistic", that of each class for "multinomial".
        """
        names = column_names(X)
        if self.has_names:
            check_new_names(names, self.terms)
        table = check_table(X)
        check_columns(table, names)
        if table.shape[1] != len(self.terms):
            raise InputError(
                f"X must have the {len(self.terms)} features that the path was fitted to. "
                f"Received: {table.shape[1]} features."
            )
        if (offset is not None) != self.has_offset:
            raise InputError(
                "offset must be given for prediction exactly where the path was fitted with one. "
                f"Received: {'no offset' if offset is None else 'an offset'}."
            )
        point = self.at(alpha)
        eta = (product(table, point.coef) + point.intercept).reshape(table.shape[0], -1)
        shift = check_offset(offset, eta.shape)
        if shift is not None:
            eta = eta + shift
        return _squeezed(self.loss.inverse_link(eta))

    def plot(self) -> Figure:
        """Draw each coefficient against the strength, with the number of features on top."""
        from bridle.elastic_net.path.plot import plot_path

        return plot_path(self.alphas, self.strongest_outputs(), self.terms)

    def tidy(self) -> pd.DataFrame:
        """Return a table of the coefficients that are not 0, as R's broom does for glmnet.

        Returns
        -------
        pandas.DataFrame
            Columns term (the intercept is "(Intercept)"), step (1 is the first strength), estimate,
            lambda, dev.ratio; for several classes, class in front.
        """
        from bridle.elastic_net.path.table import coefficient_table

        return coefficient_table(
            coefs=self.coefs,
            intercepts=self.intercepts,
            terms=self.terms,
            classes=self.classes,
            strengths=self.alphas,
            deviance_explained=self.deviance_explained,
        )

    def strongest_outputs(self) -> Array:
        """Return one coefficient for each strength and feature, shape (S, p).

        Of several outputs it is the norm over the outputs.
        """
        return np.array([_strongest_output(coef) for coef in self.coefs])

    def _kept_state(self) -> dict[str, Any]:
        return vars(self) | {"specification": None}

    def _known(self, what: str) -> Specification:
        if self.specification is None:
            raise InputError(
                f"The {what} needs the data, which do not travel with a copied or unpickled path. "
                "Fit the path again where it is needed."
            )
        return self.specification

    def _start(
        self, specification: Specification, problem: Problem, alpha: float
    ) -> tuple[Array, Array] | None:
        """Return the nearest stronger solution, from which a path would come."""
        stronger = np.where(self.alphas > alpha, self.alphas, np.inf)
        index = int(np.argmin(stronger))
        if np.isinf(stronger[index]):
            return None
        return specification.from_original(problem, self.coefs[index], self.intercepts[index])

    def _rows(self) -> int:
        return int(np.count_nonzero(self._known("information criterion").row_weights()))

    def _misfit(self) -> Array:
        if not self.loss.is_quadratic:
            return 2 * self._rows() * self.losses
        with np.errstate(divide="ignore"):
            return self._rows() * np.log(2 * np.maximum(self.losses, 0.0))


def _losses(problem: Problem, alphas: Array, l1_ratio: float, solved: SolvedPath) -> Array:
    # What a certificate calls the objective, less the penalty: no product with X is needed.
    stacked, outputs = solved.coefs.stacked, solved.coefs.outputs
    entries = np.repeat(np.arange(alphas.size), np.diff(stacked.indptr[::outputs]))
    unit = problem.penalty.with_strength(1.0, l1_ratio).restricted(stacked.indices.astype(np.intp))
    penalties = alphas * np.bincount(entries, unit.values(stacked.data), minlength=alphas.size)
    return np.array([one.objective for one in solved.certificates]) - penalties


def _strongest_output(coef: sparse.csc_array) -> Array:
    dense = coef.toarray()
    return dense[:, 0] if dense.shape[1] == 1 else np.linalg.norm(dense, axis=1)


def _squeezed(mean: Array) -> Array:
    return mean if mean.shape[1] > 1 else mean[:, 0]
