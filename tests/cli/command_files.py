"""Files of every kind that a command reads, and what a command leaves: codes, streams and files."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

N = 120
RNG = np.random.default_rng(0)
MATRIX = RNG.normal(size=(N, 3)).round(3)
IMAGES = RNG.normal(size=(N, 4, 3, 1)).round(3)
SITE = np.repeat(np.arange(N // 4), 4)
Y = (MATRIX[:, 0] + RNG.normal(size=N) > 0).astype(int)
NUMBER = (MATRIX[:, 0] + RNG.normal(size=N)).round(3)
NUMBERS = {f"x{j}": MATRIX[:, j] for j in range(3)}
ROLES = {"site": SITE, "when": RNG.permutation(N), "y": Y, "y2": 1 - Y, "z": NUMBER}
TEXTS = {
    "label": ["NA", "bş", "c"] * (N // 3),
    "born": [f"2024-{i % 12 + 1:02}-{i % 28 + 1:02}" for i in range(N)],
}
TABLE = pd.DataFrame({**NUMBERS, **ROLES, **TEXTS}).drop(columns="y2")

BUILDS = "model, batch = 'a network', 'a batch'\n"
OVERFITS = {"loss": [0.9, 0.5, 0.3, 0.2, 0.1, 0.05], "val_loss": [0.9, 0.7, 0.6, 0.7, 0.9, 1.2]}
OTHERS = {"falls": [0.9, 0.8, 0.7, 0.6, 0.5, 0.4], "high": [2.0, 1.9, 1.8, 1.7, 1.6, 1.5]}


@dataclass(frozen=True)
class Outcome:
    """What a command leaves.

    Attributes
    ----------
    code : int
        Exit code.
    out, err : str
        What it printed.
    files : dict of str to bytes
        The files that it wrote or changed; a removed one holds nothing.
    """

    code: int
    out: str
    err: str
    files: dict[str, bytes]


def held_in(folder: Path) -> dict[str, bytes]:
    """Return all files of a folder, at any depth."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def put_back(folder: Path, before: dict[str, bytes]) -> dict[str, bytes]:
    """Return what changed in a folder, and make it what it was."""
    after = held_in(folder)
    changed = {
        name: after.get(name, b"")
        for name in {*before, *after}
        if after.get(name) != before.get(name)
    }
    for name in changed:
        if name in before:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(before[name])
        else:
            (folder / name).unlink(missing_ok=True)
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir() and not any(path.iterdir()):
            path.rmdir()
    return changed


def write_tables(folder: Path) -> None:
    """Write the same rows as CSV, as Parquet, as arrays, as images, and as a folder of records."""
    TABLE.to_csv(folder / "t.csv", index=False)
    TABLE.to_parquet(folder / "t.parquet")
    fresh = TABLE.drop(columns=["y", "z"])
    fresh["label"] = "new"
    fresh.to_csv(folder / "new.csv", index=False)
    fresh.to_parquet(folder / "new.parquet")
    for name, X in {"m": MATRIX, "i": IMAGES}.items():
        np.savez(folder / f"{name}.npz", X=X, **ROLES)
    (folder / "d").mkdir()
    counts = np.tile([0, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144], N // 12)
    plain = TABLE.drop(columns=["when", "label", "born"]).assign(n=counts)
    plain.to_csv(folder / "d" / "part.csv", index=False)
    leak = TABLE[["x0", "x1", "y"]].assign(left=TABLE["y"] + 10)
    leak.to_csv(folder / "leak.csv", index=False)


def write_runs(folder: Path) -> None:
    """Write logs of three trainers, and losses of test rows, of five seeds without and with dropout."""
    for arm, gain in {"base": 0.0, "drop": 0.2}.items():
        for seed in range(5):
            run = folder / arm / f"seed{seed}"
            run.mkdir(parents=True)
            noise = np.random.default_rng(seed).normal(scale=0.01, size=6)
            losses = np.array(OVERFITS["val_loss"]) - gain * np.arange(6) / 5 + noise
            log = pd.DataFrame({"epoch": range(6), "loss": OVERFITS["loss"], "val_loss": losses})
            log.assign(val_other=losses[::-1]).to_csv(run / "log.csv", index=False)
            rows = np.random.default_rng(9).exponential(size=40) - gain + noise[0]
            np.savez(run / "rows.npz", losses=rows)
    history = {**OVERFITS, **OTHERS}
    (folder / "history.json").write_text(json.dumps(history))
    pd.DataFrame(history).to_csv(folder / "history.csv", index=False)
    called = {"val_loss": "eval_loss"}
    entries = [
        {"epoch": epoch, "step": epoch, called.get(name, name): values[epoch - 1]}
        for epoch in range(1, 7)
        for name, values in history.items()
    ]
    (folder / "trainer_state.json").write_text(json.dumps({"log_history": entries}))
    (folder / "build.py").write_text(BUILDS)
    (folder / "old.csv").write_text("old\n")
    (folder / "old.html").write_text("old\n")


def remove(path: Path) -> None:
    """Remove a folder, if it is there."""
    shutil.rmtree(path, ignore_errors=True)
