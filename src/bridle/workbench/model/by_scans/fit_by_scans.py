"""Fit of an elastic net to a table that is not held in memory, by scans of its rows.

The prepared features are the same as in memory: numbers and truth values, standardised with the means
and standard deviations of all rows, which follow from the sums, and levels of categories; see
`LearntColumns`. Features are divided by their standard deviations in the sums and in all later scans.
Folds are a hash of the row's number or group.

In memory the target is standardised too; here it is not. If s is its standard deviation, the
coefficients b here are s times those of the standardised target. Its penalty
``alpha (r |b| + (1 - r) b^2 / 2)``, multiplied by s^2 and written in the b of this target, is
``alpha (r s |b| + (1 - r) b^2 / 2)``. So the equivalent strength is ``alpha k`` at l1_ratio ``r s / k``,
with k = r s + 1 - r. Classes and counts are not standardised in memory either: s = 1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from bridle.elastic_net.cross_validation.cross_validation import CrossValidation
from bridle.elastic_net.loss import SingleOutputLoss
from bridle.elastic_net.penalty.penalty import ElasticNetPenalty
from bridle.elastic_net.solver import CoordinateDescent
from bridle.elastic_net.streaming.fit_rows import cross_validate_rows
from bridle.elastic_net.streaming.moment_scan import FoldsByHash
from bridle.elastic_net.streaming.problems_elsewhere import Settings
from bridle.elastic_net.streaming.reader import Reader, estimate_bytes
from bridle.errors import InputError
from bridle.rows.blocks.batch_columns import MissingValueError
from bridle.threads.workers import count_threads
from bridle.workbench.arm import Arm
from bridle.workbench.arm.linear_arms.elastic_net import ElasticNetArm
from bridle.workbench.arm.linear_predictor import LinearPredictor
from bridle.workbench.arm.names import arm_of
from bridle.workbench.columns.text_rules import Rule
from bridle.workbench.data.preparation import Preparation
from bridle.workbench.model.by_scans.learnt_columns import (
    LearntColumns,
    assumed_columns,
    learn_columns,
)
from bridle.workbench.model.by_scans.preparation_of_sums import (
    centers_of,
    preparation_of_sums,
    scales_of,
)
from bridle.workbench.model.by_scans.scanned_table import NeedsWholeTableError, ScannedTable
from bridle.workbench.model.model import Model
from bridle.workbench.model.model_columns import ModelColumns
from bridle.workbench.model.parts import ModelParts
from bridle.workbench.task import Task
from bridle.workbench.tasks.catalogue import TASK_TYPES

__all__ = ["estimate", "fit_by_scans", "scanned_arm"]

_FOLDS = 5
_STRENGTHS = 20
_SMALLEST_SHARE = 1e-3
_SEED = 0
# Besides its row group, a thread has decoded batches and a block in memory.
_READING = 1 << 26
_WIDEST = 1e9
"""Standard deviation of the target up to which 1 - r s / k has seven correct digits."""


def scanned_arm(name: str) -> ElasticNetArm:
    """Return the arm with a name.

    Raises
    ------
    NeedsWholeTableError
        The arm can only be fitted in memory.
    """
    arm: Arm = arm_of(name)
    if not isinstance(arm, ElasticNetArm) or 0.0 in arm.l1_ratios:
        raise NeedsWholeTableError(
            f"the arm {name!r} needs the table in memory; elastic_net and lasso do not"
        )
    return arm


def estimate(table: ScannedTable, features: int) -> int:
    """Return an estimate of the memory of a fit in bytes, without the program itself."""
    threads = count_threads(None)
    sums = estimate_bytes(features, _FOLDS, threads)
    return sums + threads * (table.source.largest + _READING)


def fit_by_scans(
    table: ScannedTable, arm: ElasticNetArm, announce: Callable[[str], None] = lambda line: None
) -> Model:
    """Fit an elastic net to all rows of a table.

    Twenty strengths and all l1_ratios of the arm are cross-validated on five folds, as in
    `ElasticNetArm`.

    Parameters
    ----------
    table : ScannedTable
    arm : ElasticNetArm
        From `scanned_arm`.
    announce : callable
        Called with a line of text at the beginning of each scan.

    Returns
    -------
    Model
        Without intervals, because these need errors on the rows of the folds.

    Raises
    ------
    InputError
        A value is not finite, or a target is missing; the message names file, row group and column.
    NeedsWholeTableError
        A column of text needs all rows in memory.
    """
    loss = _loss(table)
    columns, reader = _summed(table, announce, 2 if loss.is_quadratic else 0)
    spread = _spread(table, reader)
    preparation = preparation_of_sums(table, columns, reader)
    reader.divide(scales_of(preparation))
    result = cross_validate_rows(
        reader,
        Settings(
            loss,
            ElasticNetPenalty(0.0, 0.0),
            fit_intercept=True,
            standardize=False,
            classes=TASK_TYPES[table.task].is_classification,
        ),
        _STRENGTHS,
        [ratio * spread / _share(ratio, spread) for ratio in arm.l1_ratios],
        CoordinateDescent(),
        eps=_SMALLEST_SHARE,
        rule="min",
        stacklevel=2,
    )
    return _model(table, arm, reader, result, preparation, columns.rules)


def _summed(
    table: ScannedTable, announce: Callable[[str], None], expected: int
) -> tuple[LearntColumns, Reader]:
    """Return the features, and the reader that has summed the cross-products of their columns.

    Missing values are counted only once one is met, since most large tables have none.
    """
    assumed = assumed_columns(table)
    if assumed is not None:
        announce(_plan(table, assumed))
        reader = _reader(table, assumed, announce, expected)
        try:
            reader.moments()
        except MissingValueError:
            announce("Values are missing, so that the columns are counted first.")
        else:
            return assumed, reader
    counting = Reader(table.source, FoldsByHash(1, _SEED), None, announce, 0)
    columns = learn_columns(table, counting)
    if not columns.made_of:
        raise InputError("No feature varies over the rows. Give features that differ between rows.")
    announce(_plan(table, columns))
    reader = _reader(table, columns, announce, expected and expected + counting.scans)
    reader.scans = counting.scans
    reader.moments()
    return columns, reader


def _reader(
    table: ScannedTable, columns: LearntColumns, announce: Callable[[str], None], expected: int
) -> Reader:
    made = table.source.columns.made(columns.names, columns.made_of)
    folds = FoldsByHash(_FOLDS, _SEED)
    return Reader(table.source.of_columns(made), folds, None, announce, expected)


def _plan(table: ScannedTable, columns: LearntColumns) -> str:
    given, made = len(columns.rules), len(columns.names)
    become = f", which become {made:,} columns" if made != given else ""
    return (
        f"{table.path.name}: {table.source.n_rows:,} rows of {given:,} features{become}, fitted by "
        f"scans with about {estimate(table, made) / 1e6:,.0f} MB besides the program's own."
    )


def _loss(table: ScannedTable) -> SingleOutputLoss:
    loss = TASK_TYPES[table.task].scanned_loss
    assert loss is not None  # such tables are not opened
    return loss


def _share(ratio: float, spread: float) -> float:
    """Return k of the module docstring."""
    return ratio * spread + 1 - ratio


def _spread(table: ScannedTable, reader: Reader) -> float:
    """Return the standard deviation of the target if it is standardised, else 1."""
    if not _loss(table).is_quadratic:
        return 1.0
    moments, name = reader.moments_of_all(), table.source.columns.target
    spread = float(np.sqrt(moments.total_squares))
    assert reader.found is not None
    if reader.found.low[-1] == reader.found.high[-1]:
        raise InputError(
            f"The target {name!r} must hold two different numbers. Received: "
            f"{moments.target_mean:g} in all rows."
        )
    if spread > _WIDEST:
        raise InputError(
            f"The target {name!r} must have a standard deviation up to {_WIDEST:g} in a table that is "
            f"scanned. Received: {spread:.3g}. Rescale it."
        )
    return spread


def _model(
    table: ScannedTable,
    arm: ElasticNetArm,
    reader: Reader,
    result: CrossValidation,
    preparation: Preparation,
    rules: Mapping[str, Rule],
) -> Model:
    best = result.best
    path = result.paths[best.ratio_index]
    coef = path.coefs[best.alpha_index].toarray()[:, 0]
    ratio = arm.l1_ratios[best.ratio_index]
    level, spread = 0.0, _spread(table, reader)
    if _loss(table).is_quadratic:
        level = reader.moments_of_all().target_mean
    centers, scales = centers_of(preparation), scales_of(preparation)
    intercept = (path.intercepts[best.alpha_index, 0] + centers / scales @ coef - level) / spread
    predictor = LinearPredictor(
        table.task, (coef / spread)[preparation.kept, None], np.array([intercept])
    )
    labels = _labels(table, reader)
    certificate = path.certificates[best.alpha_index]
    said = (
        f"Fitted by {reader.scans} scans of all {reader.rows:,} rows of {table.path.name}, which were "
        "not held in memory.",
        f"Its penalty strength, chosen by cross-validation on these rows, is alpha = "
        f"{best.alpha / _share(ratio, spread):.4g} at l1_ratio {ratio:g}; "
        f"{np.count_nonzero(coef):,} features have a coefficient.",
        _explained(table, result, spread),
        f"Certified by the rows: relative duality gap {certificate.relative_gap:.2g}.",
    )
    return Model(
        ModelParts(
            arm=arm.name,
            title=arm.title,
            said=said,
            task=Task(table.task, tuple(map(str, labels))),
            labels=labels,
            target_name=str(table.source.columns.target),
            target_mean=level,
            target_scale=spread,
            columns=ModelColumns(
                rules, others=tuple(name for name in table.names if name not in rules)
            ),
            shape=None,
            preparation=preparation,
            feature_names=preparation.names,
            predictor=predictor,
            residuals=None,
        )
    )


def _explained(table: ScannedTable, result: CrossValidation, spread: float) -> str:
    """Return how well the folds' models predict, in a sentence."""
    scores, best = result.mean_scores, result.best
    error = float(scores[best.ratio_index, best.alpha_index])
    if _loss(table).is_quadratic:
        return f"Cross-validated R2: {1 - error / spread**2:.4g}."
    # At its largest strength a path is the null model.
    return f"Cross-validated share of the deviance explained: {1 - error / scores[:, 0].max():.4g}."


def _labels(table: ScannedTable, reader: Reader) -> tuple[Any, ...]:
    """Return the labels of two classes as the target's type has them; none for numbers."""
    if not TASK_TYPES[table.task].is_classification:
        return ()
    assert reader.found is not None
    ends = (float(reader.found.low[-1]), float(reader.found.high[-1]))
    if table.has_truths:
        return (False, True)
    return tuple(int(end) if end == round(end) else end for end in ends)
