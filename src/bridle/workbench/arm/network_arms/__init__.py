"""The arms that train the network of a study, each with a different regulariser."""
