"""Moments: sums over rows that stand for X, by fold."""
