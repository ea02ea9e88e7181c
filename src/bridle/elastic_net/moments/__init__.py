"""Moments: means and cross-products of the rows of each fold, which replace a tall X."""
