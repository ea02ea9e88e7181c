"""Stored network: a network in Keras's format, and its predictions for prepared features."""

from __future__ import annotations

from typing import Any

import numpy as np

from bridle.errors import InputError
from bridle.files.pickled import Pickled
from bridle.networks.estimators.keras_file import check_keras_file, network_from
from bridle.networks.output_kind import Kind, predictions
from bridle.networks.own.building.built_network import output_width
from bridle.networks.own.head import Link
from bridle.networks.own.outputs import linear_outputs
from bridle.types import Array

__all__ = ["StoredNetwork"]


class StoredNetwork(Pickled):
    """A network, read when it is first needed.

    Parameters
    ----------
    content : bytes
        The ``.keras`` file.
    kind : {"binary", "multiclass", "regression", "count", "survival"}
        Kind of the task.
    link : {"linear", "softmax", "sigmoid"}
        How predictions follow from its outputs: as they are, by softmax or by sigmoid.
    row_shape : tuple of int
        Shape of one input row.
    """

    def __init__(self, content: bytes, kind: Kind, link: Link, row_shape: tuple[int, ...]) -> None:
        self.content = content
        self.kind = kind
        self.link = link
        self.row_shape = row_shape
        self._network: Any = None

    def __call__(self, X: Array) -> Array:
        """Return probabilities of shape (n, classes), or numbers of shape (n,)."""
        if self._network is None:
            self._network = network_from(self.content, "The network", "Fit the model again.")
        rows = np.ascontiguousarray(X, dtype=np.float32).reshape(-1, *self.row_shape)
        return predictions(self.kind, linear_outputs(self._network, self.link, rows))

    def check(self, name: str, remedy: str, n_outputs: int) -> None:
        """Refuse a file that is damaged, unsafe, or of another network.

        Raises
        ------
        InputError
            The file is so, or Keras cannot load it.
        """
        check_keras_file(self.content, name, remedy)
        network = network_from(self.content, name, remedy)
        shape = self.row_shape
        width = output_width(network, shape[0] if len(shape) == 1 else shape)
        if width != n_outputs:
            raise InputError(
                f"{name} cannot be used: it has {width} outputs instead of {n_outputs}. {remedy}"
            )
        self._network = network

    def _kept_state(self) -> dict[str, Any]:
        return {**vars(self), "_network": None}
