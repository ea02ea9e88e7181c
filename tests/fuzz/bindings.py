"""Calls of the compiled module with arguments that do not fit: refused, and nothing else is written."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from random import Random
from typing import Any, NamedTuple

import numpy as np
from scipy import sparse

from bridle import _core

Sizes = dict[str, int]


class Arg(NamedTuple):
    """An argument: its shape in letters of `SIZES`, what it holds, and whether it is written."""

    shape: str
    holds: str = "numbers"
    written: bool = False


def out(shape: str) -> Arg:
    return Arg(shape, "numbers", True)


LOSSES = ("squared", "logistic", "poisson", "gamma", "tweedie", "huber")
COLUMN = Arg("k", "index p")
X = Arg("np", "x")
DENSE = Arg("np", "x dense")
TOLERANCE = Arg("", "tolerance")
POINT = {name: Arg("k", "positive") for name in ("factor", "upper", "scale", "curvature", "floor")}
POINT |= {"lower": Arg("k", "negative"), "center": Arg("k")}
STRENGTHS = {name: Arg("s", "positive") for name in ("l1", "l2", "total_squares", "within")}


def some(held: dict[str, Arg], names: str) -> dict[str, Arg]:
    return {name: held[name] for name in names.split()}


OBJECTS: dict[str, dict[str, Arg]] = {
    "Rows": {
        "loss": Arg("", "loss"),
        "parameter": Arg("", "parameter"),
        "fit_intercept": Arg("", "flag"),
        "weight": Arg("n", "positive"),
        "y": Arg("n"),
        "offset": Arg("n"),
    },
    "Features": some(POINT, "factor lower upper"),
    "Grid": {
        **some(STRENGTHS, "l1 l2"),
        "solved": Arg("", "upto s"),
        "known": Arg("", "upto s"),
    },
    "Precision": {
        **dict.fromkeys(("gap", "gain", "violation"), TOLERANCE),
        "sweeps": Arg("", "limit"),
    },
    "Columns": {"column": COLUMN, **some(POINT, "center scale")},
    "Coordinates": {
        "columns": Arg("", "object Columns"),
        **some(POINT, "curvature lower upper"),
        "l1": Arg("k", "positive"),
        "l2": Arg("k", "positive"),
    },
    "Screen": {
        "inverse_scale": Arg("gp", "positive"),
        "held": Arg("gp", "bytes"),
        "up": Arg("p", "positive"),
        "down": Arg("p", "positive"),
        "first": Arg("h", "first"),
        "l1": Arg("t", "positive"),
        "ahead": Arg("g", "positive"),
        "distance": Arg("g", "positive"),
        "tied": Arg("", "tied"),
    },
    "ClassRows": {
        "fit_intercept": Arg("", "flag"),
        "weights": Arg("n", "positive"),
        "y": Arg("cn"),
        "offset": Arg("cn"),
    },
    "ClassSolutions": {
        "coef": out("sb"),
        "intercept": out("sc"),
        "eta": out("su"),
        "gap": out("s"),
    },
    "Solutions": {
        "coef": out("sk"),
        "intercept": out("s"),
        "eta": out("sn"),
        "gap": out("s"),
    },
}
"""What holds arrays that go together, with the arguments that it is made of."""

ROWS = Arg("", "object Rows")
FEATURES = Arg("", "object Features")
GRID = Arg("", "object Grid")
PRECISION = Arg("", "object Precision")

# The letters: n rows, p columns, k listed columns, m listed rows, s strengths, t vectors, g groups,
# c classes, w and v places of dual vectors; 2, 4, 5 and 6 stand for themselves, q for p + 2, h for
# g + 1, b for k c and u for n c.
CALLS: dict[str, dict[str, Arg]] = {
    "moments": {
        "x": X,
        "weight": Arg("n", "positive"),
        "column": COLUMN,
        "mean": out("k"),
        "variance": out("k"),
    },
    "descend": {
        "x": X,
        "weight": Arg("n", "positive"),
        "coordinates": Arg("", "object Coordinates"),
        "coef": out("k"),
        "residual": out("n"),
        "limit": Arg("", "limit"),
        "tolerance": TOLERANCE,
    },
    "products": {"x": X, "column": COLUMN, "right": Arg("nt"), "out": out("kt")},
    "vector_products": {"x": DENSE, "right": Arg("n"), "out": out("p")},
    "solve_definite": {"matrix": out("kk"), "right": out("k")},
    "row_products": {
        "x": DENSE,
        "row": Arg("m", "index n"),
        "column": COLUMN,
        "right": Arg("mt"),
        "out": out("kt"),
    },
    "gram_of_rows": {
        "x": DENSE,
        "row": Arg("m", "index n"),
        "weight": Arg("n", "positive"),
        "target": Arg("n"),
        "shift": Arg("p"),
        "gram": out("qq"),
    },
    "class_moments": {
        "x": DENSE,
        "begin": Arg("", "begin"),
        "end": Arg("", "end"),
        "of_row": Arg("n", "class"),
        "weight": Arg("n", "positive"),
        "shift": out("p"),
        "sums": out("cp"),
        "squares": out("cp"),
    },
    "screen": {
        "x": X,
        "begin": Arg("", "begin"),
        "end": Arg("", "end"),
        "right": Arg("nt"),
        "asked": Arg("", "object Screen"),
        "worst": out("t"),
        "reach": out("gp"),
    },
    "dual_bounds": {
        "coef": Arg("sk"),
        "negative_gradients": Arg("ks"),
        "features": FEATURES,
        "floor": POINT["floor"],
        "grid": GRID,
        "within": STRENGTHS["within"],
        "out": out("6s"),
    },
    "loss_pass": {
        "rows": ROWS,
        "eta": Arg("sn"),
        "dual": out("nw"),
        "first": Arg("", "offset"),
        "totals": out("4s"),
    },
    "loss_terms": {
        "rows": ROWS,
        "eta": Arg("sn"),
        "terms": out("nz"),
        "first": Arg("", "offset"),
        "second": Arg("", "second"),
        "totals": out("4s"),
    },
    "class_pass": {
        "rows": Arg("", "object ClassRows"),
        "eta": Arg("su"),
        "dual": out("nv"),
        "first": Arg("", "offset"),
        "totals": out("5s"),
    },
    "class_path": {
        "x": Arg("np", "columns"),
        "columns": Arg("", "object Columns"),
        "rows": Arg("", "object ClassRows"),
        "features": FEATURES,
        "grid": GRID,
        "precision": PRECISION,
        "solutions": Arg("", "object ClassSolutions"),
    },
    "gram_path": {
        "gram": Arg("kk", "gram"),
        "linear": Arg("sk"),
        "total_squares": STRENGTHS["total_squares"],
        "features": FEATURES,
        "grid": GRID,
        "precision": PRECISION,
        "coef": out("sk"),
    },
    "tied_gram_path": {
        "grams": Arg("ckk", "grams"),
        "linear": Arg("ck"),
        "total_squares": TOLERANCE,
        "features": FEATURES,
        "grid": GRID,
        "precision": PRECISION,
        "coef": out("sb"),
    },
    "tied_column_path": {
        "x": Arg("np", "columns dense"),
        "columns": Arg("", "object Columns"),
        "fit_intercept": Arg("", "flag"),
        "weights": Arg("n", "positive"),
        "y": Arg("cn"),
        "features": FEATURES,
        "grid": GRID,
        "precision": PRECISION,
        "coef": out("sb"),
    },
    "gram_of_all": {
        "x": DENSE,
        "rows": ROWS,
        "shift": Arg("p"),
        "scale": Arg("p", "positive"),
        "gram": out("pp"),
        "linear": out("p"),
    },
    "smooth_newton": {
        "x": DENSE,
        "rows": ROWS,
        "center": Arg("p"),
        "scale": Arg("p", "positive"),
        "ridge": Arg("p", "positive"),
        "floor": TOLERANCE,
        "intercept": TOLERANCE,
        "coef": out("p"),
        "eta": out("n"),
    },
    "column_extremes": {"x": DENSE, "low": out("p"), "high": out("p")},
    "objective": {
        "rows": ROWS,
        "features": FEATURES,
        "l1": TOLERANCE,
        "l2": TOLERANCE,
        "coef": Arg("k"),
        "eta": Arg("n"),
    },
    "judge_rows": {
        "rows": ROWS,
        "eta": Arg("n"),
        "floor": TOLERANCE,
        "gradient": out("n"),
        "dual": out("n"),
    },
    "judge_features": {
        "features": FEATURES,
        "l1": TOLERANCE,
        "l2": TOLERANCE,
        "coef": Arg("k"),
        "gradients": Arg("k"),
        "products": Arg("k"),
        "norm": Arg("k", "positive"),
        "dual_size": TOLERANCE,
        "null_size": TOLERANCE,
        "violation": out("k"),
    },
    "dual_value": {"rows": ROWS, "dual": Arg("n"), "scale": TOLERANCE},
    "fit_null": {"rows": ROWS, "floor": TOLERANCE, "start": TOLERANCE, "eta": out("n")},
    "column_path": {
        "x": Arg("np", "columns"),
        "columns": Arg("", "object Columns"),
        "rows": ROWS,
        "features": FEATURES,
        "grid": GRID,
        "precision": PRECISION,
        "solutions": Arg("", "object Solutions"),
    },
}
"""Every function that takes arrays of numbers, with its arguments."""

OF_TEXT = {"regular_lines", "csv_lines"}
"""Functions of the text of a file; `csv_text` calls them."""

REFUSED = (TypeError, ValueError)
"""What the bindings raise: nanobind where no overload takes the arguments, else their own checks."""


def argument_names(name: str) -> set[str]:
    """Return the names of the arguments of a function, or of what a class is made of."""
    called = getattr(_core, name)
    called = called.__init__ if isinstance(called, type) else called
    signature = called.__nb_signature__[0][0]
    return set(re.findall(r"(\w+): (?:numpy|bridle|int|float|bool|str)", signature))


CANARY = -7.25


class Output:
    """An array inside a larger one, whose rest must stay as it is."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        size = int(np.prod(shape))
        self.whole = np.full(size + 32, CANARY)
        self.array = self.whole[16 : 16 + size].reshape(shape)
        self.array[...] = 0.0

    def check(self) -> None:
        assert (self.whole[:16] == CANARY).all(), "written before an array"
        assert (self.whole[len(self.whole) - 16 :] == CANARY).all(), "written beyond an array"


def case(draw: Random) -> str:
    """Make one call; return what came of it, or fail."""
    function = draw.choice([*CALLS])
    rng = np.random.default_rng(draw.randrange(2**32))
    sizes = {letter: draw.randrange(6) for letter in "npkmstgc"} | {"4": 4, "5": 5, "6": 6}
    sizes["t"] = max(sizes["t"], sizes["g"])
    if sizes["g"] == 0:
        sizes["t"] = 0
    offset = draw.randrange(3)
    sizes |= {"q": sizes["p"] + 2, "h": sizes["g"] + 1, "w": sizes["s"] + offset, "offset": offset}
    pairs, class_rows = sizes["k"] * sizes["c"], sizes["n"] * sizes["c"]
    sizes |= {"b": pairs, "u": class_rows, "v": sizes["s"] * sizes["c"] + offset}
    sizes |= {"second": sizes["s"] + offset, "z": 2 * sizes["s"] + offset}
    outputs: list[Output] = []
    leaves = dict(_leaves(CALLS[function]))
    given = {place: _valid(arg, sizes, draw, rng, outputs) for place, arg in leaves.items()}
    wrong = draw.randrange(3)
    for _ in range(wrong):
        place = draw.choice([*leaves])
        given[place] = _wrong(place[-1], given[place], draw)
    try:
        with np.errstate(all="ignore"):
            getattr(_core, function)(**_made(CALLS[function], given, ()))
        found = "returned"
    except REFUSED as error:
        found = type(error).__name__
        if not wrong and _all_possible(function, sizes):
            raise AssertionError(f"{function} refuses what fits") from error
    for one in outputs:
        one.check()
    return found


Place = tuple[str, ...]


def _leaves(arguments: dict[str, Arg], above: Place = ()) -> Iterator[tuple[Place, Arg]]:
    """List the arguments of a call, those of its objects by their place in them."""
    for name, arg in arguments.items():
        if arg.holds.startswith("object "):
            yield from _leaves(OBJECTS[arg.holds.removeprefix("object ")], (*above, name))
        else:
            yield (*above, name), arg


def _made(arguments: dict[str, Arg], given: dict[Place, Any], above: Place) -> dict[str, Any]:
    """Return the arguments of a call, its objects made of what was given for them."""
    made = {}
    for name, arg in arguments.items():
        kind, _, of = arg.holds.partition(" ")
        place = (*above, name)
        made[name] = (
            getattr(_core, of)(**_made(OBJECTS[of], given, place))
            if kind == "object"
            else given[place]
        )
    return made


def _all_possible(function: str, sizes: Sizes) -> bool:
    """Whether there are classes, and every list can be filled: no rows and columns cannot be named."""
    if "ClassRows" in CALLS[function].get("rows", Arg("")).holds and not sizes["c"]:
        return False
    listed = {"row": ("m", "n"), "column": ("k", "p")}
    return all(
        not sizes[letter] or sizes[among]
        for name, (letter, among) in listed.items()
        if any(place[-1] == name for place, _ in _leaves(CALLS[function]))
    )


def _valid(
    arg: Arg, sizes: Sizes, draw: Random, rng: np.random.Generator, outputs: list[Output]
) -> Any:
    shape = tuple(sizes[letter] for letter in arg.shape)
    if arg.written:
        outputs.append(Output(shape))
        return outputs[-1].array
    kind, _, of = arg.holds.partition(" ")
    return _MAKERS[kind](shape, sizes, draw, rng, of)


Maker = Callable[[tuple[int, ...], Sizes, Random, np.random.Generator, str], Any]


def _design(shape: Any, sizes: Sizes, draw: Random, rng: Any, of: str) -> Any:
    dense = np.round(rng.normal(size=shape), 2) * (rng.random(shape) < 0.7)
    form = draw.randrange(4)
    if form == 0 and of != "dense":
        held = sparse.csc_array(dense)
        held.sort_indices()
        index = draw.choice((np.int32, np.int64))
        return _core.SparseMatrix(
            held.data, held.indices.astype(index), held.indptr.astype(index), shape[0]
        )
    if form == 1:
        return np.asfortranarray(dense)
    if form == 2:
        return dense.astype(np.float32)
    return np.repeat(dense, 2, axis=0)[::2] if draw.randrange(2) else dense[::-1, ::-1]


def _columns(shape: Any, sizes: Sizes, draw: Random, rng: Any, of: str) -> Any:
    made = _design(shape, sizes, draw, rng, of)
    return made if isinstance(made, _core.SparseMatrix) else np.asfortranarray(made, dtype=float)


def _first(shape: Any, sizes: Sizes, draw: Random, rng: Any, of: str) -> Any:
    # Every group but the last has one vector.
    first = np.arange(sizes["h"], dtype=np.int64)
    first[-1] = sizes["t"]
    return first


_MAKERS: dict[str, Maker] = {
    "numbers": lambda shape, sizes, draw, rng, of: rng.normal(size=shape),
    "positive": lambda shape, sizes, draw, rng, of: rng.random(shape) + 0.1,
    "negative": lambda shape, sizes, draw, rng, of: -rng.random(shape),
    "bytes": lambda shape, sizes, draw, rng, of: rng.integers(0, 2, shape).astype(np.uint8),
    "index": lambda shape, sizes, draw, rng, of: rng.integers(0, max(1, sizes[of]), shape),
    "class": lambda shape, sizes, draw, rng, of: rng.integers(-1, sizes["c"], shape),
    "gram": lambda shape, sizes, draw, rng, of: np.eye(*shape) + 0.1,
    "grams": lambda shape, sizes, draw, rng, of: np.tile(
        np.eye(*shape[1:]) + 0.1, (shape[0], 1, 1)
    ),
    "x": _design,
    "columns": _columns,
    "first": _first,
    "begin": lambda shape, sizes, draw, rng, of: 0,
    "end": lambda shape, sizes, draw, rng, of: sizes["p"],
    "upto": lambda shape, sizes, draw, rng, of: 0,
    "tied": lambda shape, sizes, draw, rng, of: 1,
    "offset": lambda shape, sizes, draw, rng, of: sizes["offset"],
    "second": lambda shape, sizes, draw, rng, of: sizes["second"],
    "flag": lambda shape, sizes, draw, rng, of: draw.choice((True, False)),
    "loss": lambda shape, sizes, draw, rng, of: draw.choice(LOSSES),
    "parameter": lambda shape, sizes, draw, rng, of: draw.choice((0.0, 1.5)),
    "limit": lambda shape, sizes, draw, rng, of: draw.randrange(20),
    "tolerance": lambda shape, sizes, draw, rng, of: draw.choice((0.0, 1e-6)),
}

_NUMBERS = (-1, 1, 3, 2**31, 2**63 - 1, 2**63, 2**64 - 1, 2**70, -(2**63), 0.5, np.nan, None, "x")
# No limit on sweeps that takes hours to reach.
_HARMLESS = (-1, 1, 3, -(2**63), 0.5, np.nan, None, "x", 2**70)


def _wrong(name: str, value: Any, draw: Random) -> Any:
    if isinstance(value, np.ndarray):
        return _WRONG_ARRAYS[draw.randrange(len(_WRONG_ARRAYS))](value, draw)
    if isinstance(value, _core.SparseMatrix):
        return _wrong_sparse(draw)
    return draw.choice(_HARMLESS if name in ("limit", "sweeps") else _NUMBERS)


def _wrong_sparse(draw: Random) -> Any:
    """Return a matrix of arrays that may not go together, or None where that is refused."""
    index = draw.choice((np.int32, np.int64))
    data = np.ones(draw.randrange(5))
    indices = np.array([draw.choice((-1, 0, 1, 2, 2**31 - 1)) for _ in data], dtype=index)
    indptr = np.array([draw.randrange(-1, 6) for _ in range(draw.randrange(5))], dtype=index)
    try:
        return _core.SparseMatrix(data, indices, indptr, draw.choice((0, 1, 3, 2**63, -1)))
    except REFUSED:
        return None


def _spoiled(value: np.ndarray, draw: Random) -> np.ndarray:
    """Return a copy with one number that is no place and no strength."""
    spoiled = value.copy()
    if spoiled.size:
        odd = (-1, 5, 2**31, 2**63 - 1, -(2**63))
        real = (np.nan, np.inf, -np.inf, 1e308, 5e-324, -1.0, 0.0)
        index = draw.randrange(spoiled.size)
        if spoiled.dtype.kind == "i":
            limits = np.iinfo(spoiled.dtype)
            spoiled.flat[index] = min(max(draw.choice(odd), limits.min), limits.max)
        elif spoiled.dtype.kind == "f":
            with np.errstate(over="ignore"):
                spoiled.flat[index] = draw.choice(real)
    return spoiled


def _readonly(value: np.ndarray, draw: Random) -> np.ndarray:
    value = value.copy()
    value.setflags(write=False)
    return value


def _resized(value: np.ndarray, draw: Random) -> np.ndarray:
    shape = tuple(max(0, one + draw.randrange(-1, 2)) for one in value.shape)
    return np.zeros(shape, dtype=value.dtype)


def _retyped(value: np.ndarray, draw: Random) -> np.ndarray:
    return np.zeros(
        value.shape, dtype=draw.choice(("f4", "f8", "i4", "i8", "u1", "c16", ">f8", "O"))
    )


def _misaligned(value: np.ndarray, draw: Random) -> np.ndarray:
    """Return a copy whose numbers do not begin at a multiple of their size."""
    if value.dtype == object:
        return value
    moved = np.frombuffer(b"\0" + value.tobytes(), dtype=np.uint8)[1:]
    return moved.view(value.dtype).reshape(value.shape)


_WRONG_ARRAYS: tuple[Callable[[np.ndarray, Random], Any], ...] = (
    _spoiled,
    _readonly,
    _resized,
    _retyped,
    lambda value, draw: np.repeat(value, 2, axis=-1)[..., ::2],
    lambda value, draw: value[::-1],
    lambda value, draw: np.broadcast_to(value.flat[0] if value.size else 0.0, value.shape),
    lambda value, draw: value[None],
    lambda value, draw: value.tolist(),
    lambda value, draw: None,
    _misaligned,
)
