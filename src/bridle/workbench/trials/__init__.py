"""Trials: the runs of a training loop of the user's own, handed out one by one, and their verdict."""
