"""Working sets: the features that may be non-zero so far, and solvers for these features alone."""
