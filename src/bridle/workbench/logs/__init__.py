"""Training logs of frameworks, read as losses by epoch."""
