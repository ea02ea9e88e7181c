"""Data of a fit: checked, encoded, and scaled by powers of two."""
