"""The audit of PyTorch networks."""
