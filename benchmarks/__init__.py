"""How fast bridle is beside its rivals: one objective judges all on the same strengths."""
