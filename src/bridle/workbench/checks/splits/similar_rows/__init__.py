"""Checks of similar rows: equal, nearly equal, or in groups that no column names."""
