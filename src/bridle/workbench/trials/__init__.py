"""Trials: the runs of the user's own training loop, handed out one by one, and their verdict."""
