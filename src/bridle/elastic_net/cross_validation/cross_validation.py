"""Cross-validation: scores of folds at every strength, the best choice and the 1-SE rule's."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from bridle.elastic_net.cross_validation.fold_models import FoldModels
from bridle.elastic_net.optimality.certificate import Certificate
from bridle.elastic_net.path.path import Path
from bridle.files.pickled import Pickled
from bridle.summary import Fact, Summary
from bridle.types import Array

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Choice", "CrossValidation"]


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
        """Return the choices of both rules, one row per rule.

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
        """Return the folds, the grid and the choice of each rule; `print` shows them as text."""
        path = self.paths[self.chosen.ratio_index]
        ratios = ", ".join(f"{path.l1_ratio:g}" for path in self.paths)
        gap = max(
            certificate.relative_gap
            for fits in self.certificates
            for fold in fits
            for certificate in fold
        )
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
