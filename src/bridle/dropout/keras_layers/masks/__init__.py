"""Masks of a layer: the stream that they are drawn from, and the rate that they are drawn at."""
