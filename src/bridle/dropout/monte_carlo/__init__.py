"""Monte-Carlo dropout: a distribution of predictions from a network that keeps its dropout."""

from bridle.dropout.monte_carlo.monte_carlo import MonteCarlo as MonteCarlo

__all__ = ["MonteCarlo"]
