"""Encoding of categories as columns of 0 and 1, with their levels."""
