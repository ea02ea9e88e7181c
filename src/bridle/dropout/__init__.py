"""Dropout: the noise, and the networks that it regularises."""
