"""Values that a person may pass where another was meant, and the law for what comes of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

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
