"""Studies of planted data get the words that a statistician would say; noise is never helped."""

from __future__ import annotations

import numpy as np
import pytest
from benchmarks.dropout_truth import TRUTHS, true_changes
from benchmarks.planted import KINDS, LINEAR, judged_studies

from bridle.backend import backend_available

pytestmark = pytest.mark.slow

WRONG = frozenset({"helps", "hurts"})


@pytest.mark.parametrize("name", KINDS)
def test_planted_studies_are_told_the_truth(name):
    kind = KINDS[name]
    if kind.arms != LINEAR and (missing := backend_available()) is not None:
        pytest.skip(missing)
    outcome = judged_studies(kind)
    assert outcome.right >= 0.95 * outcome.studies, outcome
    if name.startswith("noise"):
        assert not WRONG & set(outcome.words), outcome


@pytest.mark.parametrize("name", TRUTHS)
def test_dropout_truly_helps_or_hurts_where_studies_are_held_against_that(name):
    """By plain Keras, on rows that no study sees."""
    if (missing := backend_available()) is not None:
        pytest.skip(missing)
    found = true_changes(TRUTHS[name], seeds=6)
    error = found.std(ddof=1) / np.sqrt(len(found))
    assert abs(found.mean()) > 4 * error
    assert (found.mean() < 0) == TRUTHS[name].helps
