"""Networks that are trained: bridle's own and the user's, the engine, estimators, the penalty."""
