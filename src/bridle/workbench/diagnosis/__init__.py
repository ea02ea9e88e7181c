"""Diagnosis of a training run from its losses."""
