"""What is wrong with the outcome of a random problem, in words that group faults by kind."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from tests.laws.random_problems.fits import Answer, Outcome
from tests.laws.random_problems.judge import Judge, Verdict
from tests.laws.random_problems.problems import RandomProblem, largest_strength

from bridle.errors import InputError

__all__ = ["Fault", "faults", "own_judge"]

# What the warnings of a path or an estimator that are meant to be seen are called.
_MEANT = ("ConvergenceWarning", "DataWarning")
# How a refusal begins that is right: no grid of strengths is a float64.
_BEYOND = "Cannot choose alphas"
# How a refusal of a path begins that is right if an l2 strength, over the square of a column, is no
# float64: all strengths of a path are solved in one unit of X, which the weak ones need too.
_TOO_STRONG = "alpha is too large for this X"
_PATHS = ("path", "grid", "cross-validation")
# What a fit may raise; the other is that of a problem that is solved without an estimator.
_OWN = (InputError, FloatingPointError)
# Of the largest strength, where own code looks for the solutions of a grid that was refused.
_GRID = (0.9, 0.1, 0.01, 1e-3, 1e-4)


@dataclass(frozen=True)
class Fault:
    """A kind in a few words, whether a warning said so, and the particulars."""

    kind: str
    excused: bool
    particulars: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.particulars}"


def own_judge(problem: RandomProblem) -> Judge:
    """Return the judge of a problem, whose overflows are looked at by itself."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return Judge(problem)


def faults(problem: RandomProblem, outcome: Outcome, tol: float = 1e-6) -> list[Fault]:
    """Return what is wrong; excused is what the fit itself said that it had missed."""
    found = [
        Fault(f"stray {kind}", False, text) for kind, text in outcome.warnings if kind not in _MEANT
    ]
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        judge = Judge(problem)
        if outcome.error is not None:
            return found + _refusal(problem, outcome.error, judge)
        judged = [(one, judge.judge(one.alpha, one.coef, one.intercept)) for one in outcome.answers]
    missed = outcome.warned("ConvergenceWarning")
    vanishing = outcome.warned("too small beside the others", "equals its offset up to rounding")
    for answer, verdict in judged:
        if word := verdict.wrong():
            excused = missed and not answer.certificate.meets(tol) and verdict.finite
            excused |= vanishing and verdict.finite
            found.append(Fault(f"wrong by {word}", excused, _particulars(answer, verdict)))
    return found


def _refusal(problem: RandomProblem, error: Exception, judge: Judge) -> list[Fault]:
    text = f"{type(error).__name__}: {error}"
    if not isinstance(error, _OWN):
        return [Fault("raw error", False, text)]
    strengths = problem.alphas
    if problem.entry in ("grid", "cross-validation"):
        if str(error).startswith(_BEYOND):
            return []
        strengths = (np.array(_GRID) * largest_strength(problem)).astype(np.float64)
    too_strong = problem.entry in _PATHS and str(error).startswith(_TOO_STRONG)
    if too_strong and any(judge.overflows(float(alpha)) for alpha in strengths):
        return []
    if all(judge.solution(float(alpha)) is not None for alpha in strengths):
        return [Fault("refused", False, text)]
    return [Fault("refused, and own code finds no solution", True, text)]


def _particulars(answer: Answer, verdict: Verdict) -> str:
    return (
        f"alpha {answer.alpha:.3g}, excess {verdict.excess:.2g}, kkt {verdict.kkt:.2g} at feature "
        f"{verdict.feature}, outside {verdict.outside:.1g}; certified gap "
        f"{answer.certificate.relative_gap:.1g}, kkt {answer.certificate.kkt:.1g}"
    )
