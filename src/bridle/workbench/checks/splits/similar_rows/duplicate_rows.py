r"""BR202: test rows that are also training rows.

Rows can repeat by chance if columns have few values. If the columns were independent, two rows
would agree with probability :math:`q = \prod_j \sum_v p_{jv}^2`; repeats are reported only if there
are more than ten times as many equal pairs as expected from q.
"""

from __future__ import annotations

import numpy as np

from bridle.arguments.option_words import COLUMN, option
from bridle.workbench.checks.base import NotApplicable
from bridle.workbench.checks.splits.similar_rows.repeats import row_codes
from bridle.workbench.checks.splits.view import SplitView
from bridle.workbench.explanation import Explanation
from bridle.workbench.finding import Finding

__all__ = ["CODE", "EXPLANATION", "check"]

CODE = "BR202 duplicate-rows"

EXPLANATION = Explanation(
    finds="Test rows equal training rows, target included, beyond chance.",
    matters=(
        "A model that memorises rows then looks good. From 5 % of the test rows on, the verdict is "
        "invalid."
    ),
    remedy="Remove repeated rows, or name the groups they belong to with --groups COLUMN.",
)

_INVALID_SHARE = 0.05
"""Fraction of test rows that repeat from which the verdict is invalid."""
_TIMES_CHANCE = 10
"""Ratio of equal pairs to those expected of independent columns, above which repeats are no chance."""


def check(view: SplitView) -> tuple[Finding, ...] | NotApplicable:
    """Find test rows that equal a training row in every feature and in the target.

    From 5 % of the test rows on the verdict is invalid, since a model that memorises would look like
    one that learns.
    """
    codes = row_codes(view.frame, view.target)
    counts = np.bincount(codes)
    pairs = float((counts * (counts - 1) / 2).sum())
    if pairs == 0:
        return ()
    if pairs <= _TIMES_CHANCE * _pairs_by_chance(view):
        return NotApplicable(
            "rows repeat about as often as is expected for columns with so few values"
        )
    shares = [float(np.isin(codes[part.test], codes[part.train]).mean()) for part in view.parts]
    share = float(np.mean(shares))
    if share == 0:
        return ()
    return (
        Finding(
            CODE,
            None,
            f"{100 * share:.3g} % of the test rows are also training rows, with equal features and "
            "target.",
            "Remove the repeated rows or, if they are repeated measurements, name a column of groups "
            f"that belong together: {option('groups', COLUMN)}.",
            "invalid" if share >= _INVALID_SHARE else "warning",
        ),
    )


def _pairs_by_chance(view: SplitView) -> float:
    n = len(view.target)
    counts = [view.frame[name].value_counts(dropna=False).to_numpy() for name in view.frame.columns]
    counts.append(np.unique(view.target, return_counts=True)[1])
    log_agreement = sum(float(np.log(np.sum((count / n) ** 2))) for count in counts)
    return n * (n - 1) / 2 * float(np.exp(log_agreement))
