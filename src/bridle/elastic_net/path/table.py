"""Table of a path: its non-zero coefficients as a data frame."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from bridle.types import Array

__all__ = ["coefficient_table"]


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
        Labels of the outputs; None for a single output.
    strengths, deviance_explained : ndarray of shape (S,)
    """
    names = np.array(["(Intercept)", *terms], dtype=object)
    tables = []
    for step, (coef, intercept) in enumerate(zip(coefs, intercepts, strict=True)):
        dense = np.vstack([intercept, coef.toarray()])
        output, row = np.nonzero(dense.T)
        table: dict[str, Any] = {}
        if dense.shape[1] > 1:
            table["class"] = output if classes is None else classes[output]
        table |= {"term": names[row], "step": step + 1, "estimate": dense[row, output]}
        table |= {"lambda": strengths[step], "dev.ratio": deviance_explained[step]}
        tables.append(pd.DataFrame(table))
    return pd.concat(tables, ignore_index=True)
