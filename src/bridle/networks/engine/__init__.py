"""The engine: training of many runs of a network for an experiment."""
