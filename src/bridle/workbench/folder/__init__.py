"""The folder of a study: one writer, records with checksums, and a plan for continuation."""
