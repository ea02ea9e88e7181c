"""Network predictor: a trained network, and its predictions for prepared features."""

from __future__ import annotations

from dataclasses import dataclass

from bridle.networks.engine.train_jobs import outputs_of
from bridle.networks.estimators.keras_file import network_bytes
from bridle.networks.output_kind import predictions
from bridle.networks.template.keras_template import load_state, of_keras
from bridle.networks.template.template import State, Template
from bridle.types import Array

__all__ = ["NetworkPredictor"]


@dataclass(frozen=True, eq=False)
class NetworkPredictor:
    """A network of the study, and its weights.

    Attributes
    ----------
    template : Template
    state : State
    row_shape : tuple of int
        Shape of one input row.
    """

    template: Template
    state: State
    row_shape: tuple[int, ...]

    def __call__(self, X: Array) -> Array:
        """Return probabilities of shape (n, classes), or numbers of shape (n,)."""
        outputs = outputs_of(self.template, self.state, X.reshape(-1, *self.row_shape))
        return predictions(self.template.kind, outputs)

    def to_bytes(self) -> bytes:
        """Return the network with its weights, and without an optimiser, as Keras writes it.

        Raises
        ------
        InputError
            The network contains code, which is not saved in a file.
        """
        network = self.template.network
        with self.template.lock:
            load_state(of_keras(self.template), self.state)
            copied = type(network).from_config(network.get_config())
            copied.build((None, *self.row_shape))
            copied.set_weights(network.get_weights())
        return network_bytes(copied)
