"""The user's own network: its outputs, its inputs, its loss, and a copy of it for each run."""
