"""Tables of a path: its non-zero coefficients as a data frame, its strengths as HTML."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from bridle.elastic_net.optimality.certificate import Certificate
from bridle.files.html_text import table
from bridle.types import Array

__all__ = ["coefficient_table", "table_of_strengths"]

_MOST_ROWS = 10
"""A notebook shows this many rows without scrolling."""


def coefficient_table(
    *,
    coefs: Sequence[sparse.csc_array],
    intercepts: Array,
    terms: Sequence[str],
    classes: npt.NDArray[Any] | None,
    strengths: Array,
    deviance_explained: Array,
) -> pd.DataFrame:
    """Return a row for each non-zero intercept and coefficient, in the format of R's broom for glmnet.

    Parameters
    ----------
    coefs : sequence of S csc_array of shape (p, outputs)
    intercepts : ndarray of shape (S, outputs)
    terms : sequence of p str
    classes : ndarray of shape (outputs,) or None
        Labels of the outputs; None for a single output, and for responses, which are numbered.
    strengths, deviance_explained : ndarray of shape (S,)
    """
    names = np.array(["(Intercept)", *terms], dtype=object)
    tables = []
    for step, (coef, intercept) in enumerate(zip(coefs, intercepts, strict=True)):
        dense = np.vstack([intercept, coef.toarray()])
        output, row = np.nonzero(dense.T)
        columns: dict[str, Any] = {}
        if dense.shape[1] > 1:
            columns |= {"response": output} if classes is None else {"class": classes[output]}
        columns |= {"term": names[row], "step": step + 1, "estimate": dense[row, output]}
        columns |= {"lambda": strengths[step], "dev.ratio": deviance_explained[step]}
        tables.append(pd.DataFrame(columns))
    return pd.concat(tables, ignore_index=True)


def table_of_strengths(
    *,
    strengths: Array,
    n_nonzero: npt.NDArray[np.intp],
    deviance_explained: Array,
    certificates: Sequence[Certificate],
    caption: str,
) -> str:
    """Return an HTML table of at most ten strengths, evenly spaced along the path.

    Parameters
    ----------
    strengths, n_nonzero, deviance_explained : ndarray of shape (S,)
    certificates : sequence of S Certificate
    caption : str
    """
    shown = np.unique(np.linspace(0, strengths.size - 1, _MOST_ROWS).round().astype(int))
    rows = (
        (
            f"{strengths[k]:.4g}",
            n_nonzero[k],
            f"{deviance_explained[k]:.1%}",
            f"{certificates[k].relative_gap:.1e}",
        )
        for k in shown
    )
    return table(("alpha", "features", "deviance explained", "relative gap"), rows, caption)
