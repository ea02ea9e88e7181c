"""Tracks: how far one problem has come along its path, and what it tries next."""
