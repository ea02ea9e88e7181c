"""Sub-networks in Keras: chains of layers that drop blocks of units and compute only the others."""
