"""The kinds of tasks: each is a file, and a line of the catalogue."""
