"""Networks and their training: recipe, user's networks, engine, estimators, penalty on weights."""
