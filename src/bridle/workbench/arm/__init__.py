"""Arms: one way to fit a file."""
