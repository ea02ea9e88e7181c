"""Templates of PyTorch modules."""
