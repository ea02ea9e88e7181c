"""The elastic net and max-norm on the weights of a PyTorch network. Importing it imports PyTorch."""
