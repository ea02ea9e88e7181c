"""Names of the files of a study, and conversion to valid JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

__all__ = [
    "CURVE_RECORDS",
    "MANIFEST",
    "MODEL",
    "MODEL_FILES",
    "OWN_FILES",
    "PAGE",
    "PAGE_SOURCE",
    "RECORDS",
    "SCRIPT",
    "UNFINISHED",
    "VERDICT",
    "to_json",
]

MANIFEST = "study.json"
"""Name of the file that identifies the study in a folder and its files."""

MODEL = "model"
"""Name of the folder of the model, inside the folder of its study."""

MODEL_FILES = (
    "model.json",
    "arrays.npz",
    "network.keras",
    "coefficients.csv",
    "checksums.json",
)
"""Names of the files of a model; only some models have a network or coefficients."""

SCRIPT = "reproduce.py"
"""Name of the script that repeats a study of the command line."""

RECORDS, VERDICT, PAGE = "records.jsonl", "verdict.json", "report.html"

CURVE_RECORDS = "learning_curve.jsonl"
"""Name of the file with the runs on smaller fractions of the training rows."""

PAGE_SOURCE = "page.json"
"""Name of the file with the content of the page besides verdict and records."""

OWN_FILES = (
    RECORDS,
    CURVE_RECORDS,
    VERDICT,
    PAGE_SOURCE,
    "loss_curves.png",
    "coefficients.png",
    PAGE,
    SCRIPT,
    MANIFEST,
)
"""Names of the files of a finished study, in addition to the folder of its model."""

UNFINISHED = "unfinished.jsonl"
"""Name of the file with the runs of an unfinished study."""


def to_json(obj: object, *, indent: int | None = None) -> str:
    """Return valid JSON, in which infinite numbers and NaN are null.

    Parameters
    ----------
    obj : object
        Nested mappings, sequences, strings, numbers (NumPy's too), arrays, booleans and None.
    indent : int or None, default=None
        Spaces per level; None gives one line.

    Raises
    ------
    TypeError
        JSON cannot represent an object inside.
    """
    return json.dumps(_plain(obj), ensure_ascii=False, allow_nan=False, indent=indent)


def _plain(obj: object) -> Any:
    if isinstance(obj, np.ndarray | np.generic):
        return _plain(obj.tolist())
    if isinstance(obj, float):
        return obj if math.isfinite(obj) else None
    if isinstance(obj, Mapping):
        return {str(key): _plain(value) for key, value in obj.items()}
    if isinstance(obj, list | tuple):
        return [_plain(value) for value in obj]
    return obj
