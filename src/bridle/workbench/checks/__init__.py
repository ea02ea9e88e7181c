"""Checks: one a file, each with a stable code, in rooms by what they look at."""
