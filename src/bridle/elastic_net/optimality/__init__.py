"""Optimality of a solution: its certificate, and the dual problem and KKT conditions behind it."""
