"""Figures of a study for notebooks and files, and figures as PNG or SVG."""
