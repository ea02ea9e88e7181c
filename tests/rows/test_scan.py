"""Laws of scans: the tree of merges, the cutting of blocks, and the threads do not show in a bit."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from bridle.elastic_net.streaming.moment_scan import FoldsByHash, MomentScan
from bridle.rows.blocks.block import cut_blocks
from bridle.rows.blocks.piece import Piece
from bridle.rows.blocks.used_columns import UsedColumns
from bridle.rows.engines.dask import _scan_partition
from bridle.rows.scan import MergeTree, merge_pairs


def paired(left: str, right: str) -> str:
    return f"({left}{right})"


@pytest.mark.parametrize("count", range(1, 18))
def test_sums_that_arrive_one_by_one_merge_as_levels_do(count):
    states = [chr(ord("a") + k) for k in range(count)]
    tree = MergeTree(paired)
    for state in states:
        tree.add(state)
    level = states
    while len(level) > 1:
        level = merge_pairs(paired, level)
    assert tree.total() == level[0]


def test_no_rows_have_no_sum():
    assert MergeTree(paired).total() is None


@pytest.mark.parametrize(
    "sizes", [[2000], [1, 1999], [700, 0, 700, 600], [512, 512, 976], [1999, 1]]
)
def test_blocks_do_not_depend_on_how_rows_arrive(sizes):
    n, p = 2000, 700
    values = np.random.default_rng(0).normal(size=(n, p + 1))
    names = [f"x{j}" for j in range(p)]
    columns = UsedColumns(tuple(names), "y")
    table = pa.table({name: values[:, j] for j, name in enumerate([*names, "y"])})
    ends = np.cumsum([0, *sizes])
    batches = [
        batch
        for begin, size in zip(ends, sizes, strict=False)
        for batch in table.slice(begin, size).to_batches()
        or [pa.record_batch(table.slice(0, 0).to_pydict(), schema=table.schema)]
    ]
    seen = [
        (block.first, block.features.copy(), block.target.copy())
        for block in cut_blocks(batches, columns, Piece("here", 10))
    ]
    starts = [first for first, _, _ in seen]
    assert starts == list(range(10, 10 + n, len(seen[0][1])))
    assert np.array_equal(np.vstack([features for _, features, _ in seen]), values[:, :p])
    assert np.array_equal(np.concatenate([target for _, _, target in seen]), values[:, p])


def test_arrays_of_a_scan_may_begin_at_any_byte():
    """Those that a cluster unpickles do, and kernels refuse them."""
    held = np.zeros(8 * 3 + 1, dtype=np.uint8)
    shift = held[1:].view(np.float64)
    assert not shift.flags.aligned
    part = pd.DataFrame(np.random.default_rng(1).normal(size=(50, 3)), columns=["a", "b", "y"])
    columns, piece = UsedColumns(("a", "b"), "y"), Piece("partition 0", 0)
    found, expected = (
        _scan_partition(MomentScan(2, FoldsByHash(1, 0), array), part, columns, piece)
        for array in (shift, np.zeros(3))
    )
    assert np.array_equal(found.sums, expected.sums)
