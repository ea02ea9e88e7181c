"""A model in its folder: its description in JSON and arrays, written and read back with checks."""
