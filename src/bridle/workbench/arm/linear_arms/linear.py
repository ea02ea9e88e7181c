"""`linear`: the linear model without a penalty."""

from __future__ import annotations

from bridle.workbench.arm.base import Arm, Fit, Split
from bridle.workbench.arm.linear_predictor import LinearPredictor
from bridle.workbench.protocol import Protocol

__all__ = ["Linear"]


class Linear(Arm):
    """Least squares, logistic, Poisson or Cox regression without a penalty.

    With as many features as rows the solution is not unique. Least squares then uses the solution
    with the smallest norm. A logistic regression has no finite solution, since the classes are
    separated: the limit of a vanishing ridge penalty is used, which has the direction with the
    smallest norm. The same limit is used for a Poisson or Cox regression. With fewer features, classes
    may be separated too, or events ordered without an error; the coefficients are then those at which
    the solver stopped.
    """

    name = "linear"
    title = "linear, no penalty"
    needs_network = False

    def fit(self, split: Split, protocol: Protocol, seed: int) -> Fit:
        """Fit the model of the task; see `bridle.workbench.arm.base.Arm.fit`."""
        plain = split.task.type.plain_fit(split.train.X, split.train.y)
        return Fit(
            predict=LinearPredictor(split.task.kind, plain.coef, plain.intercept),
            coefficients=plain.coef,
            details=plain.details,
        )
