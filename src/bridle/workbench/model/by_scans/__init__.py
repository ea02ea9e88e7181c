"""Models of tables that are not held in memory: fitted by sums over their rows."""
