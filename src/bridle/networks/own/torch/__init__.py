"""The user's own PyTorch module: built, read, and freed of its noise."""
