"""Random small problems of the elastic net: one integer gives one problem, as a user would state it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["LAYOUTS", "RandomProblem", "largest_strength", "random_problem"]

Array = npt.NDArray[np.float64]
Long = npt.NDArray[np.longdouble]
Draw = np.random.Generator

LAYOUTS = ("C order", "Fortran order", "CSC", "CSR", "memory map", "float32")
_L1_RATIOS = (1.0, 0.5, 0.99, 0.1, 0.0)
_SHARES = (2.0, 1.0, 0.5, 0.1, 0.03, 0.01, 1e-3, 1e-4, 1e-6, 1e-17, 0.0)
_SHARE_ODDS = (1, 1, 2, 4, 4, 4, 3, 2, 1, 0.5, 1)
_EXTREMES = (1e-200, 1e160, 5e-320, 1e-100, 1e100)
_LARGEST = 1e300


@dataclass(frozen=True, eq=False)
class RandomProblem:
    """What a user would say: data and settings, all on the original scale.

    Attributes
    ----------
    seed : int
    kinds : dict of str to str
        What was drawn, in words.
    X : ndarray of shape (n, p)
        Dense; the layout says how it is handed over.
    y : ndarray of shape (n,)
        Numbers, or labels 0, 1, ... of classes.
    weights : ndarray of shape (n,), optional
    offset : ndarray of shape (n, outputs), optional
    factors, lower, upper : ndarray of shape (p,)
    alphas : ndarray of shape (S,)
    """

    seed: int
    kinds: dict[str, str]
    X: Array
    y: Array
    weights: Array | None
    offset: Array | None
    factors: Array
    lower: Array
    upper: Array
    alphas: Array
    l1_ratio: float
    fit_intercept: bool
    standardize: bool

    @property
    def loss(self) -> str:
        return self.kinds["loss"]

    @property
    def entry(self) -> str:
        return self.kinds["entry"]

    @property
    def layout(self) -> str:
        return self.kinds["layout"]

    @property
    def row_weights(self) -> Long:
        """Weights that sum to 1, of shape (n,)."""
        given = np.ones(self.y.size) if self.weights is None else self.weights
        long = given.astype(np.longdouble)
        return long / long.sum()

    @property
    def targets(self) -> Array:
        """Numbers of shape (n, outputs): y, or which class a row has."""
        if self.loss == "multinomial":
            return np.eye(int(self.y.max()) + 1)[self.y.astype(int)]
        return self.y[:, None]

    def at(self, **changes: Any) -> RandomProblem:
        """Return the problem with some fields changed."""
        return replace(self, **changes)

    def of_kind(self, **kinds: str) -> RandomProblem:
        """Return the problem with some words changed: the entry, the layout."""
        return replace(self, kinds={**self.kinds, **kinds})

    def __str__(self) -> str:
        n, p = self.X.shape
        words = ", ".join(f"{name} {kind}" for name, kind in self.kinds.items() if kind != "plain")
        flags = f"intercept {self.fit_intercept}, standardize {self.standardize}"
        strengths = " ".join(f"{one:.3g}" for one in self.alphas[:4])
        return f"{n} x {p}, {words}, {flags}, l1_ratio {self.l1_ratio}, alphas {strengths}"


def random_problem(seed: int) -> RandomProblem:
    """Return the problem of an integer."""
    rng = np.random.default_rng([11, seed])
    loss = _pick(rng, {"squared": 5, "logistic": 3, "multinomial": 2})
    entry = _pick(rng, {"path": 9, "grid": 2, "estimator": 6, "problem": 2, "cross-validation": 1})
    simple = entry in ("estimator", "cross-validation")
    n = int(rng.integers(20 if entry == "cross-validation" else 3, 61))
    p = int(np.ceil(80 ** rng.random()))
    kinds = {
        "loss": loss,
        "entry": entry,
        "layout": _pick(rng, dict(zip(LAYOUTS, (5, 2, 2, 2, 1, 1), strict=True))),
        "design": _pick(rng, dict.fromkeys(_DESIGNS, 1) | {"plain": 6}),
        "scales": _pick(rng, {"plain": 6, "columns": 2, "all": 2, "both": 1, "extreme": 0.5}),
        "y scale": _pick(rng, {"plain": 6, "powers": 3, "extreme": 0.3}),
        "weights": _pick(rng, dict.fromkeys(_WEIGHTS, 1) | {"plain": 5}),
        "offset": "plain" if simple else _pick(rng, dict.fromkeys(_OFFSETS, 1) | {"plain": 6}),
        "bounds": _pick(rng, {"plain": 4, "nonnegative": 1})
        if simple
        else _pick(rng, dict.fromkeys(_BOUNDS, 1) | {"plain": 6}),
        "factors": "plain" if simple else _pick(rng, dict.fromkeys(_FACTORS, 1) | {"plain": 5}),
    }
    if loss != "squared":
        kinds["y scale"] = "plain"
    if entry == "problem":
        # Units are chosen before a problem is built.
        for one in ("scales", "y scale"):
            kinds[one] = "plain" if kinds[one] == "extreme" else kinds[one]
    if entry == "cross-validation" and kinds["weights"] not in ("plain", "random", "spread"):
        # Every fold keeps rows of every class.
        kinds["weights"] = "plain"
    X = _DESIGNS[kinds["design"]](rng, n, p)
    y = _targets(rng, X, loss)
    if entry == "cross-validation" and loss != "squared":
        y = rng.permutation(np.arange(n) % (int(y.max()) + 1)).astype(float)
    scales = _column_scales(rng, p, kinds["scales"])
    with np.errstate(under="ignore"):
        X = X * scales
    scale = _y_scale(rng, kinds["y scale"])
    if kinds["layout"] == "float32":
        with np.errstate(over="ignore", under="ignore"):
            single = X.astype(np.float32)
        X = np.where(np.isfinite(single), single, np.sign(X)).astype(np.float64)
    if kinds["layout"] in ("CSR", "CSC") and rng.random() < 0.5:
        X = np.where(rng.random(X.shape) < 0.4, X, 0.0)
    weights = _WEIGHTS[kinds["weights"]](rng, n)
    if weights is not None:
        weights[_first_rows_of_classes(y, loss)] = np.maximum(weights.max(), 1e-300)
    outputs = int(y.max()) + 1 if loss == "multinomial" else 1
    offset = _OFFSETS[kinds["offset"]](rng, (n, outputs))
    sizes = np.maximum(np.abs(X).max(axis=0), np.finfo(float).smallest_subnormal)
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        lower, upper = (
            np.where(one == 0, 0.0, one * (scale / sizes))
            for one in _BOUNDS[kinds["bounds"]](rng, p)
        )
    problem = RandomProblem(
        seed=seed,
        kinds=kinds,
        X=X,
        y=y * scale if loss == "squared" else y,
        weights=weights,
        offset=None if offset is None else offset * (scale if loss == "squared" else 1.0),
        factors=_FACTORS[kinds["factors"]](rng, p),
        lower=lower,
        upper=upper,
        alphas=np.zeros(1),
        l1_ratio=float(rng.choice(_L1_RATIOS)),
        fit_intercept=bool(rng.random() < 0.75),
        standardize=bool(rng.random() < 0.4) and entry != "problem",
    )
    return problem.at(alphas=_strengths(rng, problem))


def _pick(rng: Draw, odds: dict[str, float]) -> str:
    names = list(odds)
    share = np.array([odds[one] for one in names], dtype=float)
    return names[rng.choice(len(names), p=share / share.sum())]


def _with_constants(rng: Draw, n: int, p: int) -> Array:
    X = rng.normal(size=(n, p))
    some = rng.random(p) < 0.3
    X[:, some] = rng.choice([0.0, 0.1, 1.0, -7.3])
    return X


def _with_duplicates(rng: Draw, n: int, p: int) -> Array:
    X = rng.normal(size=(n, p))
    return X[:, rng.integers(0, max(1, (2 * p) // 3), p)] * rng.choice([1.0, -1.0, 2.0], p)


def _nearly_collinear(rng: Draw, n: int, p: int) -> Array:
    noise = 10.0 ** rng.integers(-9, -1)
    return rng.normal(size=(n, 1)) * rng.choice([-1, 1], p) + noise * rng.normal(size=(n, p))


def _nearly_constant(rng: Draw, n: int, p: int) -> Array:
    X = rng.normal(size=(n, p))
    some = rng.random(p) < 0.4
    return np.where(some, 1 + 10.0 ** rng.integers(-12, -2) * X, X)


def _orthogonal(rng: Draw, n: int, p: int) -> Array:
    size = max(n, p)
    return np.linalg.qr(rng.normal(size=(size, size)))[0][:n, :p] * np.sqrt(n)


def _shifted(rng: Draw, n: int, p: int) -> Array:
    return rng.normal(size=(n, p)) + rng.normal(size=p) * 10.0 ** rng.integers(0, 5)


def _binary(rng: Draw, n: int, p: int) -> Array:
    return (rng.random((n, p)) < rng.choice([0.1, 0.5])).astype(float)


_DESIGNS: dict[str, Callable[[Draw, int, int], Array]] = {
    "plain": lambda rng, n, p: rng.normal(size=(n, p)),
    "correlated": lambda rng, n, p: rng.normal(size=(n, 1)) + 0.3 * rng.normal(size=(n, p)),
    "constants": _with_constants,
    "duplicates": _with_duplicates,
    "nearly collinear": _nearly_collinear,
    "nearly constant": _nearly_constant,
    "orthogonal": _orthogonal,
    "shifted": _shifted,
    "binary": _binary,
}


def _spread(rng: Draw, n: int) -> Array:
    return np.exp(2 * rng.normal(size=n))


def _some_zero(rng: Draw, n: int) -> Array:
    return np.where(rng.random(n) < 0.3, 0.0, rng.random(n))


_WEIGHTS: dict[str, Callable[[Draw, int], Array | None]] = {
    "plain": lambda rng, n: None,
    "random": lambda rng, n: rng.random(n) + 0.01,
    "spread": _spread,
    "zeros": _some_zero,
    "huge": lambda rng, n: rng.random(n) * 1e150,
    "tiny": lambda rng, n: rng.random(n) * 1e-150,
    "far apart": lambda rng, n: 10.0 ** rng.integers(-14, 1, n),
    "counts": lambda rng, n: rng.integers(0, 4, n).astype(float),
}

_OFFSETS: dict[str, Callable[[Draw, tuple[int, int]], Array | None]] = {
    "plain": lambda rng, shape: None,
    "sd 1": lambda rng, shape: rng.normal(size=shape),
    "sd 10": lambda rng, shape: 10 * rng.normal(size=shape),
    "constant 40": lambda rng, shape: np.full(shape, 40.0),
    "one class": lambda rng, shape: np.full(shape, 1.0) * np.eye(shape[1])[0] * 30,
}


def _mixed_bounds(rng: Draw, p: int) -> tuple[Array, Array]:
    kind = rng.integers(0, 4, p)
    lower = np.array([-np.inf, 0.0, -0.1, 0.0])[kind]
    return lower, np.array([np.inf, np.inf, 0.2, 0.0])[kind]


_BOUNDS: dict[str, Callable[[Draw, int], tuple[Array, Array]]] = {
    "plain": lambda rng, p: (np.full(p, -np.inf), np.full(p, np.inf)),
    "nonnegative": lambda rng, p: (np.zeros(p), np.full(p, np.inf)),
    "nonpositive": lambda rng, p: (np.full(p, -np.inf), np.zeros(p)),
    "box": lambda rng, p: (-rng.random(p), rng.random(p)),
    "below": lambda rng, p: (-0.2 * rng.random(p), np.full(p, np.inf)),
    "mixed": _mixed_bounds,
    "all shut": lambda rng, p: (np.zeros(p), np.zeros(p)),
}


def _random_factors(rng: Draw, p: int) -> Array:
    return rng.random(p) * 2 + 0.01


def _one_free(rng: Draw, p: int) -> Array:
    factors = np.ones(p)
    factors[rng.integers(p)] = 0.0
    return factors


_FACTORS: dict[str, Callable[[Draw, int], Array]] = {
    "plain": lambda rng, p: np.ones(p),
    "random": _random_factors,
    "one free": _one_free,
    "some free": lambda rng, p: (rng.random(p) < 0.7).astype(float),
    "some excluded": lambda rng, p: np.where(rng.random(p) < 0.3, np.inf, 1.0),
    "mixed": lambda rng, p: rng.choice([0.0, 0.5, 1.0, 3.0, np.inf], p),
    "far apart": lambda rng, p: 10.0 ** rng.integers(-6, 4, p),
}


def _targets(rng: Draw, X: Array, loss: str) -> Array:
    n, p = X.shape
    classes = 3 + int(rng.integers(0, 2)) if loss == "multinomial" else 2
    outputs = classes if loss == "multinomial" else 1
    coef = np.where(rng.random((p, outputs)) < 0.3, rng.normal(size=(p, outputs)), 0.0)
    eta = (X - X.mean(axis=0)) @ coef
    eta = eta / max(1.0, eta.std())
    if loss == "squared":
        y = eta[:, 0] + rng.choice([0.0, 0.3, 1.0]) * rng.normal(size=n) + rng.choice([0.0, 5.0])
        return np.full(n, rng.normal()) if rng.random() < 0.03 else y
    if loss == "logistic":
        y = (1.5 * eta[:, 0] + rng.logistic(size=n) + rng.choice([0.0, 1.5]) > 0).astype(float)
    else:
        y = np.argmax(1.5 * eta + rng.gumbel(size=eta.shape), axis=1).astype(float)
    y[: min(classes, n)] = np.arange(min(classes, n))
    return y


def _first_rows_of_classes(y: Array, loss: str) -> npt.NDArray[np.intp]:
    """Return rows whose weights stay positive: one of each class, two of a regression."""
    return np.arange(2) if loss == "squared" else np.unique(y, return_index=True)[1]


def _column_scales(rng: Draw, p: int, kind: str) -> Array:
    scales = np.ones(p)
    if kind in ("columns", "both"):
        scales = scales * 10.0 ** rng.integers(-6, 7, p)
    if kind in ("all", "both"):
        scales = scales * 10.0 ** rng.integers(-12, 13)
    if kind == "extreme":
        scales = np.where(rng.random(p) < rng.choice([0.2, 1.0]), rng.choice(_EXTREMES), scales)
    return scales


def _y_scale(rng: Draw, kind: str) -> float:
    if kind == "powers":
        return float(10.0 ** rng.integers(-12, 13))
    return float(rng.choice([1e-200, 1e200, 1e150])) if kind == "extreme" else 1.0


def _strengths(rng: Draw, problem: RandomProblem) -> Array:
    single = problem.entry in ("estimator", "problem")
    share = np.array(_SHARE_ODDS) / np.sum(_SHARE_ODDS)
    drawn = rng.choice(_SHARES, 1 if single else int(rng.integers(1, 7)), p=share)
    if rng.random() < 0.7:
        drawn = -np.sort(-drawn)
    with np.errstate(over="ignore", under="ignore"):
        return np.minimum(drawn * largest_strength(problem), _LARGEST).astype(np.float64)


def largest_strength(problem: RandomProblem) -> np.longdouble:
    """Return about the strength at which the first feature enters."""
    weights, X = problem.row_weights, problem.X.astype(np.longdouble)
    target = problem.targets.astype(np.longdouble)
    if problem.offset is not None and problem.loss == "squared":
        target = target - problem.offset
    mean = weights @ X
    spread = np.sqrt(weights @ (X - mean) ** 2)
    slope = np.abs(X.T @ (weights[:, None] * (target - weights @ target))).max(axis=1)
    if problem.standardize:
        slope = np.divide(slope, spread, out=np.zeros_like(slope), where=spread > 0)
    counted = (problem.factors > 0) & np.isfinite(problem.factors)
    largest = np.max(slope[counted] / problem.factors[counted], initial=0)
    return largest / max(problem.l1_ratio, 1e-3) if largest > 0 else np.longdouble(1)
