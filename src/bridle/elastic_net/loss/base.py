"""What a loss is."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np
import numpy.typing as npt

__all__ = ["ROUNDING", "Loss"]

Array = npt.NDArray[np.float64]

ROUNDING = 1e-12
"""How far a dual point may lie outside its domain and still count as on its edge."""


class Loss(ABC):
    """A convex function ``sum_i w_i loss(y_i, eta_i)`` of the linear predictor eta.

    Everywhere ``eta`` and ``y`` have shape (n, outputs), ``weights`` shape (n,). A concrete loss is
    final. Adding one means one file that states these facts and one line in `LOSSES`.
    """

    name: str
    """As in ``loss="…"``."""

    smoothness: float
    """Upper bound of the largest eigenvalue of the curvature of one row of weight 1."""

    is_quadratic: bool
    """Whether the curvature depends on neither eta nor y."""

    is_shift_invariant: bool
    """Whether adding one number to all outputs of a row changes nothing."""

    @abstractmethod
    def value(self, eta: Array, y: Array, weights: Array) -> float:
        """Return ``sum_i w_i loss(y_i, eta_i)``."""

    @abstractmethod
    def gradient(self, eta: Array, y: Array, weights: Array) -> Array:
        """Return ``w_i dloss/deta_i``, shape (n, outputs)."""

    @abstractmethod
    def curvature(self, eta: Array, y: Array, weights: Array) -> Array:
        """Return ``w_i d2loss/deta_i2``, shape (n, outputs, outputs)."""

    @abstractmethod
    def diagonal_curvature(self, eta: Array, y: Array, weights: Array) -> Array:
        """Return the diagonal of `curvature`, shape (n, outputs)."""

    @abstractmethod
    def conjugate(self, dual: Array, y: Array, weights: Array) -> float:
        """Return ``sup_eta <dual, eta> - value(eta)``, inf outside its domain; dual (n, outputs)."""

    @abstractmethod
    def inverse_link(self, eta: Array) -> Array:
        """Return the mean that eta predicts, shape (n, outputs)."""

    @abstractmethod
    def link(self, mean: Array) -> Array:
        """Return an eta, shape (outputs,), whose inverse link is ``mean``, shape (outputs,)."""
