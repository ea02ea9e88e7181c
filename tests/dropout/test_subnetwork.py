"""The draw of sub-network dropout: laws of the mathematics, with NumPy."""

from __future__ import annotations

from math import comb

import numpy as np
import pytest

from bridle import streams
from bridle.dropout.noise import Noise
from bridle.dropout.subnetwork import UnitBlocks, Work, default_block_size, group_bounds
from bridle.errors import InputError

BLOCKS = {
    "half of 64": UnitBlocks(64, 0.5),
    "a fifth of 10": UnitBlocks(10, 0.2),
    "blocks of 8": UnitBlocks(256, 0.3),
    "none dropped": UnitBlocks(32, 0.0),
    "all dropped": UnitBlocks(32, 1.0),
    "one unit": UnitBlocks(1, 0.5),
}

every_kind = pytest.mark.parametrize("blocks", BLOCKS.values(), ids=BLOCKS)


def draws(blocks, count, seed=0):
    return streams.generator(seed, "blocks").random((count, blocks.n_blocks))


@pytest.mark.parametrize(
    ("units", "size"), [(1, 1), (31, 1), (32, 2), (64, 4), (96, 4), (128, 8), (1024, 8), (130, 2)]
)
def test_block_size_is_the_largest_that_leaves_sixteen_blocks(units, size):
    assert default_block_size(units) == size


@every_kind
def test_exactly_k_blocks_are_kept_whole(blocks):
    for draw in draws(blocks, 20):
        present = blocks.selection(draw, np).present.reshape(-1, blocks.block_size)
        assert (present == present[:, :1]).all()
        assert present[:, 0].sum() == blocks.kept_blocks


@every_kind
def test_position_is_the_inverse_of_kept(blocks):
    for times in (1, 3):
        found = blocks.selection(draws(blocks, 1)[0], np).repeated(times, np)
        assert (found.position[found.kept] == np.arange(found.n_kept)).all()
        assert sorted(found.kept) == np.flatnonzero(found.present).tolist()
        assert len(found.present) == found.n_units == times * blocks.n_units
        assert sorted(found.blocks(found.kept)) == np.flatnonzero(found.present_blocks).tolist()


def test_counts_are_hypergeometric():
    blocks, half, n = UnitBlocks(16, 0.375), 8, 20_000
    present = np.array([blocks.selection(one, np).present for one in draws(blocks, n)])
    k, total = blocks.kept_blocks, blocks.n_blocks
    share = k / total
    assert (np.abs(present.sum(0) - n * share) < 5 * np.sqrt(n * share * (1 - share))).all()
    counts = np.bincount(present[:, :half].sum(1), minlength=half + 1)
    expected = n * np.array(
        [comb(half, i) * comb(total - half, k - i) / comb(total, k) for i in range(half + 1)]
    )
    seen = expected > 5
    chi2 = ((counts - expected)[seen] ** 2 / expected[seen]).sum()
    assert chi2 < 40  # 7 degrees of freedom: beyond it with probability 1e-6


@every_kind
def test_mean_of_the_multiplier_is_one(blocks):
    multipliers = [
        blocks.multiplier(blocks.selection(one, np), lambda x: x.astype(float))
        for one in draws(blocks, 4000)
    ]
    mean, rate = np.mean(multipliers, axis=0), 1 - 1 / blocks.scale if blocks.scale else 0.0
    spread = 5 * np.sqrt(rate / (1 - rate) / 4000)
    assert np.allclose(mean, float(blocks.scale > 0), atol=spread + 1e-12, rtol=0)


@pytest.mark.parametrize(("rows", "groups"), [(8, 2), (7, 3), (1, 2), (5, 5)])
def test_groups_are_those_of_noise(rows, groups):
    bounds = group_bounds(rows, groups)
    owner = np.repeat(np.arange(groups), np.diff(bounds))
    assert (owner == Noise(groups=groups).group_rows(rows)).all()


def test_it_pays_on_many_rows_and_not_on_few():
    for groups in (1, 4):
        assert Work.pays([Work(512, 1_000_000, 250_000)], groups)
        assert not Work.pays([Work(4, 1_000_000, 250_000)], groups)
        assert not Work.pays([Work(512, 1_000_000, 1_000_000)], groups)
    assert Work.pays([Work(40, 1_000_000, 250_000)], 1)
    assert not Work.pays([Work(40, 1_000_000, 250_000)], 4)


@pytest.mark.parametrize("size", [0, 3, True, "8", 2.0])
def test_wrong_block_size_is_refused(size):
    with pytest.raises(InputError, match="block_size must be a divisor of the number of units, 64"):
        UnitBlocks(64, 0.5, size)
