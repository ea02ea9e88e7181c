"""Laws of folds by hash: fixed for ever, of nearly equal size, whole groups."""

from __future__ import annotations

import numpy as np

from bridle.rows.hashed_folds import fold_of_groups, fold_of_rows


def test_folds_are_those_of_earlier_versions():
    numbers = np.array([0, 1, 2, 3, 10**9, 2**63], dtype=np.uint64)
    assert fold_of_rows(numbers, 5, 0).tolist() == [4, 2, 0, 4, 2, 1]
    assert fold_of_groups(["a", "b", 1, 1.0, 2.5], 5, 3).tolist() == [0, 3, 0, 0, 0]


def test_a_fold_is_the_whole_numbers_of_its_share():
    numbers = np.arange(100_000, dtype=np.uint64)
    counts = np.bincount(fold_of_rows(numbers, 7, 1), minlength=7)
    # Five standard deviations of a binomial count.
    assert np.all(np.abs(counts - 100_000 / 7) < 5 * np.sqrt(100_000 * 6 / 49))


def test_seeds_deal_different_folds():
    numbers = np.arange(10_000, dtype=np.uint64)
    same = np.mean(fold_of_rows(numbers, 5, 0) == fold_of_rows(numbers, 5, 1))
    assert 0.17 < same < 0.23


def test_where_a_block_begins_does_not_matter():
    numbers = np.arange(1000, dtype=np.uint64)
    whole = fold_of_rows(numbers, 5, 2)
    assert np.array_equal(whole[300:], fold_of_rows(numbers[300:], 5, 2))


def test_rows_of_a_group_are_in_one_fold():
    labels = np.random.default_rng(0).integers(0, 50, 2000).tolist()
    folds = fold_of_groups(labels, 5, 0)
    held = {
        label: {fold for one, fold in zip(labels, folds, strict=True) if one == label}
        for label in set(labels)
    }
    assert all(len(one) == 1 for one in held.values())
    assert len(set(folds.tolist())) == 5
