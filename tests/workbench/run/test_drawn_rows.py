"""Laws of the rows of a study: drawn once, kept with their dataset alone, and not for ever."""

from __future__ import annotations

import gc
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

import bridle
from bridle.workbench.data.dataset import from_arrays
from bridle.workbench.protocol import Protocol
from bridle.workbench.run import drawn_rows
from bridle.workbench.run.draw_split import part_rows
from bridle.workbench.splits import Folds, Holdout

RNG = np.random.default_rng(0)
X = RNG.normal(size=(80, 3))
Y = X[:, 0] + RNG.normal(size=80)


@pytest.fixture
def asked(monkeypatch):
    """Return how often the rows of each run were drawn."""
    counts = Counter()
    draw = Holdout.parts

    def counted(self, table, test_share, validation_share, run):
        counts[run] += 1
        return draw(self, table, test_share, validation_share, run)

    monkeypatch.setattr(Holdout, "parts", counted)
    return counts


def test_a_study_draws_the_rows_of_each_run_once(asked, tmp_path):
    bridle.compare(X, Y, arms=["linear"], seeds=4, out=tmp_path / "s", model=False)
    assert asked == {0: 1, 1: 1, 2: 1, 3: 1}


def test_other_rules_and_other_data_have_rows_of_their_own():
    one, other = from_arrays(X, Y), from_arrays(X[:60], Y[:60])
    plain = Protocol(seeds=(0, 1), splits=Holdout())
    rules = [
        plain,
        replace(plain, test_share=0.5),
        replace(plain, validation_share=0.5),
        replace(plain, train_share=0.5),
        replace(plain, splits=Folds(4)),
    ]
    found = [part_rows(one, rule, 0) for rule in rules]
    assert len({tuple(map(len, parts)) for parts in found}) == len(rules)
    assert not np.array_equal(part_rows(one, plain, 1)[2], found[0][2])
    assert max(map(np.max, part_rows(other, plain, 0))) < 60
    for rule, parts in zip(rules, found, strict=True):
        for again in (part_rows(one, rule, 0), part_rows(from_arrays(X, Y), rule, 0)):
            assert all(map(np.array_equal, again, parts))


def test_rows_cannot_be_written_and_leave_with_their_dataset():
    data = from_arrays(X, Y)
    train = part_rows(data, Protocol(seeds=(0, 1)), 0)[0]
    place = id(data)
    assert place in drawn_rows._DRAWN
    with pytest.raises(ValueError, match="read-only"):
        train[0] = 0
    del data
    gc.collect()
    assert place not in drawn_rows._DRAWN


def test_splits_beyond_the_memory_for_them_are_drawn_anew(asked, monkeypatch):
    monkeypatch.setattr(drawn_rows, "_MOST", 2 * len(Y))
    data, rules = from_arrays(X, Y), Protocol(seeds=(0, 1, 2))
    for _ in range(3):
        for seed in rules.seeds:
            part_rows(data, rules, seed)
    assert asked == {0: 1, 1: 1, 2: 3}
