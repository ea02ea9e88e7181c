"""Templates: networks that serve many runs, built once, and known by what they compute."""
