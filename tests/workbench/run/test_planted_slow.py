"""Studies of planted data get the words that a statistician would say; noise is never helped."""

from __future__ import annotations

import pytest
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
