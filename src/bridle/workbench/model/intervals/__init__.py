"""Intervals of predictions: from the errors of a study's splits, and CV+ from their models."""
