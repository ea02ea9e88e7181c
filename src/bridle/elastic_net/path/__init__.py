"""Path: fits along a grid of penalty strengths, with their tables, criteria and plot."""
