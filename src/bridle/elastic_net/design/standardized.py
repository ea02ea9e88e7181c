"""Standardised design: a wrapper that neither copies nor changes X.

Centring and scaling are rank-one corrections of products, so a sparse X stays sparse:
``(X - 1 center') diag(1 / scale) b = X (b / scale) - center . (b / scale)``.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import sparse

from bridle.elastic_net.design.base import Design, Layout
from bridle.types import Array

__all__ = ["StandardizedDesign", "standardized"]


class StandardizedDesign(Design):
    """The matrix ``(X[i, j] - center[j]) / scale[j]``.

    Parameters
    ----------
    design : Design
        X, of shape (n, p).
    center, scale : ndarray of shape (p,)
        Finite; scale positive.
    """

    def __init__(self, design: Design, center: Array, scale: Array) -> None:
        self._design = design
        self.center = center
        self.scale = scale

    @property
    def shape(self) -> tuple[int, int]:
        """Number of rows and of columns."""
        return self._design.shape

    def matvec(self, coef: Array) -> Array:
        """Return ``X (coef / scale) - center . (coef / scale)``."""
        scaled = coef / self.scale[:, None]
        return self._design.matvec(scaled) - self.center @ scaled

    def rmatvec(self, dual: Array) -> Array:
        """Return ``(X' dual - center sum(dual)) / scale``."""
        raw = self._design.rmatvec(dual) - np.outer(self.center, dual.sum(axis=0))
        return raw / self.scale[:, None]

    def columns(self, index: npt.NDArray[np.intp]) -> Array:
        """Return the columns ``index``."""
        return (self._design.columns(index) - self.center[index]) / self.scale[index]

    def predict_rows(self, rows: npt.NDArray[np.intp], coef: sparse.csc_array) -> Array:
        """Return ``X[rows] (coef / scale) - center . (coef / scale)``."""
        scaled = sparse.csc_array(
            (coef.data / self.scale[coef.indices], coef.indices, coef.indptr), shape=coef.shape
        )
        return self._design.predict_rows(rows, scaled) - scaled.T @ self.center

    def moments(self, weights: Array) -> tuple[Array, Array]:
        """Return the weighted mean and variance of each column."""
        mean, variance = self._design.moments(weights)
        return (mean - self.center) / self.scale, variance / self.scale**2

    def layout(self) -> Layout:
        """Return the memory of X, with the two centers and scales combined."""
        inner = self._design.layout()
        return Layout(
            inner.array, inner.center + inner.scale * self.center, inner.scale * self.scale
        )

    def to_original(self, coef: Array, intercept: Array) -> tuple[Array, Array]:
        """Return coefficients and intercept on the scale of X, given those of this design."""
        raw = coef / self.scale[:, None]
        return raw, intercept - self.center @ raw

    def from_original(self, coef: Array, intercept: Array) -> tuple[Array, Array]:
        """Return coefficients and intercept of this design, given those on the scale of X."""
        return coef * self.scale[:, None], intercept + self.center @ coef


def standardized(
    design: Design,
    mean: Array,
    variance: Array,
    center: bool = True,
    constant: float | Array = 1.0,
) -> StandardizedDesign:
    """Return a design whose columns have weighted mean 0 and standard deviation 1 (with 1/n).

    Parameters
    ----------
    design : Design
    mean, variance : ndarray of shape (p,)
        As `Design.moments` returns them.
    center : bool
        Whether to subtract the means; False without an intercept. Default True.
    constant : float or ndarray of shape (p,)
        Scale of constant columns, positive. Default 1.
    """
    scale = np.sqrt(variance)
    scale = np.where(scale == 0, constant, scale)
    return StandardizedDesign(design, mean if center else np.zeros_like(mean), scale)
