"""Blocks: a few thousand rows in memory, cut from the batches that a source yields."""
