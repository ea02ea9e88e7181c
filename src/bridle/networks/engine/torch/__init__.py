"""Training of PyTorch modules: one alone, or small ones side by side."""
