"""Evidence that a solution is good, computed by the problem and never by the solver it judges."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Certificate"]


@dataclass(frozen=True)
class Certificate:
    """How far, at most, a solution is from the best one.

    Attributes
    ----------
    objective : float
        Loss plus penalty of the solution.
    gap : float
        Duality gap: the objective minus a lower bound of the best objective, at least 0.
    relative_gap : float
        Gap over half the null deviance (`NullModel.half_deviance`); 0 where both are 0.
    kkt : float
        Largest violation of the optimality conditions over all coefficients and intercepts, in
        units of the correlation of a feature with the null model's residual.
    """

    objective: float
    gap: float
    relative_gap: float
    kkt: float

    def meets(self, tol: float) -> bool:
        """Whether the relative gap is at most ``tol``."""
        return self.relative_gap <= tol
