"""Checks of images and sequences."""
