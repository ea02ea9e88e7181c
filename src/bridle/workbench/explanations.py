"""Explanations of all checks by number, for `bridle checks`; each is defined beside its check."""

from __future__ import annotations

import typing

from bridle.workbench.checks.arrays import blank_rows
from bridle.workbench.checks.records import (
    grid_edge,
    minimum_norm,
    non_convergence,
    null_beats_dummy,
    separation,
    too_good,
)
from bridle.workbench.checks.splits import (
    class_imbalance,
    crossing_groups,
    drift,
    dropout_places,
    sorted_rows,
    too_few_rows,
    untested_class,
)
from bridle.workbench.checks.splits.similar_rows import (
    duplicate_rows,
    likely_groups,
    near_duplicates,
)
from bridle.workbench.checks.table import (
    constant_column,
    identifier_column,
    likely_leak,
    missing_values,
    sentinel_values,
    target_leak,
)
from bridle.workbench.columns import column_reading
from bridle.workbench.data import row_sample
from bridle.workbench.explanation import Explanation

__all__ = ["EXPLANATIONS", "NAMES"]


class _CheckFile(typing.Protocol):
    """The names that the file of a check defines, besides the check itself."""

    CODE: str
    EXPLANATION: Explanation


_FILES: tuple[_CheckFile, ...] = (
    identifier_column,
    constant_column,
    missing_values,
    class_imbalance,
    too_few_rows,
    grid_edge,
    non_convergence,
    column_reading,
    sentinel_values,
    likely_leak,
    too_good,
    minimum_norm,
    separation,
    likely_groups,
    drift,
    blank_rows,
    untested_class,
    row_sample,
    target_leak,
    duplicate_rows,
    sorted_rows,
    crossing_groups,
    null_beats_dummy,
    near_duplicates,
    dropout_places,
)

_AUDIT = Explanation(
    finds="The dropout that acts in a PyTorch network is not the dropout that it should have.",
    matters="It drops in evaluation, at a wrong rate, the same units again, or not at all.",
    remedy="`bridle audit FILE` measures it, and says with each finding what to do.",
)
"""Explanation of the findings BR501 to BR510 of `bridle audit`, which no study has."""

EXPLANATIONS = {file.CODE.split()[0]: file.EXPLANATION for file in _FILES} | {"BR5xx": _AUDIT}
"""Explanations by number, in order; the checks are in the catalogues of `bridle.workbench.checks`."""

NAMES = dict(file.CODE.split() for file in _FILES) | {"BR5xx": "audit"}
"""Names of the checks by number."""
