"""Streaming: fits of rows that are in files or on a cluster, from sums over blocks of rows."""
