"""Models of tables that are not held in memory, fitted from sums over their rows."""
