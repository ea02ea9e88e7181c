"""Scans of columns: their texts and how often each occurs, and their exact medians."""
