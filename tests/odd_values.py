"""Values that a person may pass where another was meant, and the law for what comes of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from bridle.errors import InputError

ODD: dict[str, Any] = {
    "None": None,
    "NaN": float("nan"),
    "infinity": float("inf"),
    "-1": -1,
    "0": 0,
    "beyond floats": 10**400,
    "below floats": -(10**400),
    "text": "text",
    "bytes": b"text",
    "list": [],
    "list of text": ["a", "b"],
    "list of None": [None],
    "list of lists": [[1], [2, 3]],
    "list beyond floats": [10**400],
    "dict": {},
    "object": object(),
    "class": int,
    "function": lambda *given: 1,
    "frame": pd.DataFrame({"a": [1.0, 2.0]}),
    "series": pd.Series([0.5, 0.7]),
    "missing": pd.NA,
    "True": True,
    "float32": np.float32(0.5),
    "complex": 1j,
    "matrix": np.ones((3, 3)),
    "array without axes": np.array(0.5),
    "array of objects": np.array([None, object()], dtype=object),
    "date": np.datetime64("NaT"),
}


def fault_of(call: Callable[[], object], *names: str) -> str | None:
    """Return what is wrong with the error of a call; None where it works or is refused in words.

    In words is: an `InputError` that names one of the arguments, says what came, and is no page long.
    """
    try:
        call()
    except InputError as error:
        said = str(error)
        if not any(name in said for name in names):
            return f"no word of {names}: {said}"
        if not any(word in said for word in ("Received", "contains", "There is no")):
            return f"not what came: {said}"
        return f"a page: {said}" if len(said) > 700 else None
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return None


def odd_tables(n: int, p: int) -> dict[str, Any]:
    """Return what may be passed for a table of n rows and p columns of numbers."""
    rng = np.random.default_rng(1)
    X = rng.normal(size=(n, p))
    entries = X.astype(object)
    entries[1, 1] = None
    names = [f"x{number}" for number in range(p)]
    frame = pd.DataFrame(X, columns=names)
    kinds: dict[str, Any] = {
        "category": pd.Categorical(["a", "b"] * (n // 2)),
        "date": pd.date_range("2020", periods=n),
        "text": ["1"] * n,
        "lists": [[1]] * n,
        "missing": pd.array([None] + [1.0] * (n - 1), dtype="Float64"),
    }
    return {
        **ODD,
        "no rows": np.empty((0, p)),
        "no columns": np.empty((n, 0)),
        "no data": pd.DataFrame(),
        "one axis": np.ones(n),
        "three axes": np.ones((n, p, 2)),
        "text": [["a"] * p] * n,
        "objects": entries,
        "set": {1, 2},
        "generator": iter(range(n)),
        "ragged": [[1, 2], [3]] * (n // 2),
        "beyond floats": [[10**400] * p] * n,
        "complex": X.astype(complex),
        "structured": np.zeros(n, dtype=[("a", float), ("b", float)]),
        "masked": np.ma.array(X, mask=X > 0),
        "np.matrix": np.asmatrix(X),
        "dates": np.full((n, p), np.datetime64("2020")),
        "sparse": sparse.coo_matrix(X),
        "sparse complex": sparse.csr_matrix(X.astype(complex)),
        "sparse NaN": sparse.csc_matrix(np.where(X > 1, np.nan, X)),
        "sparse of one axis": sparse.coo_array(np.ones(n)),
        "names twice": frame.set_axis(["x0"] * p, axis=1),
        "names of two types": frame.set_axis([0, *names[1:]], axis=1),
        "other names": frame.set_axis(names[::-1], axis=1),
        "nullable": frame.convert_dtypes(),
        "more features": rng.normal(size=(n, p + 2)),
        "fewer features": X[:, :1],
        "fewer rows": X[: n // 2],
        "NaN": np.full((n, p), np.nan),
        "infinity": np.full((n, p), np.inf),
        **{f"column: {kind}": frame.assign(x1=column) for kind, column in kinds.items()},
    }


def odd_columns(n: int) -> dict[str, Any]:
    """Return what may be passed for a column of n targets, weights, offsets or labels."""
    rng = np.random.default_rng(2)
    numbers = rng.normal(size=n)
    return {
        **odd_tables(n, 3),
        "short": numbers[:2],
        "long": np.r_[numbers, numbers],
        "number": 5.0,
        "one column": numbers[:, None],
        "NaN in it": np.r_[np.nan, numbers[1:]],
        "infinity in it": np.r_[np.inf, numbers[1:]],
        "None in it": [None, *numbers[1:]],
        "missing in it": pd.array([None, *numbers[1:]], dtype="Float64"),
        "missing text": pd.array([None] + ["a"] * (n - 1), dtype="string"),
        "missing category": pd.Series(pd.Categorical([None] + ["a"] * (n - 1))),
        "numbers and text": [1, "a"] * (n // 2),
        "objects in it": [object()] * n,
        "tuples": [(1, 2)] * n,
        "sets": pd.Series([{1}] * n),
        "dates in it": pd.Series(pd.date_range("2020", periods=n)),
        "complex in it": numbers.astype(complex),
        "masked in it": np.ma.array(numbers, mask=numbers > 0),
        "beyond floats in it": [10**400] * n,
        "negative": -np.ones(n),
        "zeros": np.zeros(n),
        "one label": ["a"] * n,
        "a label a row": np.arange(n),
    }
