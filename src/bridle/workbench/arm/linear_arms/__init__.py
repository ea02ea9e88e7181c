"""Arms that train no network: a constant, linear models, and a null."""
