"""Moments: sums over the rows of each fold, which replace X when it is tall."""
