"""Runs of a study: every arm on every split, and what they leave."""
