"""Checks of data, splits and records: one per file, each with a stable code."""
