"""`DropoutBidirectional`: recurrent dropout in both time directions."""

from __future__ import annotations

from typing import Any

from bridle.backend import load_keras
from bridle.dropout.keras_layers.base import registered, stored_as

__all__ = ["DropoutBidirectional"]

keras = load_keras()
Bidirectional: Any = keras.layers.Bidirectional


@stored_as("Bidirectional")
@registered
class DropoutBidirectional(Bidirectional):
    """A `keras.layers.Bidirectional` around `DropoutLSTM` or `DropoutGRU`.

    Some backends have one fused kernel for both directions. At inference this wrapper uses it, so
    the output equals that of a network without dropout bit for bit. Keras's own wrapper does not
    use it around layers with dropout, not even at inference.

    Parameters as for `keras.layers.Bidirectional`.
    """

    def call(
        self, sequences: Any, initial_state: Any = None, mask: Any = None, training: Any = None
    ) -> Any:
        """Return the outputs of both directions, merged."""
        for layer in (self.forward_layer, self.backward_layer):
            # Keras checks these before it uses the fused kernel.
            layer.cell.dropout = 1.0 if training else 0.0
        return super().call(sequences, initial_state, mask, training)
