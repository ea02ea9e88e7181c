"""Diagnosis: what the losses of one run show, and what to do about it."""
