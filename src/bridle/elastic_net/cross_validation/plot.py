"""Plot of a cross-validation: its scores against the strength, above the coefficients."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bridle.elastic_net.cross_validation.cross_validation import CrossValidation
from bridle.elastic_net.path.plot import draw_counts, draw_path, strength_axis
from bridle.figure import BLACK, BLUE, GREY, house_style, new_figure, tidy, title

__all__ = ["plot_cross_validation"]


@house_style
def plot_cross_validation(result: CrossValidation) -> Figure:
    """Plot scores (mean, one standard error, each fold) and coefficients at the chosen l1_ratio.

    Both panels mark the best strength, and the strongest one within one standard error of it.
    """
    figure = new_figure(8.0, 7.0)
    above, below = figure.subplots(2, sharex=True)
    path = result.paths[result.best.ratio_index]
    coefs = path.strongest_outputs()
    _draw_scores(above, result)
    draw_counts(above, path.alphas, np.count_nonzero(coefs, axis=1))
    draw_path(below, path.alphas, coefs, path.terms)
    for ax in (above, below):
        _mark(ax, result)
    above.set_xlabel("")
    above.legend(frameon=False, fontsize=9, loc="best")
    title(figure, _headline(result))
    return figure


def _draw_scores(ax: Axes, result: CrossValidation) -> None:
    ratio = result.best.ratio_index
    alphas = result.paths[ratio].alphas
    order = np.argsort(-alphas, kind="stable")
    order = order[alphas[order] > 0]
    mean, error = result.mean_scores[ratio][order], result.standard_errors[ratio][order]
    tidy(ax)
    ax.plot(alphas[order], result.scores[ratio][order], color=GREY, linewidth=0.7, alpha=0.35)
    ax.fill_between(alphas[order], mean - error, mean + error, color=BLUE, alpha=0.18, linewidth=0)
    ax.plot(
        alphas[order], mean, color=BLUE, linewidth=2.0, label="mean of the folds ± 1 standard error"
    )
    strength_axis(ax, alphas[order])
    better = "more" if result.greater_is_better else "less"
    ax.set_ylabel(f"{result.scoring} on held-out rows ({better} is better)")


def _mark(ax: Axes, result: CrossValidation) -> None:
    for choice, style, label in (
        (result.best, "-", "best"),
        (result.one_standard_error, "--", "strongest within one standard error"),
    ):
        if choice.alpha > 0:
            ax.axvline(
                choice.alpha,
                color=BLACK,
                linewidth=1.2,
                linestyle=style,
                label=f"{label}: alpha = {choice.alpha:.3g}",
            )


def _headline(result: CrossValidation) -> str:
    best, sparse = result.best, result.one_standard_error
    counts = result.paths[best.ratio_index].n_nonzero
    first, second = int(counts[best.alpha_index]), int(counts[sparse.alpha_index])
    opening = f"The best strength keeps {first:,} of {len(result.paths[0].terms):,} features"
    if second == first:
        return opening
    return f"{opening}; {second:,} do as well within one standard error"
