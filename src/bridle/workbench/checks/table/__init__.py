"""Checks of a table: their functions are run on its columns before anything is fitted."""
