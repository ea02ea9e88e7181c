"""Audit of the dropout that acts in a network: measured while it runs, not read from its code."""
