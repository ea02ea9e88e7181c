"""What a solver is asked to do, in memory and in a folder that its process reads.

Arrays lie in the folder as raw bytes, columns first, so that R reads them without a package.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from benchmarks.losses import count_outputs

__all__ = ["Task"]

Array = npt.NDArray[np.float64]
Pair = tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]

_CONTINUOUS = ("squared", "responses")


@dataclass(frozen=True, eq=False)
class Task:
    """A fit along a grid of strengths, and the folds that validate it.

    Attributes
    ----------
    X : ndarray or csc_matrix of shape (n, p)
        Dense as float64 or float32, in C or Fortran order.
    y : ndarray of shape (n,) or (n, columns)
        Targets in unit variance, labels 0 and 1, counts, amounts, or classes 0 to K - 1; a column for
        each of several responses; for survival a column of times, and one of 1 for an event and 0 for
        censoring.
    loss : str
        "squared", "logistic", "poisson", "gamma", "tweedie", "multinomial", "responses" (squared, a
        feature in for all responses or for none) or "cox".
    l1_ratio : float
    alphas : ndarray of shape (S,)
        Decreasing strengths, as scikit-learn counts them.
    folds : ndarray of shape (n,)
        The fold that tests each row, from 0.
    folder : Path
        Where the task lies, or shall lie, on disk.
    """

    X: Any
    y: Array
    loss: str
    l1_ratio: float
    alphas: Array
    folds: npt.NDArray[np.int32]
    folder: Path

    @property
    def sparse(self) -> bool:
        """Whether X is a sparse matrix."""
        return sparse.issparse(self.X)

    @property
    def outputs(self) -> int:
        """How many linear predictors a row has."""
        return count_outputs(self.loss, self.y)

    @property
    def pairs(self) -> list[Pair]:
        """Rows that train and rows that test, a pair for each fold."""
        numbers = range(int(self.folds.max()) + 1)
        return [(np.flatnonzero(self.folds != k), np.flatnonzero(self.folds == k)) for k in numbers]

    def training(self, fold: int) -> Task:
        """Return the task on the rows that train for one fold, y in unit variance again."""
        rows = np.flatnonzero(self.folds != fold)
        y = self.y[rows]
        X = self.X[rows]
        if not self.sparse and self.X.flags.f_contiguous:
            X = np.asfortranarray(X)
        return replace(
            self,
            X=X,
            y=(y - y.mean(axis=0)) / y.std(axis=0) if self.loss in _CONTINUOUS else y,
            folds=np.arange(rows.size, dtype=np.int32) % 2,
            folder=self.folder / f"training_{fold}",
        )

    def save(self) -> None:
        """Write the task to its folder."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if self.sparse:
            for part in ("indptr", "indices"):
                getattr(self.X, part).astype(np.int32).tofile(self._file(f"X_{part}"))
            self.X.data.tofile(self._file("X_data"))
        else:
            _write_columns(self.X, self._file("X"))
        self.y.ravel(order="F").tofile(self._file("y"))
        self.alphas.tofile(self._file("alphas"))
        # R counts from 1.
        (self.folds + np.int32(1)).tofile(self._file("folds"))
        (self.folder / "task.json").write_text(json.dumps(self._description()))

    @classmethod
    def load(cls, folder: Path) -> Task:
        """Read the task that lies in a folder."""
        facts = json.loads((folder / "task.json").read_text())
        shape = (facts["n"], facts["p"])
        return cls(
            X=_read_sparse(folder, shape) if facts["sparse"] else _read_dense(folder, facts),
            y=_read_targets(folder, facts["columns"]),
            loss=facts["loss"],
            l1_ratio=facts["l1_ratio"],
            alphas=np.fromfile(folder / "alphas.bin"),
            folds=np.fromfile(folder / "folds.bin", np.int32) - np.int32(1),
            folder=folder,
        )

    def _file(self, name: str) -> Path:
        return self.folder / f"{name}.bin"

    def _description(self) -> dict[str, Any]:
        n, p = self.X.shape
        columns = self.y.shape[1] if self.y.ndim == 2 else 0
        facts = {"n": n, "p": p, "loss": self.loss, "l1_ratio": self.l1_ratio, "columns": columns}
        if self.sparse:
            return {**facts, "sparse": True}
        order = "C" if self.X.flags.c_contiguous and not self.X.flags.f_contiguous else "F"
        return {**facts, "sparse": False, "order": order, "dtype": str(self.X.dtype)}


def _write_columns(X: npt.NDArray[np.floating], file: Path) -> None:
    """Write X as float64, column after column, without a copy of all of it."""
    with file.open("wb") as stream:
        for start in range(0, X.shape[1], 1_000):
            X[:, start : start + 1_000].T.astype(np.float64).tofile(stream)


def _read_targets(folder: Path, columns: int) -> Array:
    """Read y, of one dimension where there are 0 columns."""
    y = np.fromfile(folder / "y.bin")
    return y.reshape((-1, columns), order="F") if columns else y


def _read_dense(folder: Path, facts: dict[str, Any]) -> npt.NDArray[np.floating]:
    X = np.fromfile(folder / "X.bin").reshape((facts["n"], facts["p"]), order="F")
    return X.astype(facts["dtype"], order=facts["order"], copy=False)


def _read_sparse(folder: Path, shape: tuple[int, int]) -> sparse.csc_matrix:
    indptr = np.fromfile(folder / "X_indptr.bin", np.int32)
    indices = np.fromfile(folder / "X_indices.bin", np.int32)
    return sparse.csc_matrix((np.fromfile(folder / "X_data.bin"), indices, indptr), shape=shape)
