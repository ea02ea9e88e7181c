"""Evidence: what the records of a study say, in numbers."""
