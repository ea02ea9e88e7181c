"""What dropout costs beside the framework's own: ``python -m benchmarks.dropout``."""
