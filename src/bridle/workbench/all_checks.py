"""All checks by number, with their names and explanations, for `bridle checks`."""

from __future__ import annotations

from operator import itemgetter

from bridle.workbench.checks.arrays.catalogue import ARRAY_FILES
from bridle.workbench.checks.records.catalogue import RECORD_FILES
from bridle.workbench.checks.splits.catalogue import SPLIT_FILES
from bridle.workbench.checks.table.catalogue import COLUMN_FILES, TARGET_FILES
from bridle.workbench.columns import column_reading
from bridle.workbench.data import row_sample
from bridle.workbench.explanation import Explanation

__all__ = ["EXPLANATIONS", "NAMES"]

_FILES = (
    *COLUMN_FILES,
    *TARGET_FILES,
    *ARRAY_FILES,
    *SPLIT_FILES,
    *RECORD_FILES,
    column_reading,
    row_sample,
)

_AUDIT = Explanation(
    finds="The dropout that acts in a PyTorch network is not the dropout that it should have.",
    matters="It drops in evaluation, at a wrong rate, the same units again, or not at all.",
    remedy="`bridle audit FILE` measures it, and says with each finding what to do.",
)
"""Explanation of the findings BR501 to BR510 of `bridle audit`, which no study has."""

_EXPLAINED: dict[str, Explanation] = {file.CODE: file.EXPLANATION for file in _FILES}

NAMES: dict[str, str] = dict(sorted(code.split() for code in _EXPLAINED)) | {"BR5xx": "audit"}
"""Names of the checks by number."""

EXPLANATIONS: dict[str, Explanation] = {
    code.split()[0]: explanation
    for code, explanation in sorted(_EXPLAINED.items(), key=itemgetter(0))
} | {"BR5xx": _AUDIT}
"""Explanations by number; each stands in the file of its check."""
