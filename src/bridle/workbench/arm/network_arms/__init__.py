"""Arms that train the network of a study, each regularised in its own way."""
