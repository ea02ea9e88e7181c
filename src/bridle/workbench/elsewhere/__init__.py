"""Runs made elsewhere: by another trainer, or a loop of the user's own."""
