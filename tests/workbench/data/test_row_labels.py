"""Row labels of X and y: paired by position, unless they contradict that."""

from __future__ import annotations

import pandas as pd
import pytest

from bridle.errors import InputError
from bridle.workbench.columns.foreign_tables import refuse_other_order

OWN, OTHERS = ["r0", "r1", "r2"], ["s0", "s1", "s2"]


@pytest.mark.parametrize(("rows", "labels"), [(OWN, OTHERS), ([1, 2, 3], [2, 3, 4])])
def test_labels_of_two_kinds_are_refused(rows, labels):
    frame, column = pd.DataFrame({"a": [1, 2, 3]}, rows), pd.Series([0, 1, 0], labels)
    with pytest.raises(InputError, match=r"y must have the row labels of X.*to_numpy"):
        refuse_other_order(frame, column, "y")


@pytest.mark.parametrize(("rows", "labels"), [(OWN, range(3)), (range(3), OTHERS), (OWN, OWN)])
def test_labels_that_say_nothing_are_taken_by_position(rows, labels):
    refuse_other_order(pd.DataFrame({"a": [1, 2, 3]}, rows), pd.Series([0, 1, 0], labels), "y")
