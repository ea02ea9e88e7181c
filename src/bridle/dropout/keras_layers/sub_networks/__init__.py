"""Sub-networks on Keras: layers that drop blocks of units and compute only with the rest."""
