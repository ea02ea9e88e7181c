"""Recurrent dropout in both directions of time."""

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

    Where a backend has one kernel for both directions, it runs at inference, as without dropout,
    and the output is the same bit for bit. Keras's own wrapper, around layers with dropout, leaves
    that kernel out at inference too. Parameters as there.
    """

    def call(
        self, sequences: Any, initial_state: Any = None, mask: Any = None, training: Any = None
    ) -> Any:
        """Return the outputs of both directions, merged."""
        for layer in (self.forward_layer, self.backward_layer):
            # What Keras asks before it takes the one kernel.
            layer.cell.dropout = 1.0 if training else 0.0
        return super().call(sequences, initial_state, mask, training)
