"""Fits of rows that are not in memory, beside scans that only add, and beside Spark ML."""
