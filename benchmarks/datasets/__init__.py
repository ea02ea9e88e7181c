"""What the solvers are timed on: the same numbers on every machine, drawn from a seed or read."""

from benchmarks.datasets.gaussian import correlated_gaussian
from benchmarks.datasets.real import standardised_file
from benchmarks.datasets.text import bag_of_words

__all__ = ["bag_of_words", "correlated_gaussian", "standardised_file"]
