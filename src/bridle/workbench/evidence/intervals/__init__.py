"""Intervals of mean differences, their correction for several comparisons, and their power."""
