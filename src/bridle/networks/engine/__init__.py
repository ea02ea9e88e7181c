"""The engine that trains networks for an experiment: many runs of one network, as fast as it goes."""
