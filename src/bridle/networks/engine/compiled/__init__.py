"""The engine on JAX: runs in groups, trained by compiled programs."""
