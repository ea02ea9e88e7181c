"""Track of one problem on a tall X: quadratic models of its loss, minimised at the next strengths."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from bridle import _core
from bridle.elastic_net.methods.certificates.evaluation import Evaluation, certify_evaluation
from bridle.elastic_net.methods.tracks.polish import polish, wants_all_digits
from bridle.elastic_net.methods.tracks.track import Track
from bridle.elastic_net.moments.moments import Moments
from bridle.elastic_net.optimality.certificate import Certificate
from bridle.elastic_net.solver.base import Status
from bridle.elastic_net.solver.progress import Progress
from bridle.elastic_net.working_set.attempt import GAIN_SHARE, Attempt
from bridle.types import Array

__all__ = ["PATIENCE", "ModelTrack", "Point", "points_of"]


PATIENCE = 6
"""Rounds at one strength after which a problem gets its own curvature and tries fewer strengths.

A cross-validation of logistic loss on 600 x 20 took 97, 75 and 65 rounds with 3, 6 and 12, and the same
time.
"""

# Gap of a model, as a fraction of the tolerance; small enough not to cost an extra round. Not tuned: on
# 600 x 20, Poisson and logistic loss took 12 and 75 rounds with every share from 0.05 to 5e-5, and every
# factor below from 0.5 to 0.01.
_MODEL_SHARE = 5e-4
# Factor by which each round at one strength tightens that gap.
_TIGHTER = 0.1
# Most rounds at one strength before its fit is accepted unconverged. Not tuned: `Progress` ends
# nearly all that come to nothing much earlier.
_MOST_ROUNDS = 300
# An objective that increases by less than this fraction counts as equal.
_ROUNDING = 1e-14


@dataclass(frozen=True, eq=False)
class Point:
    """A trial fit at one strength.

    ``negative_gradient``, of shape (p,), is that of the loss in the coefficients, ``residual_sum`` that
    in the intercept.
    """

    coef: Array
    intercept: float
    negative_gradient: Array
    residual_sum: float
    objective: float = np.inf


def points_of(evaluation: Evaluation, intercepts: Array) -> list[Point]:
    """Return evaluated solutions as points."""
    rows = zip(
        evaluation.coef,
        intercepts,
        evaluation.negative_gradients.T,
        evaluation.loss.residual_sums,
        strict=True,
    )
    return [
        Point(coef, float(level), negative_gradient, float(residual_sum))
        for coef, level, negative_gradient, residual_sum in rows
    ]


@dataclass(kw_only=True)
class ModelTrack(Track):
    """Accepted fits of one problem, and trial fits at the strengths after them, by quadratic models.

    The curvature is taken in the middle of the next ``ahead`` strengths. If they take many rounds, they
    are too far apart for one curvature, and ``ahead`` is halved. A fit at which rounds lead nowhere is
    accepted unconverged.
    """

    tried: list[Point]
    eta: Array
    ahead: int
    most_ahead: int
    about: list[Point] = field(default_factory=list)
    proposed: list[Point] = field(default_factory=list)
    careful: bool = False
    progress: Progress | None = None

    def propose(self, moments: Moments) -> list[Point]:
        """Minimise the model at the next strengths, each about the last point tried there."""
        count = min(self.ahead, self.strengths.size - self.position)
        # A new strength starts from the last trial fit, whose objective is at another strength.
        further = replace(self.tried[-1], objective=np.inf)
        self.about = (self.tried + [further] * count)[:count]
        layout = self.problem.design.layout()
        weight = moments.weight
        gram = weight * moments.gram / np.outer(layout.scale, layout.scale)
        used = np.flatnonzero(np.isfinite(self.problem.factors) & (np.diag(gram) > 0))
        gram = np.ascontiguousarray(gram[np.ix_(used, used)])
        before = np.stack([point.coef for point in self.about])
        coef = before.copy()
        negative_gradients = np.stack([point.negative_gradient[used] for point in self.about])
        coef[:, used] = self._minimise(gram, negative_gradients, before[:, used], used)
        shift = np.zeros(count)
        if self.problem.fit_intercept:
            mean = (moments.mean - layout.center) / layout.scale
            residual_sums = np.array([point.residual_sum for point in self.about])
            shift = residual_sums / weight - ((coef - before) * mean).sum(axis=1)
        self.proposed = [
            replace(point, coef=row, intercept=point.intercept + float(step))
            for point, row, step in zip(self.about, coef, shift, strict=True)
        ]
        return self.proposed

    def _minimise(
        self,
        gram: Array,
        negative_gradients: Array,
        before: Array,
        used: npt.NDArray[np.intp],
    ) -> Array:
        """Return the minimisers of the models about ``before``, which are also the starts."""
        lower, upper = self.problem.penalty.bounds(self.problem.design.shape[1])
        strengths = self.strengths[self.position : self.position + before.shape[0]]
        half = self.problem.null.half_deviance
        linear = np.empty((used.size, strengths.size))
        _core.products(gram, np.arange(used.size), np.ascontiguousarray(before.T), linear)
        coef = np.ascontiguousarray(before)
        _core.gram_path(
            gram,
            np.ascontiguousarray(linear.T + negative_gradients),
            np.full(strengths.size, 2 * half),
            _core.Features(self.problem.factors[used], lower[used], upper[used]),
            _core.Grid(
                self.l1_ratio * strengths, (1 - self.l1_ratio) * strengths, 0, strengths.size
            ),
            _core.Precision(
                # Each round without success tightens the gap: the KKT limit may need a smaller one.
                gap=_MODEL_SHARE * _TIGHTER**self.rounds * self.settings.tol * half,
                gain=GAIN_SHARE * self.settings.tol * half,
                violation=np.inf,
                sweeps=self.settings.max_iter,
            ),
            coef,
        )
        return coef

    def judge(self, evaluation: Evaluation) -> None:
        """Accept certified fits; of the others, keep the points with a smaller objective than before."""
        self.rounds += 1
        strengths = self.strengths[self.position : self.position + evaluation.coef.shape[0]]
        certificates = certify_evaluation(self.problem, strengths, self.l1_ratio, evaluation)
        intercepts = np.array([point.intercept for point in self.proposed])
        found = [
            replace(point, objective=certificate.objective)
            for point, certificate in zip(
                points_of(evaluation, intercepts), certificates, strict=True
            )
        ]
        self.eta = evaluation.loss.eta[len(found) // 2]
        taken = self._accept(found, certificates)
        if taken == len(found):
            self.ahead = min(2 * self.ahead, self.most_ahead)
        elif self.rounds > PATIENCE:
            self.ahead = max(1, self.ahead // 2)
        kept = [
            new if new.objective <= old.objective + _ROUNDING * abs(old.objective) else old
            for new, old in zip(found[taken:], self.about[taken:], strict=True)
        ]
        self.careful = bool(kept) and kept[0] is self.about[taken]
        if self.careful:
            self.ahead = 1
            there = self.problem.linear_predictor(
                kept[0].coef[:, None], np.array([kept[0].intercept])
            )
            self.eta = there[:, 0]
        self.tried = kept or [replace(found[-1], objective=np.inf)]
        if self.done and wants_all_digits(self.size, self.settings):
            self._polish()

    def _polish(self) -> None:
        """Polish all accepted fits, and keep those that improve."""
        features = np.arange(self.problem.design.shape[1])
        for k, coef in enumerate(self.coefs):
            level = np.array([self.intercepts[k]])
            eta = self.problem.linear_predictor(coef[:, None], level)
            strength = self.strengths[k : k + 1]
            attempt = Attempt(coef[None, :], level, eta.T)
            better = polish(self.problem, strength, self.l1_ratio, features, attempt)
            penalty = self.problem.penalty.with_strength(float(strength[0]), self.l1_ratio)
            judge = self.problem.with_penalty(penalty)
            certificate = judge.certify(better.coef.T, better.intercept)
            if certificate.kkt < self.certificates[k].kkt:
                self.coefs[k], self.intercepts[k] = better.coef[0], float(better.intercept[0])
                self.certificates[k] = certificate
                self.statuses[k] = Status.of(certificate, self.settings.tol)

    def _accept(self, found: list[Point], certificates: list[Certificate]) -> int:
        taken = 0
        for point, certificate in zip(found, certificates, strict=True):
            if not certificate.meets(self.settings.tol) and not self._gives_up(certificate):
                break
            self.take(point.coef, point.intercept, certificate)
            self.progress = None
            taken += 1
        return taken

    def _gives_up(self, certificate: Certificate) -> bool:
        """Whether more rounds at a strength lead nowhere; before PATIENCE the model may be wrong."""
        most = min(_MOST_ROUNDS, self.settings.max_iter - 1)
        if PATIENCE < self.rounds <= most:
            tol, half = self.settings.tol, self.problem.null.half_deviance
            self.progress = self.progress or Progress(tol, _MOST_ROUNDS, tol * half)
            self.progress.note(self.rounds - PATIENCE, certificate)
            return self.progress.over
        return self.rounds > most
