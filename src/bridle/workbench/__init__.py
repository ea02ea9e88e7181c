"""The experiment: a table goes in, a verdict, curves and a report come out."""
