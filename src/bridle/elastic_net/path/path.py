"""Path: the solutions of a problem along a grid of strengths, with their certificates."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt
from scipy import sparse

from bridle.elastic_net.data.inputs import check_offset
from bridle.elastic_net.design.table import TableLike
from bridle.elastic_net.floating_point import quiet_arithmetic
from bridle.elastic_net.loss import Loss
from bridle.elastic_net.methods.solved_path import SolvedPath
from bridle.elastic_net.optimality.certificate import Certificate
from bridle.elastic_net.path.degrees_of_freedom import degrees_of_freedom
from bridle.elastic_net.path.information_criteria import InformationCriteria
from bridle.elastic_net.path.new_rows import check_offset_given, new_table
from bridle.elastic_net.path.point import PathPoint
from bridle.elastic_net.path.solve_at import solve_at
from bridle.elastic_net.problem import Problem
from bridle.elastic_net.solver import CoordinateDescent
from bridle.elastic_net.specification import Specification
from bridle.errors import InputError
from bridle.files.pickled import Pickled
from bridle.threads.waiting import product
from bridle.types import Array

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

__all__ = ["Path"]


# Relative difference between strengths that counts as rounding, as of a strength that was printed.
_SAME = 1e-12


@dataclass(frozen=True, eq=False)
class Path(InformationCriteria, Pickled):
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
        strengths = specification.units.strengths(alphas, l1_ratio)
        losses = solved.losses(problem.penalty, *strengths)
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
        return solve_at(
            alpha,
            self.l1_ratio,
            specification,
            self.solver,
            self._next_stronger(alpha),
            stacklevel=2,
        )

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
        from bridle.elastic_net.path.table import table_of_strengths

        return table_of_strengths(
            strengths=self.alphas,
            n_nonzero=self.n_nonzero,
            deviance_explained=self.deviance_explained,
            certificates=self.certificates,
            caption=f"Path of {self.alphas.size} strengths, {self.loss.name} loss, l1_ratio "
            f"{self.l1_ratio:g}, {len(self.terms)} features",
        )

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
        return vars(self) | {"specification": None, "loss": self.loss.without_rows()}

    def _data_for(self, what: str) -> Specification:
        if self.specification is None:
            raise InputError(
                f"The {what} needs the data, which copied and unpickled paths do not carry. Use the "
                "path that was fitted, or fit it again."
            )
        return self.specification

    def _next_stronger(self, alpha: float) -> tuple[sparse.csc_array, Array] | None:
        """Return coefficients and intercepts at the next stronger strength, None if there is none."""
        stronger = np.where(self.alphas > alpha, self.alphas, np.inf)
        index = int(np.argmin(stronger))
        return None if np.isinf(stronger[index]) else (self.coefs[index], self.intercepts[index])

    def _n_rows(self) -> int:
        return int(np.count_nonzero(self._data_for("information criterion").row_weights()))


def _strongest_output(coef: sparse.csc_array) -> Array:
    dense = coef.toarray()
    return dense[:, 0] if dense.shape[1] == 1 else np.linalg.norm(dense, axis=1)


def _squeezed(mean: Array) -> Array:
    return mean if mean.shape[1] > 1 else mean[:, 0]
