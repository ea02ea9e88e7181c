"""Training of PyTorch modules: one at a time, or small ones side by side."""
