"""Model files that are damaged or forged: refused by name, or loaded as they were saved."""

from __future__ import annotations

import hashlib
import io
import json
import tempfile
import warnings
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from tests.fuzz.mutations import edited, mutated

from bridle import DropoutClassifier
from bridle.errors import InputError

Members = dict[str, bytes]

NAME = "damaged.bridle"
WEIGHTS = "model.weights.h5"


@cache
def model() -> tuple[Any, bytes]:
    """Return a fitted estimator and its file."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(24, 3)), np.repeat(["a", "b", "c"], 8)
    fitted = DropoutClassifier(hidden=(4,), epochs=1, random_state=0).fit(X, y)
    with tempfile.TemporaryDirectory() as folder:
        fitted.save(Path(folder) / NAME)
        return fitted, (Path(folder) / NAME).read_bytes()


def unpacked(content: bytes) -> Members:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {one: archive.read(one) for one in archive.namelist()}


def packed(members: Members, method: int = zipfile.ZIP_STORED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for one, content in members.items():
            archive.writestr(one, content)
    return buffer.getvalue()


def signed(members: Members) -> Members:
    """Return members with checksums that fit them, as a forger writes them."""
    others = {name: content for name, content in members.items() if name != "checksums.json"}
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in others.items()}
    return {**others, "checksums.json": json.dumps(sums).encode()}


# --- Damage: what a disk, a network and a mail program do


def damaged_file(draw: Random, content: bytes) -> bytes:
    return mutated(draw, content)


def damaged_member(draw: Random, content: bytes) -> bytes:
    members = unpacked(content)
    name = draw.choice([*members])
    return packed({**members, name: mutated(draw, members[name])})


def swapped_members(draw: Random, content: bytes) -> bytes:
    members = unpacked(content)
    names = [*members]
    draw.shuffle(names)
    return packed(dict(zip(names, members.values(), strict=True)))


def fewer_members(draw: Random, content: bytes) -> bytes:
    members = unpacked(content)
    del members[draw.choice([*members])]
    return packed(members)


# --- Forgery: the checksums fit


def forged_json(draw: Random, content: bytes) -> bytes:
    members = unpacked(content)
    return packed(signed({**members, "model.json": edited(draw, members["model.json"])}))


def forged_bytes(draw: Random, content: bytes) -> bytes:
    members = unpacked(content)
    name = draw.choice(("model.json", "network.keras"))
    return packed(signed({**members, name: mutated(draw, members[name])}))


def forged_network(draw: Random, content: bytes) -> bytes:
    members = unpacked(content)
    inner = unpacked(members["network.keras"])
    name = draw.choice(("config.json", WEIGHTS))
    change = edited if name == "config.json" else mutated
    inner[name] = change(draw, inner[name])
    return packed(signed({**members, "network.keras": packed(inner)}))


def forged_weights(draw: Random, content: bytes) -> bytes:
    import h5py

    members = unpacked(content)
    inner = unpacked(members["network.keras"])
    file = io.BytesIO(inner[WEIGHTS])
    with h5py.File(file, "r+") as held:
        arrays: list[Any] = []
        held.visititems(
            lambda _, one: arrays.append(one) if isinstance(one, h5py.Dataset) else None
        )
        one = draw.choice(arrays)
        name, value = one.name, one[()]
        edit = draw.randrange(6)
        if edit == 0:
            one[...] = np.full(value.shape, np.nan)
        else:
            del held[name]
        if edit == 1:
            held[name] = np.zeros((*value.shape, 2), dtype=value.dtype)
        elif edit == 2:
            held[name] = value.astype(draw.choice(("f8", "f2", "i4", "S3")))
        elif edit == 3:
            held.create_dataset(name, shape=(2**40,), dtype="f4", chunks=(2**20,))
        elif edit == 4:
            held[name] = h5py.ExternalLink("/etc/hostname", "/")
    inner[WEIGHTS] = file.getvalue()
    return packed(signed({**members, "network.keras": packed(inner)}))


def forged_archive(draw: Random, content: bytes) -> bytes:
    members = signed(unpacked(content))
    name = draw.choice([*members])
    edit = draw.randrange(5)
    if edit == 0:
        return packed({**members, name: bytes(2**27)}, zipfile.ZIP_DEFLATED)
    if edit == 1:
        return packed({**members, draw.choice(("../evil", "/evil", "a\\b", "c:x", "x")): b"1"})
    if edit == 2:
        return packed(members, draw.choice((zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)))
    buffer = io.BytesIO(packed(members))
    with zipfile.ZipFile(buffer, "a") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of a name that is there already
        linked = zipfile.ZipInfo(name if edit == 3 else "linked")
        linked.external_attr = 0o120777 << 16 if edit == 4 else 0
        archive.writestr(linked, b"/etc/hostname")
    return buffer.getvalue()


DAMAGES: tuple[Callable[[Random, bytes], bytes], ...] = (
    damaged_file,
    damaged_member,
    swapped_members,
    fewer_members,
)
FORGERIES: tuple[Callable[[Random, bytes], bytes], ...] = (
    forged_json,
    forged_bytes,
    forged_network,
    forged_weights,
    forged_archive,
)


def case(draw: Random) -> str:
    """Load one mutant; return what came of it, or fail."""
    fitted, content = model()
    mutate = draw.choice(DAMAGES + FORGERIES)
    mutant = mutate(draw, content)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / NAME
        path.write_bytes(mutant)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                loaded = DropoutClassifier.load(path)
        except InputError as error:
            said = str(error)
            return "refused" if NAME in said else f"refused without its name: {said}"
    X = np.linspace(-1, 1, 12).reshape(4, 3)
    if state_of(loaded, X) == state_of(fitted, X):
        return "equal"
    # Only a forger can write another model that is sound.
    assert mutate in FORGERIES, mutate.__name__
    probabilities = loaded.predict_proba(X)
    assert probabilities.shape == (4, len(loaded.classes_))
    assert np.isfinite(probabilities).all()
    return "another sound model"


def state_of(fitted: Any, X: np.ndarray) -> tuple[Any, ...]:
    return (
        fitted.predict_proba(X).tobytes(),
        fitted.classes_.tolist(),
        fitted.history_,
        repr(fitted.get_params()),
        [fitted.kind_, fitted.link_, fitted.n_features_in_],
    )
