"""Laws of samples of large tables: which rows, how many, and that they are said."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd
import pytest

import bridle
from bridle.errors import InputError
from bridle.workbench.data.dataset import from_arrays
from bridle.workbench.data.read_file.regular_lines import RegularLines
from bridle.workbench.data.read_file.sampled_lines import _Drawn, sampled_lines
from bridle.workbench.data.read_table import read_table_file, read_table_sample
from bridle.workbench.data.row_sample import enough_rows, most_rows, sample_rows, sampled

RNG = np.random.default_rng(0)
TABLE = pd.DataFrame(
    {
        "x": RNG.normal(size=3000),
        "city": RNG.choice(["Oslo", 'the "Hague", NL', "Köln"], 3000),
        "code": [f"0{i}" for i in range(3000)],
        "y": RNG.choice(["yes", "no"], 3000),
    }
)


def write(folder, name="t.csv", **how):
    TABLE.to_csv(folder / name, index=False, **how)
    return folder / name


@pytest.mark.parametrize(
    "how",
    [{}, {"sep": ";"}, {"encoding": "cp1252"}, {"encoding": "utf-16"}, {"lineterminator": "\r\n"}],
)
@pytest.mark.parametrize("name", ["t.csv", "t.csv.gz"])
def test_rows_of_a_sample_are_those_of_the_table_with_their_lines(tmp_path, name, how):
    path = write(tmp_path, name, **how)
    found, total = read_table_sample(path, lambda columns: 100 * columns)
    assert total == 3000
    assert len(found.frame) == 400
    whole = read_table_file(path)
    pd.testing.assert_frame_equal(found.frame, whole.frame.loc[found.frame.index])
    assert [note for note in whole.notes if note not in found.notes] == []


def test_a_sample_depends_on_the_rows_alone(tmp_path, monkeypatch):
    path = write(tmp_path)
    first, _ = sampled_lines(path, lambda _: 500)
    monkeypatch.setattr("bridle.workbench.data.read_file.sampled_lines._PIECE", 1000)
    second, _ = sampled_lines(path, lambda _: 500)
    assert first.raw == second.raw
    np.testing.assert_array_equal(first.lines, second.lines)


def test_each_row_is_drawn_as_often_as_any_other():
    counts = Counter()
    for seed in range(2000):
        drawn = _Drawn(3, np.random.default_rng(seed))
        for first in range(
            0, 20, 5
        ):  # more than twice as many as are left: it is thinned on the way
            starts = np.arange(0, 10, 2)
            drawn.take(b"a\nb\nc\nd\ne\n", RegularLines(starts, starts // 2), first)
        drawn.leave_most()
        assert len(drawn.texts) == 3
        counts.update(np.concatenate(drawn.lines).tolist())
    # 300 times each; a standard deviation is 16.
    assert all(abs(counts[row] - 300) < 80 for row in range(20))


def test_a_smaller_table_is_read_whole(tmp_path):
    found, total = read_table_sample(write(tmp_path), lambda _: 3000)
    assert total is None
    assert len(found.frame) == 3000


def test_a_table_whose_rows_must_be_split_is_read_whole_and_sampled(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a,b\n" + '1,"x\ny"\n' * 300)
    assert read_table_sample(path, lambda _: 100)[1] is None


def test_enough_rows_grow_with_the_columns():
    assert enough_rows(30) == 50_000
    assert enough_rows(1000) == 200_000


@pytest.mark.parametrize("rows", [0, 99, -1, 1.5, True, "some", "", [100]])
def test_what_is_no_number_of_rows_is_refused(rows):
    with pytest.raises(InputError, match="rows must be"):
        most_rows(rows)


def test_a_study_says_which_rows_it_used():
    X = RNG.normal(size=(900, 2))
    y = X[:, 0] + RNG.normal(size=900)
    study = bridle.compare(X, y, arms=["linear", "elastic_net"], seeds=2, rows=300)
    assert "300 of 900 rows, drawn at random" in str(study)
    assert study.verdict.checks[0].code == "BR119 row-sample"
    assert "drawn at random from the 900" in str(study.model())
    assert len(bridle.compare(X, y, arms=["linear"], seeds=2, rows="all").dataset.target) == 900


def test_a_sample_without_a_class_is_refused():
    without = np.setdiff1d(np.arange(900), sample_rows(900, 100))[:3]
    y = np.where(np.isin(np.arange(900), without), "rare", np.where(np.arange(900) % 2, "a", "b"))
    dataset = from_arrays(RNG.normal(size=(900, 2)), y)
    with pytest.raises(InputError, match="without any of class 'rare'"):
        sampled(dataset, 100)


def test_a_splitter_needs_all_rows():
    from sklearn.model_selection import KFold

    X = RNG.normal(size=(900, 2))
    with pytest.raises(InputError, match='rows must be "all" if splits is a splitter'):
        bridle.compare(X, X[:, 0], arms=["linear"], splits=KFold(3), rows=100)
