"""Base classes of a loss, a function of linear predictor, target and weights."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np

from bridle.errors import InputError
from bridle.types import Array

__all__ = ["ROUNDING", "JoinedLoss", "Loss", "SingleOutputLoss"]


# Fraction of the usual curvature: with less, a row whose prediction is nearly certain would take a step
# of more than 1e5 of its residuals.
_SMALLEST_SHARE = 1e-5

ROUNDING = 1e-12
"""Distance by which a dual point may leave its domain through rounding alone."""


class Loss(ABC):
    """A convex function ``sum_i w_i loss(y_i, eta_i)`` of the linear predictor eta.

    In all methods ``eta`` and ``y`` have shape (n, outputs) and ``weights`` shape (n,). A concrete
    loss is final. To add a loss, write a file that sets these attributes, and add a line to `LOSSES`.
    """

    name: str
    """The name that users pass, ``loss="…"``."""

    kernel: str = ""
    """Name of the loss's C++ functor, for a single output; empty if none: then all fits are slower."""

    parameter: float = 0.0
    """The number that the loss depends on, for its C++ functor; ignored by a loss without one."""

    has_class_kernel: bool = False
    """Whether the C++ kernels for several classes are those of this loss."""

    smoothness: float
    """Upper bound on the eigenvalues of the Hessian of a row of weight 1; inf if there is none."""

    is_quadratic: bool
    """Whether the curvature is the same at every eta and y."""

    has_linear_tails: bool = False
    """Whether the loss of a row is half its squared residual up to `parameter`, and linear beyond."""

    needs_scale: bool = False
    """Whether the loss has to be given a scale before it has values."""

    has_units: bool = False
    """Whether scaling y and eta by c scales the loss by ``c^2``."""

    is_shift_invariant: bool
    """Whether adding the same constant to all outputs of a row leaves the loss unchanged."""

    target_range: tuple[float, float] = (-np.inf, np.inf)
    """Smallest and largest target allowed."""

    is_above_low: bool = False
    """Whether targets must be above the smallest target allowed."""

    most_classes: float = 0
    """Largest number of classes. 0: targets are numbers; 2: one output; inf: one output per class."""

    perfect_fit: str
    """What the features do if the model fits perfectly, as the end of a sentence "The features …"."""

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
        """Return the curvatures, (n, outputs), of a quadratic majorant that touches the loss at eta.

        A step to the minimum of the quadratic never increases the loss, even where the curvature of
        the loss itself is nearly 0. If no quadratic majorises the loss everywhere, this one does so
        between eta and the linear predictor at which the mean is y.
        """

    @abstractmethod
    def conjugate(self, dual: Array, y: Array, weights: Array) -> float:
        """Return ``sup_eta <dual, eta> - value(eta)``, dual (n, outputs); inf outside its domain."""

    @abstractmethod
    def inverse_link(self, eta: Array) -> Array:
        """Return the mean of y at eta, shape (n, outputs)."""

    @abstractmethod
    def link(self, mean: Array) -> Array:
        """Return an eta, shape (outputs,), at which the mean is ``mean``, shape (outputs,)."""

    def domain_share(self, dual: Array, weights: Array) -> float:
        """Return the largest share of a dual point, (n, outputs), in [0, 1], that the domain holds.

        1 by default: then a dual point outside the conjugate's domain bounds nothing.
        """
        return 1.0

    def best_constant(self, y: Array, weights: Array) -> float:
        """Return the prediction of a model without features or offset; y (n, 1)."""
        return float(np.average(y[:, 0], weights=weights))

    def without_rows(self) -> Loss:
        """Return the loss without the rows that it is bound to, if any, as pickles keep it."""
        return self

    def first_intercept(self, y: Array, weights: Array, offset: Array) -> Array:
        """Return the intercept, (outputs,), from which Newton's method starts without features."""
        return np.zeros(y.shape[1])

    def usual_curvature(self, y: Array, weights: Array) -> float:
        """Return the typical curvature of a row of weight 1 for these targets."""
        return self.smoothness

    def smallest_curvature(self, y: Array, weights: Array) -> Array:
        """Return the curvature, (n, outputs), below which a Newton step of a row gets too long."""
        size = _SMALLEST_SHARE * self.usual_curvature(y, weights)
        return np.tile(size * weights[:, None], (1, y.shape[1]))

    def check_targets(self, y: Array) -> None:
        """Check the targets, (n, outputs).

        Raises
        ------
        InputError
            A target cannot be used.
        """
        self.check_range(y)

    def check_range(self, y: Array) -> None:
        """Check that targets, (n, outputs), are finite and within `target_range`.

        Raises
        ------
        InputError
            A target is not; the message names its row.
        """
        low, high = self.target_range
        if low == -np.inf and high == np.inf and np.isfinite(y).all():
            return
        above = y > low if self.is_above_low else y >= low - ROUNDING
        good = np.isfinite(y) & above & (y <= high + ROUNDING)
        if good.all():
            return
        row, output = np.argwhere(~good)[0]
        allowed = "be finite"
        if low > -np.inf:
            least = "above" if self.is_above_low else "at least"
            allowed = f"be {least} {low:g}" if high == np.inf else f"lie in [{low:g}, {high:g}]"
        raise InputError(
            f"y must {allowed} for loss={self.name!r}. Received: {y[row, output]} in row {row} "
            f"({int(np.count_nonzero(~good))} such values)."
        )


class SingleOutputLoss(Loss, ABC):
    """A loss with one output. It evaluates m linear predictors at once, as the columns of eta."""

    largest_shift: float
    """Largest t for which ``g - s h``, with gradient g and curvature h, lies in the conjugate's domain
    for all ``|s| <= t`` at every linear predictor. The bound of `divergence` holds for such shifts."""

    @abstractmethod
    def values(self, eta: Array, y: Array, weights: Array) -> Array:
        """Return the value at each column of eta, shape (m,); eta (n, m), y (n, 1) or (n, m)."""

    @abstractmethod
    def conjugates(self, dual: Array, y: Array, weights: Array) -> Array:
        """Return the conjugate at each column of dual, shape (m,); dual (n, m)."""

    @abstractmethod
    def divergence(self, size: Array) -> Array:
        """Return an upper bound on ``value(eta) + conjugate(u) - <u, eta>``, same shape as ``size``.

        That is the Fenchel-Young gap of eta and u, which is 0 if u is the gradient g at eta. ``size``
        is their distance, ``sqrt(sum_i (u_i - g_i)^2 / h_i)``, with the curvature h at eta.
        """

    def value(self, eta: Array, y: Array, weights: Array) -> float:
        """Return ``sum_i w_i loss(y_i, eta_i)``."""
        return float(self.values(eta, y, weights).sum())

    def conjugate(self, dual: Array, y: Array, weights: Array) -> float:
        """Return ``sup_eta <dual, eta> - value(eta)``, inf outside its domain."""
        return float(self.conjugates(dual, y, weights).sum())


class JoinedLoss(SingleOutputLoss, ABC):
    """A loss with one output whose rows depend on one another: its Hessian is not diagonal.

    It is bound to the rows of one data set; a subset of them is a weight vector.
    """

    @abstractmethod
    def hessian(self, eta: Array, weights: Array, columns: Array) -> Array:
        """Return ``X' H X``, (m, m), with the Hessian H at eta (n, 1), for columns X, (n, m)."""

    @abstractmethod
    def scaled_conjugate(self, scale: float, eta: Array, weights: Array) -> float:
        """Return an upper bound on the conjugate at ``scale``, in [0, 1], times the gradient at eta."""
