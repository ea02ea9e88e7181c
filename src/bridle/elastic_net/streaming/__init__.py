"""Streaming: fits of rows that are elsewhere, from sums over blocks of rows."""
