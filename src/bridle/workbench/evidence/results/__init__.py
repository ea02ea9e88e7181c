"""Results of two arms: pairs of runs over random splits, or predictions on one fixed test set."""
