"""The experiment: from a table to a verdict, loss curves and a report."""
