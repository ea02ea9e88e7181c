"""Monte-Carlo dropout: a distribution of predictions from a network with dropout."""

from bridle.dropout.monte_carlo.monte_carlo import MonteCarlo as MonteCarlo

__all__ = ["MonteCarlo"]
