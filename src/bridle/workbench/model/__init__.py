"""Saved models: the arm that a study recommends, fitted to all rows, with its preparation of columns."""
