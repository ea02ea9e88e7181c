"""Loss: a function of linear predictor, target and weights; its base classes."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np

from bridle.errors import InputError
from bridle.types import Array

__all__ = ["ROUNDING", "Loss", "SingleOutputLoss"]


_SMALLEST_SHARE = 1e-5

ROUNDING = 1e-12
"""How far a dual point may lie outside its domain and still count as on its edge."""


class Loss(ABC):
    """A convex function ``sum_i w_i loss(y_i, eta_i)`` of the linear predictor eta.

    Everywhere ``eta`` and ``y`` have shape (n, outputs), ``weights`` shape (n,). A concrete loss is
    final. Adding one means one file that states these facts and one line in `LOSSES`.
    """

    name: str
    """As in ``loss="…"``."""

    kernel: str = ""
    """Name of its functor in C++, of one output; without one all is slower."""

    smoothness: float
    """Upper bound of the largest eigenvalue of the curvature of one row of weight 1; inf if none."""

    is_quadratic: bool
    """Whether the curvature depends on neither eta nor y."""

    has_units: bool = False
    """Whether the loss of ``c y`` at ``c eta`` is ``c^2`` times that of y at eta."""

    is_shift_invariant: bool
    """Whether adding one number to all outputs of a row changes nothing."""

    target_range: tuple[float, float] = (-np.inf, np.inf)
    """Smallest and largest target."""

    most_classes: float = 0
    """How many classes of labels it tells apart: 0 takes numbers, 2 has one output, inf one a class."""

    perfect_fit: str
    """What features do that leave nothing to explain: "The features …"."""

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
    def majorant(self, eta: Array, y: Array, weights: Array) -> Array:
        """Return curvatures, (n, outputs), of a quadratic that touches the loss at eta from above.

        Its minimum is not worse than eta, however nearly certain the predictions there are. Where no
        quadratic is above the loss everywhere, it is above it on the way to the prediction of y.
        """

    @abstractmethod
    def conjugate(self, dual: Array, y: Array, weights: Array) -> float:
        """Return ``sup_eta <dual, eta> - value(eta)``, inf outside its domain; dual (n, outputs)."""

    @abstractmethod
    def inverse_link(self, eta: Array) -> Array:
        """Return the mean that eta predicts, shape (n, outputs)."""

    @abstractmethod
    def link(self, mean: Array) -> Array:
        """Return an eta, shape (outputs,), whose inverse link is ``mean``, shape (outputs,)."""

    def usual_curvature(self, y: Array, weights: Array) -> float:
        """Return the size that curvatures of rows of weight 1 have for such targets."""
        return self.smoothness

    def smallest_curvature(self, y: Array, weights: Array) -> Array:
        """Return the curvature, (n, outputs), below which a model of a row would jump."""
        size = _SMALLEST_SHARE * self.usual_curvature(y, weights)
        return np.tile(size * weights[:, None], (1, y.shape[1]))

    def check_targets(self, y: Array) -> None:
        """Raise InputError if a target is not finite or outside `target_range`; y (n, outputs)."""
        low, high = self.target_range
        good = np.isfinite(y) & (y >= low - ROUNDING) & (y <= high + ROUNDING)
        if good.all():
            return
        row, output = np.argwhere(~good)[0]
        allowed = "be finite"
        if low > -np.inf:
            allowed = f"be at least {low:g}" if high == np.inf else f"lie in [{low:g}, {high:g}]"
        raise InputError(
            f"y must {allowed} for loss={self.name!r}. Received: {y[row, output]} in row {row} "
            f"({int(np.count_nonzero(~good))} such values)."
        )


class SingleOutputLoss(Loss, ABC):
    """A loss of one linear predictor, which can judge m of them side by side."""

    largest_shift: float
    """Largest ``|t|`` for which the gradient g less ``t`` times the curvature is sure to stay in the
    conjugate's domain, at every linear predictor; `divergence` bounds the loss within it only."""

    @abstractmethod
    def values(self, eta: Array, y: Array, weights: Array) -> Array:
        """Return the value of each column of eta, shape (m,); eta (n, m), y (n, 1) or (n, m)."""

    @abstractmethod
    def conjugates(self, dual: Array, y: Array, weights: Array) -> Array:
        """Return the conjugate of each column of dual, shape (m,); dual (n, m)."""

    @abstractmethod
    def divergence(self, size: Array) -> Array:
        """Return an upper bound of ``value(eta) + conjugate(u) - <u, eta>``, same shape as ``size``.

        ``size`` is the distance of u from the gradient at eta, ``sqrt(sum_i (u_i - g_i)^2 / h_i)``
        with the curvature h at eta.
        """

    def value(self, eta: Array, y: Array, weights: Array) -> float:
        """Return ``sum_i w_i loss(y_i, eta_i)``."""
        return float(self.values(eta, y, weights).sum())

    def conjugate(self, dual: Array, y: Array, weights: Array) -> float:
        """Return ``sup_eta <dual, eta> - value(eta)``, inf outside its domain."""
        return float(self.conjugates(dual, y, weights).sum())
