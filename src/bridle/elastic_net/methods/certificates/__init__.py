"""Certificates of many solutions at once, in one or two passes over X."""
