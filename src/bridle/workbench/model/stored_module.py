"""Stored module: the state of a PyTorch network as arrays, and its predictions."""

from __future__ import annotations

from typing import Any

import numpy as np

from bridle.errors import InputError
from bridle.files.pickled import Pickled
from bridle.networks.engine.train_jobs import outputs_of
from bridle.networks.output_kind import Kind, predictions
from bridle.networks.own.head import Link
from bridle.networks.recipe import Recipe
from bridle.networks.sources import Source, Structure
from bridle.networks.template.build_template import build_template
from bridle.networks.template.template import State, Template
from bridle.types import AnyArray, Array
from bridle.workbench.arm.network_arm import NetworkArm
from bridle.workbench.arm.network_predictor import NetworkPredictor

__all__ = ["StoredModule", "stored_module"]


class StoredModule(Pickled):
    """Weights and buffers of a PyTorch module, without its code.

    Parameters
    ----------
    values : dict of str to ndarray
        The ``state_dict`` of the module, without the entries of bridle's dropout.
    kind : {"binary", "multiclass", "regression", "count", "survival"}
        Kind of the task.
    link : {"linear", "softmax", "sigmoid"}
        How predictions follow from its outputs: as they are, by softmax or by sigmoid.
    row_shape : tuple of int
        Shape of one input row.
    n_classes : int or None
        Number of classes; None for numbers, counts and survival times.
    source : Recipe, torch.nn.Module, callable or None
        Builds the module. None if it is not known, because code is not saved in a file.
    batch_norm : bool
        Whether the recipe has batch normalisation. Default False.
    """

    def __init__(
        self,
        values: dict[str, AnyArray],
        kind: Kind,
        link: Link,
        row_shape: tuple[int, ...],
        n_classes: int | None,
        source: Source | None,
        *,
        batch_norm: bool = False,
    ) -> None:
        self.values = values
        self.kind = kind
        self.link = link
        self.row_shape = row_shape
        self.n_classes = n_classes
        self.source = source
        self.batch_norm = batch_norm
        self._template: Template | None = None

    def __call__(self, X: Array) -> Array:
        """Return probabilities of shape (n, classes), or numbers of shape (n,).

        Raises
        ------
        InputError
            The source of the module is not known.
        """
        template = self._built()
        held = [self.values[name] for name in template.value_names]
        n = len(template.names)
        state = State(held[:n], [*held[n:], *template.noise(0.0, 0)], [])
        rows = np.ascontiguousarray(X, dtype=np.float32).reshape(-1, *self.row_shape)
        return predictions(self.kind, outputs_of(template, state, rows))

    def with_source(self, source: Source) -> StoredModule:
        """Return a copy with the source of its module, after checking that the weights fit.

        Raises
        ------
        InputError
            The source builds a module with other weights.
        """
        found = StoredModule(
            self.values,
            self.kind,
            self.link,
            self.row_shape,
            self.n_classes,
            source,
            batch_norm=self.batch_norm,
        )
        found._built()
        return found

    def _built(self) -> Any:
        if self._template is not None:
            return self._template
        if self.source is None:
            raise InputError(
                "This model is a PyTorch network of yours, whose weights are saved without its code. "
                "Load it with bridle.load(path, network=...): a module of its architecture, or the "
                "function that was given to the study."
            )
        structure = Structure(
            self.source,
            self.row_shape,
            self.n_classes,
            batch_norm=self.batch_norm,
            numbers=self.kind,
        )
        template: Any = build_template(structure)
        if template.framework != "torch":
            raise InputError(
                "network must build a PyTorch module, because the saved network is one."
            )
        wanted = {name: value.shape for name, value in self.values.items()}
        given = template.value_shapes
        if wanted != given:
            unlike = sorted(
                name for name in wanted.keys() | given.keys() if wanted.get(name) != given.get(name)
            )
            raise InputError(
                "network must be the one that was saved. Received: a module that differs in "
                f"{unlike[0]!r}: saved {wanted.get(unlike[0])}, given {given.get(unlike[0])}."
            )
        self._template = template
        return template

    def _kept_state(self) -> dict[str, Any]:
        source = self.source if isinstance(self.source, Recipe) else None
        return {**vars(self), "_template": None, "source": source}


def stored_module(found: NetworkPredictor, arm: NetworkArm) -> StoredModule:
    """Return the module of a predictor with the weights that it predicts with."""
    template: Any = found.template
    values = [*found.state.trainable, *found.state.non_trainable]
    names = template.value_names
    return StoredModule(
        dict(zip(names, map(np.asarray, values[: len(names)]), strict=True)),
        template.kind,
        template.link,
        found.row_shape,
        template.n_classes,
        arm.source,
        batch_norm=arm.batch_norm,
    )
