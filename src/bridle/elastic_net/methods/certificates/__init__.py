"""Certificates of many solutions at once, from one or two readings of X."""
