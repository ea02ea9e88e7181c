"""What the solvers are timed on: drawn from a seed, so that every machine sees the same numbers."""

from benchmarks.datasets.gaussian import correlated_gaussian
from benchmarks.datasets.text import bag_of_words

__all__ = ["bag_of_words", "correlated_gaussian"]
