"""Readings of text: numbers, dates, quantities, coordinates and durations."""
