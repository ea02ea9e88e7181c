"""Checks of the records of a study, after its runs."""
