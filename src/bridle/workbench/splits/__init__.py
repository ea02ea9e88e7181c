"""Split protocols: the training, validation and test rows of each run of a study."""

from bridle.workbench.splits.base import Parts as Parts
from bridle.workbench.splits.base import Splits as Splits
from bridle.workbench.splits.base import Table as Table
from bridle.workbench.splits.choose import as_splits, seeds_of, splits_from_options
from bridle.workbench.splits.folds import Folds
from bridle.workbench.splits.from_splitter import FromSplitter
from bridle.workbench.splits.holdout import Holdout
from bridle.workbench.splits.nested import Nested
from bridle.workbench.splits.time_folds import TimeFolds

__all__ = [
    "Folds",
    "FromSplitter",
    "Holdout",
    "Nested",
    "Parts",
    "Splits",
    "Table",
    "TimeFolds",
    "as_splits",
    "seeds_of",
    "splits_from_options",
]
