"""Folders of saved models that are damaged or forged: refused by name, or sound models."""

from __future__ import annotations

import hashlib
import io
import json
import tempfile
import warnings
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from tests.fuzz.mutations import edited, mutated
from tests.workbench.model.models import features, model

from bridle.errors import InputError
from bridle.workbench.model.load_model import load

KINDS = ("regression", "binary")
SUMS = "checksums.json"


@cache
def files(kind: str) -> dict[str, bytes]:
    """Return the files of a linear model; that of a number holds what its intervals need."""
    with tempfile.TemporaryDirectory() as folder:
        path = model("linear", kind).save(Path(folder) / "model")
        return {one.name: one.read_bytes() for one in path.iterdir()}


@cache
def expected(kind: str) -> list[Any]:
    return model("linear", kind).predict(features()).tolist()


def case(draw: Random) -> str:
    """Load one mutant; return what came of it, or fail."""
    kind = draw.choice(KINDS)
    held = dict(files(kind))
    mutate = draw.choice((_damaged, _missing, _swapped, _forged_json, _forged_arrays))
    mutate(draw, held)
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        path = Path(folder) / "kept"
        path.mkdir()
        for name, content in held.items():
            (path / name).write_bytes(content)
        try:
            loaded = load(path)
        except InputError as error:
            return "refused" if "kept" in str(error) else f"refused without its name: {error}"
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            predicted = loaded.predict(features())
            if kind == "regression" and loaded.parts.residuals is not None:
                loaded.predict_interval(features(), level=0.9)
        except InputError:
            return "loaded, and of other rows"
    assert len(predicted) == len(features())
    if predicted.tolist() == expected(kind):
        return "equal"
    # Only a forger can write another model that is sound.
    assert mutate in (_forged_json, _forged_arrays), mutate.__name__
    return "another sound model"


Held = dict[str, bytes]


def _damaged(draw: Random, held: Held) -> None:
    name = draw.choice([*held])
    held[name] = mutated(draw, held[name])


def _missing(draw: Random, held: Held) -> None:
    del held[draw.choice([*held])]


def _swapped(draw: Random, held: Held) -> None:
    one, other = draw.sample([*held], 2)
    held[one], held[other] = held[other], held[one]


def _forged_json(draw: Random, held: Held) -> None:
    _forge(held, "model.json", edited(draw, held["model.json"]))


def _forged_arrays(draw: Random, held: Held) -> None:
    with np.load(io.BytesIO(held["arrays.npz"])) as kept:
        arrays: dict[str, Any] = dict(kept)
    name = draw.choice([*arrays])
    value = arrays.pop(name)
    edit = draw.randrange(7)
    if edit == 1:
        arrays[draw.choice(("stranger", "coef ", "../coef"))] = value
    elif edit == 2:
        arrays[name] = value[..., None]
    elif edit == 3:
        arrays[name] = value[:-1] if value.ndim else np.zeros(2)
    elif edit == 4:
        arrays[name] = value.astype(draw.choice(("f4", "i8", "c16", "S3", "?")))
    elif edit == 5:
        arrays[name] = np.full(value.shape, draw.choice((np.nan, np.inf, 0.0, -1.0, 1e308)))
    elif edit == 6:
        arrays[name] = np.concatenate([value, value]) if value.ndim else value
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    _forge(held, "arrays.npz", buffer.getvalue())


def _forge(held: Held, name: str, content: bytes) -> None:
    """Write a file and the checksum that fits it."""
    held[name] = content
    sums = json.loads(held[SUMS])
    sums[name] = hashlib.sha256(content).hexdigest()
    held[SUMS] = json.dumps(sums).encode()
