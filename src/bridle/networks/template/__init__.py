"""Templates: networks built once for many runs, with fingerprints of what they compute."""
