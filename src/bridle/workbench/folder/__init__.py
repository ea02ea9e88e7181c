"""The folder of a study: a lock for its only writer, records with checksums, and a plan to continue."""
