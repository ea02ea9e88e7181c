"""The columns of a table: their meaning, the target, groups and times."""
