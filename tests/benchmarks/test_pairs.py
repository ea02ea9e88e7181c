from __future__ import annotations

from benchmarks.scaffold.figures import Figures
from benchmarks.scaffold.pairs import Pair, compare


class Clock:
    """Time that passes only where a call says so."""

    def __init__(self):
        self.now = 0.0
        self.calls = []

    def __call__(self):
        return self.now

    def taking(self, name, seconds):
        def call():
            self.calls.append(name)
            self.now += seconds

        return call


def test_ratio_is_ours_over_theirs():
    clock = Clock()
    pair = Pair(clock.taking("ours", 1.0), clock.taking("theirs", 4.0))
    assert compare(pair, 11, clock=clock) == Figures(1.0, 4.0, 0.25, 11)


def test_sides_take_turns_after_a_warm_up():
    clock = Clock()
    compare(Pair(clock.taking("a", 1.0), clock.taking("b", 1.0)), 3, clock=clock)
    assert "".join(clock.calls) == "aaabbb" + "ab" + "abbaab"


def test_short_calls_are_repeated():
    clock = Clock()
    compare(Pair(clock.taking("a", 0.25), clock.taking("b", 1.0)), 1, least=1.0, clock=clock)
    assert "".join(clock.calls) == "aaabbb" + "ab" + "aaaab"
