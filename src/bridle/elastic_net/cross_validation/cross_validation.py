"""Cross-validation: scores of every fold at every strength and l1_ratio, and the choice."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from bridle.arguments.scalars import refuse
from bridle.elastic_net.cross_validation.fold_fits import FoldFits, confirm_fits, fit_folds
from bridle.elastic_net.cross_validation.fold_models import FoldModels
from bridle.elastic_net.cross_validation.folds import Fold, is_partition, read_folds
from bridle.elastic_net.cross_validation.scoring import Scoring
from bridle.elastic_net.floating_point import quiet_arithmetic
from bridle.elastic_net.grid import check_l1_ratio
from bridle.elastic_net.optimality.certificate import Certificate
from bridle.elastic_net.path.convergence import refuse_failed, report_unconverged
from bridle.elastic_net.path.path import Path
from bridle.elastic_net.solver import CoordinateDescent
from bridle.elastic_net.specification import Specification
from bridle.errors import InputError
from bridle.files.pickled import Pickled
from bridle.summary import Fact, Summary
from bridle.threads.workers import Workers
from bridle.types import Array

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Choice", "CrossValidation", "cross_validate"]


class Choice(NamedTuple):
    """A point of the grid: its l1_ratio and strength, and their positions in the grid."""

    l1_ratio: float
    alpha: float
    ratio_index: int
    alpha_index: int


@dataclass(frozen=True, eq=False)
class CrossValidation(Pickled):
    """Scores of F folds at R l1_ratios and S strengths, and the model that they select.

    Attributes
    ----------
    paths : tuple of R Path
        On the full data, one for each l1_ratio.
    fold_models : tuple of R tuples of F FoldModels, or None
        Fitted on the training rows of each fold; kept on request.
    scoring : str
        Name of the score.
    greater_is_better : bool
    scores : ndarray of shape (R, S, F)
        On the test rows of each fold.
    fold_weights : ndarray of shape (F,)
        Sum of the weights of the test rows.
    certificates : tuple of R tuples of F tuples of S Certificate
        Of the folds' fits.
    rule : str
        "min" selects `best`, "1se" selects `one_standard_error`.
    oof_prediction : ndarray of shape (n, outputs), or None
        Out-of-fold predictions: the mean of each row, predicted by the `chosen` model of the fold that
        tests it; None unless each row is tested exactly once. The choice has used these rows, so
        scores of these predictions are slightly optimistic.
    seconds : float
        Time of the whole cross-validation.
    """

    paths: tuple[Path, ...]
    fold_models: tuple[tuple[FoldModels, ...], ...] | None
    scoring: str
    greater_is_better: bool
    scores: Array
    fold_weights: Array
    certificates: tuple[tuple[tuple[Certificate, ...], ...], ...]
    rule: str
    oof_prediction: Array | None
    seconds: float

    @cached_property
    def mean_scores(self) -> Array:
        """Mean over folds, weighted by `fold_weights`, shape (R, S)."""
        return np.average(self.scores, axis=2, weights=self.fold_weights)

    @cached_property
    def standard_errors(self) -> Array:
        r"""Standard error of the mean, shape (R, S); NaN for a single fold.

        ``sqrt(sum_f v_f (s_f - mean)^2 / sum_f v_f / (F - 1))`` with scores s and fold weights v.

        Notes
        -----
        Source: glmnet, ``cv.glmnet``: ``cvsd``.
        """
        folds = self.fold_weights.size
        if folds == 1:
            return np.full(self.scores.shape[:2], np.nan)
        spread = (self.scores - self.mean_scores[:, :, None]) ** 2
        return np.sqrt(np.average(spread, axis=2, weights=self.fold_weights) / (folds - 1))

    @property
    def best(self) -> Choice:
        """The best mean score; among ties, the strongest penalty of the first l1_ratio."""
        better = self._better()
        ratio = int(np.argmax(better.max(axis=1)))
        return self._strongest(ratio, better[ratio] >= better[ratio].max())

    @property
    def one_standard_error(self) -> Choice:
        """The strongest penalty whose mean score is within one standard error of the best.

        It has the l1_ratio of `best` and is never weaker than `best`.

        Notes
        -----
        Source: Breiman, Friedman, Olshen and Stone (1984), "Classification and regression trees",
        section 3.4.3.
        """
        best = self.best
        better = self._better()[best.ratio_index]
        allowed = np.nan_to_num(self.standard_errors[best.ratio_index, best.alpha_index])
        return self._strongest(best.ratio_index, better >= better[best.alpha_index] - allowed)

    @property
    def chosen(self) -> Choice:
        """The point that the rule selects."""
        return self.best if self.rule == "min" else self.one_standard_error

    def choices(self) -> pd.DataFrame:
        """Return what both rules choose, one row a rule.

        Returns
        -------
        pandas.DataFrame
            Columns rule ("min", "1se"), alpha, l1_ratio, the name of the score (its mean over the
            folds), standard error, nonzero (features of the fit on all data), and chosen ("yes" for
            the rule that was asked for).
        """
        import pandas as pd

        rows = []
        for rule, choice in (("min", self.best), ("1se", self.one_standard_error)):
            place = choice.ratio_index, choice.alpha_index
            rows.append(
                {
                    "rule": rule,
                    "alpha": choice.alpha,
                    "l1_ratio": choice.l1_ratio,
                    self.scoring: float(self.mean_scores[place]),
                    "standard error": float(self.standard_errors[place]),
                    "nonzero": int(self.paths[place[0]].n_nonzero[place[1]]),
                    "chosen": "yes" if rule == self.rule else "",
                }
            )
        return pd.DataFrame(rows)

    def summary(self) -> Summary:
        """Return what was cross-validated and what each rule chooses; `print` shows it as text."""
        path = self.paths[self.chosen.ratio_index]
        ratios = ", ".join(f"{one.l1_ratio:g}" for one in self.paths)
        gap = max(one.relative_gap for fits in self.certificates for fold in fits for one in fold)
        span = f"{path.alphas.max():.4g} to {path.alphas.min():.4g}"
        direction = "more is better" if self.greater_is_better else "less is better"
        return Summary(
            title=f"Cross-validation of an elastic net, {path.loss.name} loss",
            facts=(
                Fact("folds", self.fold_weights.size, f"scored by {self.scoring}, {direction}"),
                Fact("features", len(path.terms)),
                Fact("l1_ratio", ratios),
                Fact("strengths", path.alphas.size, span),
                Fact("method", path.method),
                Fact("largest gap", gap, f"of all folds and strengths; tol {path.solver.tol:g}"),
                Fact("seconds", self.seconds),
            ),
            choices=self.choices(),
        )

    def _repr_html_(self) -> str:
        return self.summary()._repr_html_()

    def tidy(self) -> pd.DataFrame:
        """Return a table with a row per l1_ratio and strength, in the format of R's broom for cv.glmnet.

        Returns
        -------
        pandas.DataFrame
            Columns l1_ratio, lambda, estimate (the mean score), std.error, conf.low and conf.high
            (estimate minus and plus one standard error), nzero (features of the fit on all data).
        """
        import pandas as pd

        tables = [
            pd.DataFrame(
                {
                    "l1_ratio": path.l1_ratio,
                    "lambda": path.alphas,
                    "estimate": mean,
                    "std.error": error,
                    "conf.low": mean - error,
                    "conf.high": mean + error,
                    "nzero": path.n_nonzero,
                }
            )
            for path, mean, error in zip(
                self.paths, self.mean_scores, self.standard_errors, strict=True
            )
        ]
        return pd.concat(tables, ignore_index=True)

    def _better(self) -> Array:
        return self.mean_scores if self.greater_is_better else -self.mean_scores

    def _strongest(self, ratio: int, among: npt.NDArray[np.bool_]) -> Choice:
        path = self.paths[ratio]
        index = int(np.argmax(np.where(among, path.alphas, -np.inf)))
        return Choice(path.l1_ratio, float(path.alphas[index]), ratio, index)


def cross_validate(
    specification: Specification,
    folds: Iterable[tuple[Any, Any]],
    *,
    l1_ratios: Sequence[float] = (0.5,),
    alphas: int | npt.ArrayLike = 100,
    eps: float | None = None,
    scoring: Any = None,
    rule: str = "min",
    solver: CoordinateDescent | None = None,
    keep_coefs: bool = False,
    n_jobs: int | None = None,
    stacklevel: int = 1,
) -> CrossValidation:
    """Fit the full data and every fold along one grid for each l1_ratio, and score the folds.

    The score of fold f at strength s is that of the model fitted on its training rows, evaluated on its
    test rows. All fits are solved together; see `bridle.elastic_net.methods`.

    Parameters
    ----------
    specification : Specification
    folds : iterable of (train, test)
        Indices or Boolean masks of rows (`read_folds`).
    l1_ratios : sequence of R floats
        In [0, 1]. Default (0.5,).
    alphas : int or array-like of shape (S,)
        As in `strength_grid`; a number gives a grid from the full data, which all folds share.
        Default 100.
    eps : float, optional
        As in `strength_grid`.
    scoring : None, str or callable
        As in `Scoring.of`. Default: deviance.
    rule : str
        "min" or "1se". Default "min".
    solver : CoordinateDescent, optional
        Default: ``CoordinateDescent()``.
    keep_coefs : bool
        Whether to keep the coefficients of every fold. Default False.
    n_jobs : int, optional
        Number of threads; it does not change the result by a bit. Default: all available.
    stacklevel : int
        As in `warnings.warn`: 1 (the default) attributes warnings to the caller.

    Returns
    -------
    CrossValidation

    Raises
    ------
    InputError
        An argument is out of range, or a score is not finite.

    Notes
    -----
    Source: Friedman, Hastie and Tibshirani (2010), "Regularization paths for generalized linear
    models via coordinate descent", section 6.
    """
    began = time.perf_counter()
    if not isinstance(rule, str) or rule not in ("min", "1se"):
        refuse("rule", "'min' or '1se'", rule)
    if len(l1_ratios) == 0:
        raise InputError("l1_ratio must hold at least one number in [0, 1]. Received: none.")
    ratios = [check_l1_ratio(ratio) for ratio in l1_ratios]
    judge = Scoring.of(scoring, specification.loss, specification.classes)
    solver = CoordinateDescent() if solver is None else solver
    counts = read_folds(folds, specification)
    with quiet_arithmetic():
        fitted = fit_folds(specification, counts, ratios, alphas, solver, eps, n_jobs)
        refuse_failed([fit for fits in fitted for fit in fits.fits])
    weights = specification.row_weights()
    result = CrossValidation(
        paths=tuple(fits.path for fits in fitted),
        fold_models=None,
        scoring=judge.name,
        greater_is_better=judge.greater_is_better,
        scores=np.array([_scores(specification, counts, fits, judge) for fits in fitted]),
        fold_weights=np.array([(fold.test * weights).sum() for fold in counts]),
        certificates=tuple(fits.certificates for fits in fitted),
        rule=rule,
        oof_prediction=None,
        seconds=0.0,
    )
    chosen = result.chosen
    place = chosen.ratio_index, chosen.alpha_index
    with quiet_arithmetic():
        fitted = confirm_fits(fitted, place, solver.tol, n_jobs)
        report_unconverged([fit for fits in fitted for fit in fits.fits], solver, stacklevel + 1)
    return replace(
        result,
        paths=tuple(fits.path for fits in fitted),
        certificates=tuple(fits.certificates for fits in fitted),
        oof_prediction=_out_of_fold(specification, counts, fitted, chosen, n_jobs),
        fold_models=_on_original_scale(specification, fitted) if keep_coefs else None,
        seconds=time.perf_counter() - began,
    )


def _scores(
    specification: Specification,
    folds: Sequence[Fold],
    fits: FoldFits,
    judge: Scoring,
) -> Array:
    """Return the score of each strength and fold, shape (S, F)."""
    if judge.is_deviance and fits.errors is not None:
        return fits.errors
    models = fits.models
    scores = np.empty((len(models[0].coefs), len(folds)))
    weights = specification.row_weights()
    for column, (fold, model) in enumerate(zip(folds, models, strict=True)):
        rows = np.flatnonzero(fold.test * weights)
        count = (fold.test * weights)[rows]
        eta = model.linear_predictors(specification, rows)
        scores[:, column] = judge.evaluate(eta, specification.y[rows], count)
        if not np.all(np.isfinite(scores[:, column])):
            raise InputError(
                f"scoring {judge.name!r} must return finite numbers. Received: "
                f"{scores[:, column][~np.isfinite(scores[:, column])][0]} on fold {fold.number}, with "
                f"{rows.size} test rows. Use fewer or stratified folds, or another score."
            )
    return scores


def _out_of_fold(
    specification: Specification,
    folds: Sequence[Fold],
    fitted: Sequence[FoldFits],
    chosen: Choice,
    n_jobs: int | None,
) -> Array | None:
    if not is_partition(folds):
        return None
    eta = np.empty_like(specification.y)

    def predict(pair: tuple[Fold, FoldModels]) -> None:
        rows = np.flatnonzero(pair[0].test)
        model = pair[1].at(chosen.alpha_index)
        eta[rows] = model.linear_predictors(specification, rows)[:, 0]

    with Workers(n_jobs) as workers:
        workers.map(predict, list(zip(folds, fitted[chosen.ratio_index].models, strict=True)))
    return specification.units.outcomes(specification.loss.inverse_link(eta))


def _on_original_scale(
    specification: Specification, fitted: Sequence[FoldFits]
) -> tuple[tuple[FoldModels, ...], ...]:
    """Return the models of every l1_ratio and fold on the scale of X and y."""
    return tuple(
        tuple(FoldModels(*specification.without_units(*models)) for models in fits.models)
        for fits in fitted
    )
