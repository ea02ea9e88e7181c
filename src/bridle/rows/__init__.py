"""Rows: blocks of rows from files and clusters, and sums over them that merge in a fixed tree."""
