"""What a study of PyTorch networks costs beside loops by hand: ``python -m benchmarks.torch``."""
