"""Runs made elsewhere, by another trainer or the user's own training loop."""
