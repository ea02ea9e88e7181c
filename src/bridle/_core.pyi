"""Compiled kernels of bridle."""

from typing import Annotated, overload

import numpy
from numpy.typing import NDArray


def level() -> str:
    """Name of the instruction set whose kernels are in use."""

def losses() -> list[str]:
    """Names of the losses that have a kernel."""

def available_levels() -> list[str]:
    """
    Names of the instruction sets that this build holds and this processor supports.
    """

class Interrupted(BaseException):
    pass

class Stop:
    """A flag that kernels check in the threads that watch it."""

    def __init__(self) -> None: ...

    def set(self) -> None:
        """Make every kernel of these threads end."""

    @property
    def is_set(self) -> bool:
        """Whether the flag is set."""

    @property
    def looks(self) -> int:
        """How often kernels have checked the flag."""

def watch(stop: Stop) -> None:
    """
    Make all later kernels of this thread check a flag, which must outlive the thread; they raise Interrupted if it is set.
    """

def check() -> None:
    """Raise Interrupted if the flag of this thread is set."""

class SparseMatrix:
    """A matrix in compressed columns, without a copy of its arrays."""

    @overload
    def __init__(self, data: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], indices: Annotated[NDArray[numpy.int32], dict(shape=(None,), order='C', device='cpu', writable=False)], indptr: Annotated[NDArray[numpy.int32], dict(shape=(None,), order='C', device='cpu', writable=False)], rows: int) -> None: ...

    @overload
    def __init__(self, data: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], indices: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)], indptr: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)], rows: int) -> None: ...

    @overload
    def __init__(self, data: Annotated[NDArray[numpy.float32], dict(shape=(None,), order='C', device='cpu', writable=False)], indices: Annotated[NDArray[numpy.int32], dict(shape=(None,), order='C', device='cpu', writable=False)], indptr: Annotated[NDArray[numpy.int32], dict(shape=(None,), order='C', device='cpu', writable=False)], rows: int) -> None: ...

    @overload
    def __init__(self, data: Annotated[NDArray[numpy.float32], dict(shape=(None,), order='C', device='cpu', writable=False)], indices: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)], indptr: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)], rows: int) -> None: ...

    @property
    def shape(self) -> tuple[int, int]:
        """Numbers of rows and columns."""

class Rows:
    """Loss, weights, targets and offsets of a problem with a single output."""

    def __init__(self, loss: str, fit_intercept: bool, weight: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], y: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], offset: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], parameter: float = 0.0) -> None: ...

class Features:
    """Penalty factors and bounds of features."""

    def __init__(self, factor: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], lower: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], upper: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)]) -> None: ...

class Grid:
    """Strengths, and the numbers of solutions and of starts."""

    def __init__(self, l1: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], l2: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], solved: int = 0, known: int = 0) -> None: ...

class Precision:
    """Stopping criteria at each strength; gap and gain are absolute."""

    def __init__(self, gap: float, gain: float, violation: float, sweeps: int) -> None: ...

    @property
    def gap(self) -> float:
        """Largest duality gap of the features alone."""

    @property
    def gain(self) -> float:
        """Smallest decrease by the best step of a sweep."""

    @property
    def violation(self) -> float:
        """Largest KKT violation, as a fraction of the l1 strength."""

    @property
    def sweeps(self) -> int:
        """Most sweeps."""

class Columns:
    """Columns of X minus a center, divided by a scale."""

    def __init__(self, column: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)], center: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], scale: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)]) -> None: ...

class Coordinates:
    """Columns, with curvature, strengths and bounds of each."""

    def __init__(self, columns: Columns, curvature: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], l1: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], l2: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], lower: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], upper: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)]) -> None: ...

class Screen:
    """Settings of a screening of all features."""

    def __init__(self, inverse_scale: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu', writable=False)], held: Annotated[NDArray[numpy.uint8], dict(shape=(None, None), order='C', device='cpu', writable=False)], up: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], down: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], first: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)], l1: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], ahead: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], distance: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], tied: int = 1) -> None: ...

@overload
def products(x: SparseMatrix, column: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)], right: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu', writable=False)], out: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu')]) -> None: ...

@overload
def products(x: Annotated[NDArray[numpy.float64], dict(shape=(None, None), device='cpu', writable=False)], column: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)], right: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu', writable=False)], out: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu')]) -> None: ...

@overload
def products(x: Annotated[NDArray[numpy.float32], dict(shape=(None, None), device='cpu', writable=False)], column: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)], right: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu', writable=False)], out: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu')]) -> None:
    """Writes the products of the listed columns with the columns of right."""

@overload
def screen(x: SparseMatrix, begin: int, end: int, right: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu', writable=False)], asked: Screen, worst: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu')], reach: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu')]) -> None: ...

@overload
def screen(x: Annotated[NDArray[numpy.float64], dict(shape=(None, None), device='cpu', writable=False)], begin: int, end: int, right: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu', writable=False)], asked: Screen, worst: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu')], reach: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu')]) -> None: ...

@overload
def screen(x: Annotated[NDArray[numpy.float32], dict(shape=(None, None), device='cpu', writable=False)], begin: int, end: int, right: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu', writable=False)], asked: Screen, worst: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu')], reach: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu')]) -> None:
    """
    Writes the largest screening ratio of each vector (worst) and of each column (reach).
    """

@overload
def column_extremes(x: Annotated[NDArray[numpy.float64], dict(shape=(None, None), device='cpu', writable=False)], low: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu')], high: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu')]) -> None: ...

@overload
def column_extremes(x: Annotated[NDArray[numpy.float32], dict(shape=(None, None), device='cpu', writable=False)], low: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu')], high: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu')]) -> None:
    """
    Writes the smallest and largest value of each column; both are NaN if one is not finite.
    """

class ClassRows:
    """Weights, and the targets and offsets of each class, of all rows."""

    def __init__(self, fit_intercept: bool, weights: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], y: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu', writable=False)], offset: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu', writable=False)]) -> None: ...

class ClassSolutions:
    """Arrays for the solutions of a path of several classes."""

    def __init__(self, coef: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu')], intercept: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu')], eta: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu')], gap: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu')]) -> None: ...

@overload
def class_path(x: Annotated[NDArray[numpy.float64], dict(shape=(None, None), device='cpu', writable=False)], columns: Columns, rows: ClassRows, features: Features, grid: Grid, precision: Precision, solutions: ClassSolutions) -> int: ...

@overload
def class_path(x: SparseMatrix, columns: Columns, rows: ClassRows, features: Features, grid: Grid, precision: Precision, solutions: ClassSolutions) -> int:
    """
    Writes the solutions on the listed columns at each strength, for the multinomial loss; returns the number of sweeps.
    """

def class_pass(rows: ClassRows, eta: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu', writable=False)], dual: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu')], first: int, totals: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu')]) -> None:
    """
    Writes the negative gradients of each class at each row of eta into the columns of dual from first on; the rows of totals receive value, residual, span, moved and pearson.
    """

class Solutions:
    """Arrays for the solutions of a path, a row for each."""

    def __init__(self, coef: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu')], intercept: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu')], eta: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu')], gap: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu')]) -> None: ...

@overload
def column_path(x: Annotated[NDArray[numpy.float64], dict(shape=(None, None), device='cpu', writable=False)], columns: Columns, rows: Rows, features: Features, grid: Grid, precision: Precision, solutions: Solutions) -> int: ...

@overload
def column_path(x: SparseMatrix, columns: Columns, rows: Rows, features: Features, grid: Grid, precision: Precision, solutions: Solutions) -> int:
    """
    Writes the solutions on the listed columns at each strength; returns the number of sweeps.
    """

def objective(rows: Rows, features: Features, l1: float, l2: float, coef: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], eta: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)]) -> float:
    """Loss plus penalty, infinite outside the bounds."""

def judge_rows(rows: Rows, eta: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], floor: float, gradient: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu')], dual: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu')]) -> tuple[float, float, float, float, bool]:
    """
    Writes gradient and dual point at eta; returns loss, sum of the gradient, the sizes of both and whether they differ.
    """

def judge_features(features: Features, l1: float, l2: float, coef: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], gradients: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], products: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], norm: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], dual_size: float, null_size: float, violation: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu')]) -> tuple[float, float, float, float, float, float, float]:
    """
    Writes KKT violations; returns penalty, lost, scale, both conjugates, the largest relative violation and the smallest factor over norm.
    """

def dual_value(rows: Rows, dual: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], scale: float) -> float:
    """Loss term of the lower bound at scale times a dual point."""

def fit_null(rows: Rows, floor: float, start: float, eta: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu')]) -> tuple[float, float, float, float, float]:
    """
    Writes the linear predictor of the best intercept without features; returns the intercept, its loss, that of the saturated model, rounding and the size of the gradient.
    """

@overload
def class_moments(x: Annotated[NDArray[numpy.float64], dict(shape=(None, None), device='cpu', writable=False)], begin: int, end: int, of_row: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)], weight: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], shift: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu')], sums: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu')], squares: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu')]) -> None: ...

@overload
def class_moments(x: Annotated[NDArray[numpy.float32], dict(shape=(None, None), device='cpu', writable=False)], begin: int, end: int, of_row: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)], weight: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], shift: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu')], sums: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu')], squares: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu')]) -> None:
    """
    Weighted sums and squares of columns about a common shift, for each class of rows.
    """

@overload
def gram_of_rows(x: Annotated[NDArray[numpy.float64], dict(shape=(None, None), device='cpu', writable=False)], row: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)], weight: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], target: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], shift: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], gram: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu')]) -> None: ...

@overload
def gram_of_rows(x: Annotated[NDArray[numpy.float32], dict(shape=(None, None), device='cpu', writable=False)], row: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)], weight: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], target: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], shift: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], gram: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu')]) -> None:
    """
    Adds the weighted cross-products of all columns, the target and 1 over the listed rows to the upper triangle of gram.
    """

@overload
def gram_of_all(x: Annotated[NDArray[numpy.float64], dict(shape=(None, None), device='cpu', writable=False)], rows: Rows, shift: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], scale: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], gram: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu')], linear: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu')]) -> tuple[float, float]: ...

@overload
def gram_of_all(x: Annotated[NDArray[numpy.float32], dict(shape=(None, None), device='cpu', writable=False)], rows: Rows, shift: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], scale: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], gram: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu')], linear: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu')]) -> tuple[float, float]:
    """
    Writes the weighted cross-products of all columns with each other and with the target; returns the mean of the target and its total sum of squares.
    """

@overload
def descend(x: Annotated[NDArray[numpy.float64], dict(shape=(None, None), device='cpu', writable=False)], weight: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], coordinates: Coordinates, coef: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu')], residual: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu')], limit: int, tolerance: float) -> tuple[int, float]: ...

@overload
def descend(x: Annotated[NDArray[numpy.float32], dict(shape=(None, None), device='cpu', writable=False)], weight: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], coordinates: Coordinates, coef: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu')], residual: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu')], limit: int, tolerance: float) -> tuple[int, float]: ...

@overload
def descend(x: SparseMatrix, weight: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], coordinates: Coordinates, coef: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu')], residual: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu')], limit: int, tolerance: float) -> tuple[int, float]:
    """
    Coordinate descent over the listed columns, in place; returns the number of sweeps and the last gain.
    """

@overload
def moments(x: Annotated[NDArray[numpy.float64], dict(shape=(None, None), device='cpu', writable=False)], weight: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], column: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)], mean: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu')], variance: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu')]) -> None: ...

@overload
def moments(x: Annotated[NDArray[numpy.float32], dict(shape=(None, None), device='cpu', writable=False)], weight: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], column: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)], mean: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu')], variance: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu')]) -> None: ...

@overload
def moments(x: SparseMatrix, weight: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], column: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)], mean: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu')], variance: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu')]) -> None:
    """Writes the weighted mean and variance of the listed columns."""

@overload
def row_products(x: Annotated[NDArray[numpy.float64], dict(shape=(None, None), device='cpu', writable=False)], row: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)], column: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)], right: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu', writable=False)], out: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu')]) -> None: ...

@overload
def row_products(x: Annotated[NDArray[numpy.float32], dict(shape=(None, None), device='cpu', writable=False)], row: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)], column: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu', writable=False)], right: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu', writable=False)], out: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu')]) -> None:
    """
    Writes the products of the listed columns with the columns of right, over the listed rows.
    """

@overload
def vector_products(x: Annotated[NDArray[numpy.float64], dict(shape=(None, None), device='cpu', writable=False)], right: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], out: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu')]) -> None: ...

@overload
def vector_products(x: Annotated[NDArray[numpy.float32], dict(shape=(None, None), device='cpu', writable=False)], right: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], out: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu')]) -> None:
    """Writes the products of all columns with one vector."""

def regular_lines(text: bytes, separator: bytes, quote: bytes, width: int, repeated: bytes, starts: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu')], lines: Annotated[NDArray[numpy.int64], dict(shape=(None,), order='C', device='cpu')]) -> int:
    """
    Writes where each line that is not empty starts, and how many lines are before it, and returns their number; -1 if a line does not have width fields, has unpaired quotes, or is the repeated one.
    """

def csv_lines(columns: list[object], rows: int) -> bytes:
    """
    Returns rows as lines of CSV. A column is an array of float64 or int64, or a tuple of int64 codes, below 0 for none, and a list of the texts that they stand for.
    """

def solve_definite(matrix: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu')], right: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu')]) -> bool:
    """
    Solves a symmetric system, given its lower triangle; the solution overwrites right. Returns False if the matrix, which is overwritten too, is nearly singular.
    """

def dual_bounds(coef: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu', writable=False)], negative_gradients: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu', writable=False)], features: Features, floor: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], grid: Grid, within: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], out: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu')]) -> None:
    """
    Writes the features' terms in objectives and lower bounds: penalty, fitted, scale, both conjugates and violation, a row each.
    """

def gram_path(gram: Annotated[NDArray[numpy.float64], dict(shape=(None, None), device='cpu', writable=False)], linear: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu', writable=False)], total_squares: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], features: Features, grid: Grid, precision: Precision, coef: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu')]) -> tuple[int, float]:
    """
    Writes the solutions on a Gram matrix into the rows of coef that are not solved yet; returns the number of sweeps and the last gain.
    """

def loss_pass(rows: Rows, eta: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu', writable=False)], dual: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu')], first: int, totals: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu')]) -> None:
    """
    Writes the negative gradient at each row of eta into the columns of dual from first on; the rows of totals receive value, sum, curvature and pearson.
    """

def loss_terms(rows: Rows, eta: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu', writable=False)], terms: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu')], first: int, second: int, totals: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu')]) -> None:
    """
    Writes the negative gradient at each row of eta into the columns of terms from first on, and the curvature into those from second on, without the intercept's shift; totals as in loss_pass.
    """

@overload
def smooth_newton(x: Annotated[NDArray[numpy.float64], dict(shape=(None, None), device='cpu', writable=False)], rows: Rows, center: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], scale: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], ridge: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], floor: float, intercept: float, coef: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu')], eta: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu')]) -> tuple[float, int, bool]: ...

@overload
def smooth_newton(x: Annotated[NDArray[numpy.float32], dict(shape=(None, None), device='cpu', writable=False)], rows: Rows, center: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], scale: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], ridge: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], floor: float, intercept: float, coef: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu')], eta: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu')]) -> tuple[float, int, bool]:
    """
    Moves coefficients and their linear predictor to the minimum of loss plus ridge by Newton's method; returns the intercept, the steps and whether the last one was small.
    """

def tied_gram_path(grams: Annotated[NDArray[numpy.float64], dict(shape=(None, None, None), device='cpu', writable=False)], linear: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu', writable=False)], total_squares: float, features: Features, grid: Grid, precision: Precision, coef: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu')]) -> int:
    """
    Writes the solutions for coefficients tied over the outputs into the rows of coef that are not solved yet; returns the number of sweeps. There is one Gram matrix for all outputs, or one for each.
    """

def tied_column_path(x: Annotated[NDArray[numpy.float64], dict(shape=(None, None), device='cpu', writable=False)], columns: Columns, fit_intercept: bool, weights: Annotated[NDArray[numpy.float64], dict(shape=(None,), order='C', device='cpu', writable=False)], y: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu', writable=False)], features: Features, grid: Grid, precision: Precision, coef: Annotated[NDArray[numpy.float64], dict(shape=(None, None), order='C', device='cpu')]) -> int:
    """
    As tied_gram_path, on the listed columns and for squared loss; with intercepts, the weighted sums of y must be 0.
    """
