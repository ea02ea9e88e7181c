"""Engines: rows of files, of Dask and of Spark, scanned where they are, each by one adapter."""
