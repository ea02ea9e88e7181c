"""`KerasTrainer`: the selection of inputs on Keras, by ``model.fit``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from bridle.backend import load_keras
from bridle.elastic_net.penalty.penalty import ElasticNetPenalty
from bridle.networks.penalty.keras_step import add_step, kernel_array
from bridle.networks.penalty.selection_trainer import SelectionTrainer, finite_means
from bridle.types import AnyArray, Array

__all__ = ["KerasTrainer"]

keras = load_keras()


@dataclass(frozen=True, eq=False)
class KerasTrainer(SelectionTrainer):
    """A compiled model and its rows.

    Parameters
    ----------
    model : keras.Model
    layer : keras.layers.Dense
    rows, validation_rows : (ndarray, ndarray)
    l2 : float
    epochs, batch_size : int
    """

    model: Any
    layer: Any
    rows: tuple[Any, Any]
    validation_rows: tuple[Any, Any]
    l2: float
    epochs: int
    batch_size: int

    def penalise(self, strength: float, factors: Array) -> None:
        """Apply l1 to the inputs of the layer and l2 to all other kernels."""
        penalty = ElasticNetPenalty(float(strength), 0.0, factors=factors)
        add_step(self.model, penalty, [self.layer], "input", None)
        others = [layer for layer in self.model._flatten_layers() if self._is_later(layer)]
        if others:
            add_step(self.model, ElasticNetPenalty(0.0, self.l2), others, "weight", None)

    def _is_later(self, layer: Any) -> bool:
        kernel = getattr(layer, "kernel", None)
        trained = {id(variable) for variable in self.model.trainable_variables}
        return layer is not self.layer and id(kernel) in trained

    def train(self) -> None:
        """Fit for the epochs of one strength."""
        X, y = self.rows
        self.model.fit(X, y, batch_size=self.batch_size, epochs=self.epochs, verbose=0)

    def validation_losses(self, strength: float) -> Array:
        """Return the loss of each validation row."""
        X, y = self.validation_rows
        loss = keras.losses.get(self.model.loss)
        # A loss object averages over rows when called; its ``call`` method does not.
        by_row = loss.call if isinstance(loss, keras.losses.Loss) else loss
        y = keras.ops.convert_to_tensor(y)
        found = by_row(y, keras.ops.convert_to_tensor(self.model.predict(X, verbose=0)))
        losses = np.asarray(keras.ops.convert_to_numpy(found), dtype=np.float64)
        return finite_means(losses, len(X), self.model.loss, strength)

    def kernel(self) -> AnyArray:
        """Return the kernel of the layer."""
        return kernel_array(self.layer)

    def weights(self) -> list[Any]:
        """Return what ``model.set_weights`` takes."""
        return self.model.get_weights()

    def set_weights(self, weights: list[Any]) -> None:
        """Set all weights."""
        self.model.set_weights(weights)
