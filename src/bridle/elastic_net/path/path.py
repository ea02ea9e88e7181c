"""Path: the solutions of a problem along a grid of strengths, with their certificates."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.special import gammaln

from bridle.elastic_net.coefficients import Coefficients
from bridle.elastic_net.data.inputs import check_offset
from bridle.elastic_net.design.table import TableLike
from bridle.elastic_net.floating_point import quiet_arithmetic
from bridle.elastic_net.grid import fitted_grid
from bridle.elastic_net.loss import Loss
from bridle.elastic_net.methods.solved_path import SolvedPath
from bridle.elastic_net.optimality.certificate import Certificate
from bridle.elastic_net.path.convergence import report_unconverged
from bridle.elastic_net.path.degrees_of_freedom import degrees_of_freedom
from bridle.elastic_net.path.new_rows import check_offset_given, new_table
from bridle.elastic_net.path.point import PathPoint
from bridle.elastic_net.problem import Problem
from bridle.elastic_net.solver import CoordinateDescent
from bridle.elastic_net.specification import Specification
from bridle.errors import InputError
from bridle.files.html_text import table
from bridle.files.pickled import Pickled
from bridle.threads.waiting import product
from bridle.types import Array

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

__all__ = ["Path"]


# Relative difference of strengths that is rounding, as of a printed one.
_SAME = 1e-12


@dataclass(frozen=True, eq=False)
class Path(Pickled):
    r"""The solutions of one problem at S strengths, with their certificates and losses.

    Attributes
    ----------
    alphas : ndarray of shape (S,)
        Penalty strengths (scikit-learn's alpha): decreasing, or in the order in which they were given.
    l1_ratio : float
        In [0, 1].
    coefs : tuple of S csc_array of shape (p, outputs)
        On the scale of X.
    intercepts : ndarray of shape (S, outputs)
        On the scale of X.
    certificates : tuple of S Certificate
    losses : ndarray of shape (S,)
        Weighted mean loss on the fitted rows, in the units of the specification.
    deviance_explained : ndarray of shape (S,)
        ``1 - (loss - saturated) / (null - saturated)``. The null model has only offset, intercept and
        unpenalised features. 0 if the null model fits perfectly.
    iterations : ndarray of shape (S,)
    seconds : float
        Solving time.
    method : str
        "lockstep", "moments", "reweighted" or "one by one".
    solver : CoordinateDescent
    loss : Loss
    classes : ndarray of shape (K,) or None
        The labels of a classification, else None.
    terms : tuple of p str
        Names of the features, by default "x0", "x1", ….
    has_names : bool
        Whether the data had names.
    has_offset : bool
        Whether the path was fitted with an offset.
    specification : Specification or None
        The data and settings of the fit. None in copies and pickles, which carry no data.
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
        """Build from the solutions of ``problem``, which are put on the scale of X."""
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
        """Number of features with a non-zero coefficient, shape (S,)."""
        return np.array([np.unique(coef.indices[coef.data != 0]).size for coef in self.coefs])

    @cached_property
    def df(self) -> Array:
        """Degrees of freedom, shape (S,); see `degrees_of_freedom`. Computed on first access.

        Raises
        ------
        InputError
            The path is a copy or was unpickled, so it has no data.
        """
        specification = self._data_for("degrees of freedom")
        with quiet_arithmetic():
            problem = specification.problem()
            pairs = zip(self.coefs, self.intercepts, strict=True)
            solutions = [specification.from_original(problem, *pair) for pair in pairs]
            strengths = specification.units.strengths(self.alphas, self.l1_ratio)
            return degrees_of_freedom(problem, *strengths, solutions)

    @property
    def aic(self) -> Array:
        r"""Akaike's information criterion, shape (S,): ``d + 2 df``.

        d is minus twice the log likelihood, up to a constant that all strengths share. For squared loss
        it is ``n log(RSS / n)``, a Gaussian whose variance is estimated, with the weighted mean squared
        error for RSS / n; -inf if all residuals are 0. For other losses it is ``2 n`` times the mean
        loss. n is the number of rows of positive weight.

        Raises
        ------
        InputError
            The path is a copy or was unpickled, so it has no data.

        Notes
        -----
        Source: Akaike (1974), "A new look at the statistical model identification".
        """
        return self._deviance() + 2 * self.df

    @property
    def bic(self) -> Array:
        """The Bayesian information criterion, shape (S,): ``d + log(n) df``, d as in `aic`.

        Raises
        ------
        InputError
            The path is a copy or was unpickled, so it has no data.

        Notes
        -----
        Source: Schwarz (1978), "Estimating the dimension of a model".
        """
        return self._deviance() + np.log(self._rows()) * self.df

    @property
    def ebic(self) -> Array:
        """The extended Bayesian criterion, shape (S,): ``bic + log(p choose k)``, k active features.

        Raises
        ------
        InputError
            The path is a copy or was unpickled, so it has no data.

        Notes
        -----
        Source: Chen and Chen (2008), "Extended Bayesian information criteria for model selection
        with large model spaces", with gamma = 1/2.
        """
        p, k = len(self.terms), self.n_nonzero
        return self.bic + gammaln(p + 1) - gammaln(k + 1) - gammaln(p - k + 1)

    def at(self, alpha: float) -> PathPoint:
        """Return the solution at a strength. A strength that is not on the path is solved for.

        Parameters
        ----------
        alpha : float
            In [0, inf).

        Returns
        -------
        PathPoint

        Raises
        ------
        InputError
            The strength is not on the path, and the path is a copy or was unpickled, so it has no data.
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
        specification = self._data_for(what)
        with quiet_arithmetic():
            problem = specification.problem()
            grid = fitted_grid([problem], np.array([alpha]), self.l1_ratio, specification.units)
            penalty = problem.penalty.with_strength(float(grid.strengths[0]), grid.l1_ratio)
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
        """Return the predicted means of new rows, by the solution at a strength.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (m, p)
            Finite numbers, in the columns of the fit.
        alpha : float
            A strength, as in `at`.
        offset : array-like of shape (m,) or (m, outputs), optional
            Required if the path was fitted with an offset, refused otherwise.

        Returns
        -------
        ndarray of shape (m,), or (m, K)
            The mean for "squared" and "poisson", the probability of the second class for "logistic",
            of each class for "multinomial".

        Raises
        ------
        InputError
            X does not have the columns of the fit or is not finite, an offset is missing or not
            expected, or `at` has no solution at the strength.
        """
        table = new_table(X, self.terms, has_names=self.has_names)
        check_offset_given(offset, expected=self.has_offset)
        point = self.at(alpha)
        eta = (product(table, point.coef) + point.intercept).reshape(table.shape[0], -1)
        shift = check_offset(offset, eta.shape)
        if shift is not None:
            eta = eta + shift
        return _squeezed(self.loss.inverse_link(eta))

    def _repr_html_(self) -> str:
        """Return a table of at most ten strengths, for notebooks."""
        shown = np.unique(np.linspace(0, self.alphas.size - 1, 10).round().astype(int))
        rows = (
            (
                f"{self.alphas[k]:.4g}",
                self.n_nonzero[k],
                f"{self.deviance_explained[k]:.1%}",
                f"{self.certificates[k].relative_gap:.1e}",
            )
            for k in shown
        )
        caption = (
            f"Path of {self.alphas.size} strengths, {self.loss.name} loss, l1_ratio "
            f"{self.l1_ratio:g}, {len(self.terms)} features"
        )
        return table(("alpha", "features", "deviance explained", "relative gap"), rows, caption)

    def plot(self) -> Figure:
        """Plot each coefficient against the strength, with the number of features along the top.

        Returns
        -------
        matplotlib.figure.Figure
        """
        from bridle.elastic_net.path.plot import plot_path

        return plot_path(self.alphas, self.strongest_outputs(), self.terms)

    def tidy(self) -> pd.DataFrame:
        """Return the non-zero coefficients as a table, in the format of R's broom for glmnet.

        Returns
        -------
        pandas.DataFrame
            Columns term (the intercept is "(Intercept)"), step (1 is the first strength), estimate,
            lambda, dev.ratio; for several classes, preceded by class.
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
        """Return one number for each strength and feature, shape (S, p).

        That is the coefficient, or its norm over the outputs if there are several.
        """
        return np.array([_strongest_output(coef) for coef in self.coefs])

    def _kept_state(self) -> dict[str, Any]:
        return vars(self) | {"specification": None}

    def _data_for(self, what: str) -> Specification:
        if self.specification is None:
            raise InputError(
                f"The {what} needs the data, which copied and unpickled paths do not carry. Use the "
                "path that was fitted, or fit it again."
            )
        return self.specification

    def _start(
        self, specification: Specification, problem: Problem, alpha: float
    ) -> tuple[Array, Array] | None:
        """Return the solution at the next stronger strength, as a warm start."""
        stronger = np.where(self.alphas > alpha, self.alphas, np.inf)
        index = int(np.argmin(stronger))
        if np.isinf(stronger[index]):
            return None
        return specification.from_original(problem, self.coefs[index], self.intercepts[index])

    def _rows(self) -> int:
        return int(np.count_nonzero(self._data_for("information criterion").row_weights()))

    def _deviance(self) -> Array:
        if not self.loss.is_quadratic:
            return 2 * self._rows() * self.losses
        with np.errstate(divide="ignore"):
            return self._rows() * np.log(2 * np.maximum(self.losses, 0.0))


def _losses(problem: Problem, alphas: Array, l1_ratio: float, solved: SolvedPath) -> Array:
    # The certified objective minus the penalty: that needs no product with X.
    stacked, outputs = solved.coefs.stacked, solved.coefs.outputs
    entries = np.repeat(np.arange(alphas.size), np.diff(stacked.indptr[::outputs]))
    unit = problem.penalty.with_strength(1.0, l1_ratio).restricted(stacked.indices.astype(np.intp))
    penalties = alphas * np.bincount(entries, unit.values(stacked.data), minlength=alphas.size)
    return np.array([certificate.objective for certificate in solved.certificates]) - penalties


def _strongest_output(coef: sparse.csc_array) -> Array:
    dense = coef.toarray()
    return dense[:, 0] if dense.shape[1] == 1 else np.linalg.norm(dense, axis=1)


def _squeezed(mean: Array) -> Array:
    return mean if mean.shape[1] > 1 else mean[:, 0]
