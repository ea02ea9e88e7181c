"""Engine that trains networks for an experiment: many runs of one network at once."""
