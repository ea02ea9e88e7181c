"""Distinct values that are counted for all columns together are those of one column at a time."""

import numpy as np
import pandas as pd

from bridle.workbench.checks.splits.similar_rows.repeats import row_codes
from bridle.workbench.checks.table.few_values import few_values
from bridle.workbench.columns.distinct_values import distinct_values


def table(seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 12))
    floats = rng.integers(0, 4, size=(n, 30)) * rng.choice([1.0, -0.0, 1e-3, 1e90], size=30)
    floats[rng.random(floats.shape) < 0.2] = np.nan
    frame = pd.DataFrame(floats, columns=[f"f{j}" for j in range(30)])
    frame.insert(7, "whole", rng.integers(2**60, 2**60 + 3, size=n))
    frame.insert(3, "text", rng.choice(["a", "b", None], size=n).astype(object))
    frame["true"] = pd.array(rng.choice([True, False, None], size=n), dtype="boolean")
    return frame


def test_values_are_counted_as_one_by_one():
    for seed in range(6):
        for frame in (table(seed), table(seed).iloc[:0]):
            assert distinct_values(frame) == {name: frame[name].nunique() for name in frame}


def test_columns_of_few_values_are_those_found_one_by_one():
    for seed in range(6):
        frame = table(seed)
        for below in (0.5, 2.0, 3.5, 100.0):
            found = {name: (groups, n) for name, groups, n in few_values(frame, below)}
            for name in frame:
                groups = pd.factorize(frame[name], use_na_sentinel=False)[0]
                n_groups = int(groups.max()) + 1
                assert (name in found) == (n_groups < below)
                if name in found:
                    assert found[name][1] == n_groups
                    np.testing.assert_array_equal(found[name][0], groups)


def test_rows_are_equal_by_their_codes_if_all_values_are():
    for seed in range(6):
        frame = pd.concat([table(seed), table(seed)], ignore_index=True)
        frame = frame[[*frame.columns[:12], "true"]]
        frame["f0"] = frame["f0"].where(frame.index % 3 > 0, -frame["f0"])
        target = np.arange(len(frame)) % 2
        codes = row_codes(frame, target)
        rows = [
            (*(None if pd.isna(value) else value for value in row), label)
            for row, label in zip(frame.itertuples(index=False), target, strict=True)
        ]
        for i, one in enumerate(rows):
            for j, other in enumerate(rows):
                assert (codes[i] == codes[j]) == (one == other)


def test_the_place_of_a_number_in_a_row_counts():
    frame = pd.DataFrame({"a": [1.0, 2.0, 3.0, 3.0], "b": [2.0, 1.0, 0.0, -0.0]})
    codes = row_codes(frame, np.zeros(4))
    assert codes[2] == codes[3]
    assert len(set(codes.tolist())) == 3
