"""Evidence: differences, intervals and trends computed from the records of a study."""
