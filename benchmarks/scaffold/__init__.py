"""Scaffold of a table of ratios: rows, figures, the file that keeps them, the command, the worker."""
