r"""Inner solver for several classes whose coefficients are tied: the multinomial loss.

With probabilities p of a row of weight 1, the loss's Hessian ``diag(p) - pp'`` is at most
``2 diag(p (1 - p))`` (its rows sum to 0), and at least half of that along each class alone. In that
quadratic model the classes are separate, each with its own Gram matrix, so block coordinate descent on
the Gram matrices minimises model plus penalty. Repeated models, with Anderson extrapolation, converge to
the solution. A Gram matrix is used until the curvature has changed by a tenth.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from bridle import _core
from bridle.elastic_net.design import ColumnStore
from bridle.elastic_net.loss.multinomial import softmax
from bridle.elastic_net.penalty.penalty import ElasticNetPenalty
from bridle.elastic_net.problem import Problem
from bridle.elastic_net.working_set.attempt import Attempt, Start
from bridle.elastic_net.working_set.working_set import InnerSolver, WorkingSet
from bridle.types import Array, IntArray

__all__ = ["InnerTiedClasses"]


# Smallest curvature of a row of weight 1, as of the classes that are not tied.
_SMALLEST = 1e-9
# Change of the curvature, as a fraction, up to which Gram matrices are used.
_UNCHANGED = 0.1
# The model is minimised to this fraction of the gap and of the violation.
_MODEL_SHARE = 0.05
# Points between two extrapolations, as in Celer; a step of 1e-9 of its length is no step.
_STEPS = 5
_HALVINGS = 30
# The solver stops after so many models in a row that do not reduce gap or violation to this fraction:
# rounding or a flat valley hides the rest.
_IDLE = 40
_PROGRESS = 0.9
_ROUNDING = 4 * np.finfo(float).eps


@dataclass
class _Point:
    """Coefficients (K, size) and intercepts (K,), with predictors and probabilities (n, K)."""

    coef: Array
    intercept: Array
    eta: Array
    probability: Array
    objective: float


@dataclass
class _Model:
    """Gram matrices (K, size, size) about the means (K, size), for the curvature (n, K)."""

    curvature: Array
    totals: Array
    means: Array
    grams: Array


@dataclass
class _Recent:
    """The last points, one vector each."""

    points: list[Array] = field(default_factory=list)

    def add(self, point: _Point) -> Array | None:
        """Keep a point; after every five steps return their extrapolation."""
        self.points.append(np.append(point.coef, point.intercept))
        if len(self.points) <= _STEPS:
            return None
        stacked = np.array(self.points)
        self.points = self.points[-1:]
        steps = np.diff(stacked, axis=0)
        gram = (steps[:, None, :] * steps[None, :, :]).sum(axis=2)
        gram[np.diag_indices(_STEPS)] *= 1 + 1e-10
        try:
            weight = np.linalg.solve(gram, np.ones(_STEPS))
        except np.linalg.LinAlgError:
            return None
        if not np.isfinite(weight).all() or not weight.sum() > 0:
            return None
        return np.asarray((weight / weight.sum() * stacked[1:].T).sum(axis=1))


class InnerTiedClasses(InnerSolver):
    """Majorisation with block coordinate descent on a Gram matrix for each class.

    Parameters
    ----------
    problem : Problem
        With the multinomial loss and a penalty that ties the classes.
    """

    def __init__(self, problem: Problem, store: ColumnStore) -> None:
        self._problem = problem
        self._model: _Model | None = None

    def joined(self, working: WorkingSet, new: IntArray) -> None:
        """Forget the Gram matrices."""
        self._model = None

    def solve(
        self,
        working: WorkingSet,
        l1: Array,
        l2: Array,
        start: Start,
        precision: _core.Precision,
    ) -> Attempt:
        """Solve at the strengths after ``start.solved``; see `InnerSolver.solve`."""
        problem, size, solved = self._problem, working.size, start.solved
        classes = problem.n_outputs
        coef, intercept = np.zeros((classes, size)), problem.null.intercept
        starts = start.coefs(len(start.coef), size) if start.coef else np.empty((0,))
        found: list[_Point] = []
        shape = problem.penalty.restricted(working.features)
        for s in range(solved, l1.size):
            total = l1[s] + l2[s]
            penalty = shape.with_strength(float(total), float(l1[s] / total))
            if s < len(starts):
                coef, intercept = starts[s], start.intercept[s]
            elif found:
                coef, intercept = found[-1].coef, found[-1].intercept
            elif solved:
                coef, intercept = starts[solved - 1], start.intercept[solved - 1]
            found.append(self._solve(working, penalty, coef, intercept, precision))
        return Attempt(
            np.array([point.coef for point in found]),
            np.array([point.intercept for point in found]),
            np.array([point.eta.T.ravel() for point in found]),
        )

    def _solve(
        self,
        working: WorkingSet,
        penalty: ElasticNetPenalty,
        coef: Array,
        intercept: Array,
        precision: _core.Precision,
    ) -> _Point:
        here = self._at(working, penalty, coef, intercept)
        recent, best, idle, careful = _Recent(), np.inf, 0, False
        for _ in range(precision.sweeps):
            _core.check()
            model = self._model_at(working, here, careful)
            residual = self._problem.weights[:, None] * (self._problem.y - here.probability)
            shift = residual.sum(axis=0) / model.totals if self._problem.fit_intercept else 0.0
            negative_gradient = working.products(residual - model.curvature * shift).T
            left, reached = self._left(penalty, model, here, negative_gradient, shift, precision)
            if (left <= 1.0 and not careful) or idle > _IDLE:
                return here
            idle = 0 if left < _PROGRESS * best else idle + 1
            best = min(best, left)
            share, there = self._step(
                working, penalty, model, here, negative_gradient, shift, reached
            )
            if share == 0.0 and careful:
                return here
            # If predictions are nearly certain, the curvature grows along a step. After a step that had
            # to be shortened, the next model is a majorant everywhere.
            careful = share < 1.0
            if share == 0.0:
                continue
            here = there
            ahead = recent.add(here)
            if ahead is not None:
                size = here.coef.size
                leap = self._at(
                    working, penalty, ahead[:size].reshape(here.coef.shape), ahead[size:]
                )
                if leap.objective < here.objective:
                    here = leap
        return here

    def _at(
        self, working: WorkingSet, penalty: ElasticNetPenalty, coef: Array, intercept: Array
    ) -> _Point:
        problem = self._problem
        eta = problem.offset + intercept + working.predict(coef).T
        value = problem.loss.value(eta, problem.y, problem.weights)
        return _Point(
            coef, intercept, eta, softmax(eta), value + float(penalty.values(coef.T).sum())
        )

    def _model_at(self, working: WorkingSet, here: _Point, careful: bool) -> _Model:
        share = np.maximum(2 * here.probability * (1 - here.probability), _SMALLEST)
        if careful:
            share = np.full_like(share, self._problem.loss.smoothness)
        curvature = self._problem.weights[:, None] * share
        known = self._model
        if known is not None:
            changed = np.abs(curvature - known.curvature).sum(axis=0)
            if np.all(changed <= _UNCHANGED * known.curvature.sum(axis=0)):
                return known
        block, origin, scale = working.block()
        n, size = block.shape
        classes = curvature.shape[1]
        totals, means = curvature.sum(axis=0), np.zeros((classes, size))
        if self._problem.fit_intercept:
            out = np.empty((size, classes))
            _core.products(block, np.arange(size), np.ascontiguousarray(curvature), out)
            means = (out / totals).T
        center = means if self._problem.fit_intercept else np.tile(origin, (classes, 1))
        grams, rows, nothing = np.empty((classes, size, size)), np.arange(n), np.zeros(n)
        for k in range(classes):
            sums = np.zeros((size + 2, size + 2))
            _core.gram_of_rows(
                block,
                rows,
                np.ascontiguousarray(curvature[:, k]),
                nothing,
                np.ascontiguousarray(center[k]),
                sums,
            )
            upper = np.triu(sums[:size, :size])
            grams[k] = (upper + np.triu(upper, 1).T) / np.outer(scale, scale)
        self._model = _Model(curvature, totals, (means - origin) / scale, grams)
        return self._model

    def _left(
        self,
        penalty: ElasticNetPenalty,
        model: _Model,
        here: _Point,
        negative_gradient: Array,
        shift: Array | float,
        precision: _core.Precision,
    ) -> tuple[float, tuple[float, float]]:
        """Return the larger of gap and violation over its limit, and both of them."""
        coef, gradients = here.coef.T, negative_gradient.T
        l1, l2 = (strength[:, None] for strength in penalty.strengths(coef.shape[0]))
        # An unpenalised feature counts by its violation alone.
        unit = np.where(l1 > 0, l1, penalty.l1)
        violation = float(
            np.max(penalty.violation(coef, gradients - l2 * coef) / unit, initial=0.0)
        )
        some = np.flatnonzero(l1[:, 0] > 0)
        penalty, coef, gradients, l1 = (
            penalty.restricted(some),
            coef[some],
            gradients[some],
            l1[some],
        )
        sizes = penalty.sizes(gradients)
        scale = float(np.min(l1 / np.maximum(sizes, l1), initial=1.0))
        value, both = penalty.values(coef), (coef * gradients).sum(axis=1, keepdims=True)
        moved = float(np.sum(np.square(shift) * model.totals))
        gaps = [moved + float(np.sum(value + penalty.conjugate(gradients) - both))]
        if scale < 1:
            w, p, y = self._problem.weights, here.probability, self._problem.y
            pearson = float(np.sum(w[:, None] * (y - p) ** 2 / np.maximum(p, 1e-300)))
            scale *= 1 - _ROUNDING
            size = (1 - scale) * np.sqrt(pearson) + scale * np.sqrt(moved)
            scaled = value + penalty.conjugate(scale * gradients) - scale * both
            gaps.append(size**2 + float(np.sum(scaled)))
        gap = max(min(gaps), 0.0)
        return max(gap / precision.gap, violation / precision.violation), (gap, violation)

    def _step(
        self,
        working: WorkingSet,
        penalty: ElasticNetPenalty,
        model: _Model,
        here: _Point,
        negative_gradient: Array,
        shift: Array | float,
        reached: tuple[float, float],
    ) -> tuple[float, _Point]:
        """Minimise the model and penalty; halve the step until the objective does not increase.

        Return the fraction of the step that was taken, 0 if none, and the point.
        """
        fitted = np.matmul(model.grams, here.coef[:, :, None])[:, :, 0]
        linear = np.ascontiguousarray(negative_gradient + fitted)
        totals = float(np.sum(here.coef * (linear + negative_gradient)))
        coef = here.coef.copy()[None]
        gap, violation = (max(_MODEL_SHARE * value, np.finfo(float).tiny) for value in reached)
        _core.tied_gram_path(
            model.grams,
            linear,
            totals,
            working.limits,
            _core.Grid(np.array([penalty.l1]), np.array([penalty.l2]), 0, 1),
            _core.Precision(gap, 0.0, violation, 200),
            coef.reshape(1, -1),
        )
        # A common shift changes no probability, and the penalty is smallest without one.
        change = coef[0] - coef[0].mean(axis=0) - here.coef
        level = np.zeros(here.intercept.size)
        if self._problem.fit_intercept:
            level = shift - (model.means * change).sum(axis=1)
        share = 1.0
        for _ in range(_HALVINGS):
            there = self._at(
                working, penalty, here.coef + share * change, here.intercept + share * level
            )
            if there.objective <= here.objective + _ROUNDING * abs(here.objective):
                # Exactly 0 where the model's solution is.
                if share == 1.0:
                    there.coef = np.where(np.any(coef[0] != 0, axis=0), there.coef, 0.0)
                return share, there
            share /= 2
        return 0.0, here
