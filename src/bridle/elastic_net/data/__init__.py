"""Data of a fit: checked, in the units in which it is solved, and what is said about it."""
