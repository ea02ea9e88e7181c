"""Cross-validation: folds, their fits and scores, and the choice."""
