"""Path: the fits along a grid of strengths, what is read from it, and its picture."""
