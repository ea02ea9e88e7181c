"""Models that are kept: the arm that a study recommends, fitted on all rows, with its preparation."""
