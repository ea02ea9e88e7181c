"""What the laws are crossed with: penalties, losses, shapes and designs. A new one is one line here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.special import expit

from bridle.elastic_net.design import DenseDesign, Design, SparseDesign, standardized
from bridle.elastic_net.design.compressed import compressed_columns
from bridle.elastic_net.loss import (
    Gamma,
    Huber,
    Logistic,
    Loss,
    Multinomial,
    Poisson,
    Squared,
    Tweedie,
)
from bridle.elastic_net.penalty.penalty import ElasticNetPenalty
from bridle.elastic_net.problem import Problem

Array = npt.NDArray[np.float64]


def _cycle(values: tuple[float, ...], p: int) -> Array:
    return np.resize(np.array(values), p)


PENALTIES: dict[str, Callable[[int], ElasticNetPenalty]] = {
    "zero": lambda p: ElasticNetPenalty(0.0, 0.0),
    "lasso": lambda p: ElasticNetPenalty(0.06, 0.0),
    "ridge": lambda p: ElasticNetPenalty(0.0, 0.3),
    "elastic": lambda p: ElasticNetPenalty(0.04, 0.2),
    "positive": lambda p: ElasticNetPenalty(0.04, 0.2, lower=0.0),
    "positive lasso": lambda p: ElasticNetPenalty(0.04, 0.0, lower=0.0),
    "least squares of one sign": lambda p: ElasticNetPenalty(0.0, 0.0, lower=0.0),
    "boxed": lambda p: ElasticNetPenalty(0.03, 0.0, lower=-0.15, upper=_cycle((0.2, 0.0, 9.0), p)),
    "boxed only": lambda p: ElasticNetPenalty(0.0, 0.0, lower=-0.1, upper=0.25),
    "factors": lambda p: ElasticNetPenalty(
        0.04, 0.2, factors=_cycle((1.0, 0.0, np.inf, 2.0, 0.5), p)
    ),
    "lasso with factors": lambda p: ElasticNetPenalty(
        0.06, 0.0, factors=_cycle((0.0, 1.0, 2.0, np.inf), p)
    ),
    "lasso of rows": lambda p: ElasticNetPenalty(0.08, 0.0, group="rows"),
    "elastic of rows": lambda p: ElasticNetPenalty(
        0.05, 0.2, factors=_cycle((1.0, 0.0, np.inf, 2.0, 0.5), p), group="rows"
    ),
    "factors and bounds": lambda p: ElasticNetPenalty(
        0.05, 0.0, factors=_cycle((0.0, 1.0), p), lower=_cycle((-np.inf, -0.1, 0.0), p)
    ),
}

# Penalties that hold every coefficient, so that one solution is best for every loss and data set.
COERCIVE = ("lasso", "ridge", "elastic", "positive", "positive lasso", "boxed", "lasso of rows")


@dataclass(frozen=True)
class LossCase:
    """A loss, its number of outputs, and targets that suit it."""

    loss: Loss
    outputs: int
    targets: Callable[[np.random.Generator, Array], Array]

    def eta(self, rng: np.random.Generator, n: int, scale: float = 2.0) -> Array:
        return scale * rng.normal(size=(n, self.outputs))

    def simulate(self, rng: np.random.Generator, X: Array) -> Array:
        coef = np.zeros((X.shape[1], self.outputs))
        some = min(X.shape[1], 4)
        coef[:some] = rng.normal(size=(some, self.outputs))
        return self.targets(rng, (X - X.mean(axis=0)) @ coef)


def _noisy(rng: np.random.Generator, eta: Array) -> Array:
    return eta + 0.5 * rng.normal(size=eta.shape) + 0.7


def _with_outliers(rng: np.random.Generator, eta: Array) -> Array:
    return _noisy(rng, eta) + np.where(rng.random(eta.shape) < 0.3, 12.0, 0.0)


def _labels(rng: np.random.Generator, eta: Array) -> Array:
    return (rng.random(eta.shape) < expit(0.7 * eta)).astype(np.float64)


def _shares(rng: np.random.Generator, eta: Array) -> Array:
    return rng.random(eta.shape)


def _one_hot(rng: np.random.Generator, eta: Array) -> Array:
    noise = rng.gumbel(size=eta.shape)
    return np.eye(eta.shape[1])[np.argmax(0.7 * eta + noise, axis=1)]


def _counts(rng: np.random.Generator, eta: Array) -> Array:
    return rng.poisson(np.exp(np.clip(0.5 * eta, None, 6.0))).astype(np.float64)


def _amounts(rng: np.random.Generator, eta: Array) -> Array:
    return rng.gamma(2.0, 0.5, size=eta.shape) * np.exp(np.clip(0.5 * eta, -6.0, 6.0)) + 1e-3


def _claims(rng: np.random.Generator, eta: Array) -> Array:
    return np.where(rng.random(eta.shape) < 0.4, 0.0, _amounts(rng, eta))


LOSSES: dict[str, LossCase] = {
    "squared": LossCase(Squared(), 1, _noisy),
    "squared of two outputs": LossCase(Squared(), 2, _noisy),
    "logistic": LossCase(Logistic(), 1, _labels),
    "logistic of shares": LossCase(Logistic(), 1, _shares),
    "multinomial": LossCase(Multinomial(), 3, _one_hot),
    "poisson": LossCase(Poisson(), 1, _counts),
    "gamma": LossCase(Gamma(), 1, _amounts),
    "tweedie": LossCase(Tweedie(), 1, _claims),
    "tweedie of power 1.9": LossCase(Tweedie(1.9), 1, _claims),
    "huber": LossCase(Huber(), 1, _with_outliers),
    "huber of scale 0.2": LossCase(Huber(scale=0.2), 1, _with_outliers),
}


def _plain(n: int, p: int) -> Callable[[np.random.Generator], Array]:
    return lambda rng: rng.normal(size=(n, p))


def _duplicates(rng: np.random.Generator) -> Array:
    X = rng.normal(size=(30, 4))
    return X[:, [0, 1, 0, 2, 3, 1]]


def _constant_column(rng: np.random.Generator) -> Array:
    X = rng.normal(size=(30, 5))
    X[:, 1], X[:, 3] = 0.1, 0.0
    return X


def _shifted_and_scaled(rng: np.random.Generator) -> Array:
    return rng.normal(size=(30, 5)) * [1.0, 3.0, 0.2, 1.0, 2.0] + [5.0, -3.0, 0.0, 20.0, 1.0]


def _correlated(rng: np.random.Generator) -> Array:
    return rng.normal(size=(40, 1)) + 0.2 * rng.normal(size=(40, 6))


SHAPES: dict[str, Callable[[np.random.Generator], Array]] = {
    "tall": _plain(40, 6),
    "square": _plain(12, 12),
    "wide": _plain(12, 25),
    "one column": _plain(25, 1),
    "one row": _plain(1, 4),
    "two rows": _plain(2, 3),
    "duplicate columns": _duplicates,
    "constant columns": _constant_column,
    "shifted and scaled": _shifted_and_scaled,
    "correlated": _correlated,
}


# A layout takes a float64 matrix and a folder and returns the array as it may come.
LAYOUTS: dict[str, Callable[[Array, Path], npt.NDArray]] = {
    "C order": lambda X, _: np.ascontiguousarray(X),
    "Fortran order": lambda X, _: np.asfortranarray(X),
    "float32": lambda X, _: X.astype(np.float32),
    "float32, Fortran order": lambda X, _: np.asfortranarray(X, dtype=np.float32),
    "every second row and column": lambda X, _: np.repeat(np.repeat(X, 2, 0), 2, 1)[::2, ::2],
    "negative strides": lambda X, _: np.ascontiguousarray(X[::-1, ::-1])[::-1, ::-1],
    "read-only": lambda X, _: _frozen(X.copy()),
    "memory map": lambda X, folder: _mapped(X, folder),
}


def _frozen(X: Array) -> Array:
    X.setflags(write=False)
    return X


def _mapped(X: Array, folder: Path) -> npt.NDArray:
    np.save(folder / "x.npy", X)
    return np.load(folder / "x.npy", mmap_mode="r")


def sparse_design(X: npt.NDArray) -> Design:
    return SparseDesign(compressed_columns(sparse.csc_array(X)))


def standardize(
    X: npt.NDArray, center: bool = True, kind: Callable[[npt.NDArray], Design] = DenseDesign
) -> tuple[Design, Array]:
    """Return the standardised design of X and the matrix that it stands for."""
    X = np.asarray(X)
    weights = np.full(X.shape[0], 1 / X.shape[0])
    exact = X.astype(np.float64)
    sd = np.sqrt(np.mean((exact - exact.mean(axis=0)) ** 2, axis=0))
    constant = np.ptp(exact, axis=0) == 0
    mean = np.where(constant, exact[0], exact.mean(axis=0)) if center else 0.0
    return (
        standardized(kind(X), *kind(X).moments(weights), center),
        (exact - mean) / np.where(constant, 1.0, sd),
    )


# A kind of design takes an array and returns the design and the float64 matrix that it stands for.
DESIGNS: dict[str, Callable[[npt.NDArray], tuple[Design, Array]]] = {
    "dense": lambda X: (DenseDesign(X), np.array(X, dtype=np.float64)),
    "standardised": standardize,
    "scaled, not centred": lambda X: standardize(X, center=False),
    "sparse": lambda X: (sparse_design(X), np.array(X, dtype=np.float64)),
    "sparse, standardised": lambda X: standardize(X, kind=sparse_design),
    "sparse, not centred": lambda X: standardize(X, center=False, kind=sparse_design),
}


def weights_with_zeros(rng: np.random.Generator, n: int) -> Array:
    weights = rng.random(n) + 0.1
    weights[:: max(n // 4, 2)] = 0.0
    return weights if weights.any() else np.ones(n)


def make_problem(
    loss: str = "squared",
    penalty: str = "lasso",
    shape: str = "tall",
    *,
    seed: int = 0,
    fit_intercept: bool = True,
    weighted: bool = False,
    with_offset: bool = False,
) -> Problem:
    """Return the problem of a line of each catalogue."""
    rng = np.random.default_rng(seed)
    case = LOSSES[loss]
    X = SHAPES[shape](rng)
    y = case.simulate(rng, X)
    return Problem.build(
        DenseDesign(X),
        y,
        case.loss,
        PENALTIES[penalty](X.shape[1]),
        weights=weights_with_zeros(rng, X.shape[0]) if weighted else None,
        offset=0.3 * rng.normal(size=y.shape) if with_offset else None,
        fit_intercept=fit_intercept,
    )
