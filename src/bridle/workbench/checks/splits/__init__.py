"""Checks of the splits of a study, before its runs."""
