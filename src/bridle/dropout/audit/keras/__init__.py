"""The audit of Keras networks, on each of Keras' backends."""
