"""Columns of a table: what each means, which is the target, and which name rows."""
