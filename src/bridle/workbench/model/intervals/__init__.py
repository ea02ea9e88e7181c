"""Intervals of predictions, from the errors of a study's splits and, by CV+, from their models."""
