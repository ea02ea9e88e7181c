"""Folder of a study: one writer, records with checksums, and a plan to resume by."""
