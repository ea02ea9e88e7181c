"""Reader: the scans of one row source, which are counted and shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

import numpy as np

from bridle.elastic_net.methods.certificates.evaluation import SquaredEvaluation, on_the_array
from bridle.elastic_net.methods.certificates.squared_pass import squared_evaluations
from bridle.elastic_net.moments.moments import ClassSums, Moments
from bridle.elastic_net.problem import Problem
from bridle.elastic_net.streaming.moment_scan import FoldsByHash, FoldSums, MomentScan
from bridle.elastic_net.streaming.problems_elsewhere import blurred_means, training_and_test
from bridle.elastic_net.streaming.residual_scan import ResidualScan
from bridle.encoding.frame_encoding import FrameEncoding
from bridle.errors import InputError
from bridle.progress import FitProgress
from bridle.rows.encode_rows import encoding_of_rows
from bridle.rows.row_source import RowSource
from bridle.rows.scan import Scan
from bridle.threads.workers import Workers, count_threads
from bridle.types import Array

__all__ = ["Reader", "estimate_bytes"]

State = TypeVar("State")

# Most features: the cross-products of one fold then take 800 MB.
_MOST_FEATURES = 10_000


def estimate_bytes(p: int, folds: int, threads: int) -> int:
    """Estimate the memory of a fit in this process, in bytes, without that of the reader.

    Each thread sums the cross-products of every fold, and two finished sums per thread wait to be
    merged. The fits that follow hold three p x p matrices per thread beside the sums.
    """
    square = 8 * (p + 2) ** 2
    return folds * square + max(folds * 3 * (threads + 1), 3 * threads) * square


@dataclass
class Reader:
    """Scans of one source, which are counted and shown.

    Attributes
    ----------
    source : RowSource
    folds : FoldsByHash
    n_jobs : int or None
        Threads of this process.
    announce : callable
        Called with a line as each scan begins.
    expected : int
        How often all rows will be read, as far as is known; 0 if it is not. Default 2, for squared loss.
    scans : int
        How often all rows were read.
    rows : int
        Rows of positive weight, known after the first scan.
    found : FoldSums or None
        The first result of `moments`.

    Raises
    ------
    InputError
        There are more than 10,000 features.
    """

    source: RowSource
    folds: FoldsByHash
    n_jobs: int | None
    announce: Callable[[str], None] = lambda line: None
    expected: int = 2
    scans: int = field(default=0, init=False)
    rows: int = field(default=0, init=False)
    found: FoldSums | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self._check_width()

    def encode(self) -> FrameEncoding | None:
        """Learn the categories of the rows, in one scan if columns may hold text, and encode them.

        From then on the features are those that the encoding makes.

        Returns
        -------
        FrameEncoding or None
            None if no column holds categories.

        Raises
        ------
        InputError
            A column of text is not of categories, or there are too many levels.
        """
        self.expected += bool(self.source.texts and self.expected)
        encoding = encoding_of_rows(self.source, lambda scan: self.scan(scan, "categories"))
        if encoding is not None:
            self.source = self.source.encoded(encoding)
            self._check_width()
        return encoding

    def _check_width(self) -> None:
        p = len(self.source.columns.features)
        if p > _MOST_FEATURES:
            needed = estimate_bytes(p, self.folds.count, count_threads(self.n_jobs))
            raise InputError(
                f"X must have at most {_MOST_FEATURES:,} features if its rows are not in memory. "
                f"Received: {p:,}, whose cross-products would take {needed / 2**30:,.0f} GB. Select "
                "features first."
            )

    def scan(self, scan: Scan[State], what: str) -> State:
        """Return a sum over all rows."""
        self.scans += 1
        p, folds = len(self.source.columns.features), self.folds.count
        needed = estimate_bytes(p, folds, count_threads(self.n_jobs)) / 2**20
        of = f" of {max(self.scans, self.expected)}" if self.expected else ""
        title = f"Scan {self.scans}{of}: {what}"
        self.announce(title)
        with FitProgress(title, needed) as bar:
            return self.source.scan(scan, bar.update, self.n_jobs)

    def moments(self) -> tuple[FoldSums, ClassSums]:
        """Return the moments of all folds, about means that keep their digits; they are summed once.

        Raises
        ------
        InputError
            No row has a positive weight, or a fold has no rows.
        """
        if self.found is not None:
            return self.found, self.found.classes(training_and_test(self.folds.count))
        p, shares = len(self.source.columns.features), training_and_test(self.folds.count)
        scan = MomentScan(p, self.folds)
        found = self.scan(scan, "cross-products of all folds")
        self.rows = int(found.sizes.sum())
        if self.rows == 0:
            raise InputError("X must have rows of positive weight. Received: none.")
        empty = np.flatnonzero(found.sizes == 0)
        if empty.size:
            raise InputError(
                f"cv must leave rows in every fold. Received: none in fold {empty[0]} of "
                f"{self.folds.count}, of {self.rows:,} rows or their groups. Use fewer folds."
            )
        sums = found.classes(shares)
        means = blurred_means(sums, found.ranges, self.source.columns.indicators)
        if means is not None:
            self.expected += self.expected > 0
            shift = np.append(means, sums.level)
            found = self.scan(replace(scan, shift=shift), "cross-products about the means")
            sums = found.classes(shares)
        self.found = found
        return found, sums

    def moments_of_all(self) -> Moments:
        """Return the moments of all rows, after `moments`."""
        assert self.found is not None
        return self.found.classes(np.ones((self.folds.count, 1))).moments(0, centered=True)

    def divide(self, scales: Array) -> None:
        """Divide the features by scales, shape (p,): in all scans that follow, and in the moments."""
        assert self.found is not None
        columns = self.source.columns
        self.source = self.source.of_columns(replace(columns, scales=tuple(scales.tolist())))
        self.found = self.found.divided(scales)

    def evaluate(
        self,
        problems: Sequence[Problem],
        coefs: Sequence[Array],
        intercepts: Sequence[Array],
        workers: Workers,
    ) -> list[SquaredEvaluation]:
        """Return what `evaluate_squares` does in memory, from one scan."""
        layouts = [problem.design.layout() for problem in problems]
        joined, levels = on_the_array(layouts, coefs, intercepts)
        owner = np.repeat(np.arange(len(problems)), [intercept.size for intercept in intercepts])
        shares = np.stack([problem.weights for problem in problems], axis=1)[:, owner]
        scan = ResidualScan(joined, levels, shares, self.folds)
        return squared_evaluations(problems, coefs, self.scan(scan, "certificates"))
