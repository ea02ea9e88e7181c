"""Features that a network asks for: on one scale, as they were given, or as whole numbers."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from bridle.dropout.backend import load_keras
from bridle.dropout.estimators.drawn_weights import outputs_under_drawn_weights

__all__ = ["Features", "asked_features", "probe_rows"]

Array = npt.NDArray[Any]

Features = Literal["scaled", "given", "ids"]
"""Each feature with mean 0 and standard deviation 1; in its own units; whole numbers."""

_ROWS = 8

_OWN_UNITS = (
    "Normalization",
    "Rescaling",
    "Discretization",
    "CategoryEncoding",
    "IntegerLookup",
    "Hashing",
)
"""Layers of Keras that take features in the units that they come in."""

_MOVES_ALONE = frozenset({"Reshape", "Flatten", "Permute", "Identity", "RepeatVector", "Cast"})


def asked_features(network: Any, n_features: int | tuple[int, ...]) -> Features:
    """Return which features a network asks for.

    Whole numbers, where fractions make no difference, whatever the weights: it casts what it reads,
    as an Embedding does. As they were given, where a layer that has the units of the data reads
    them, such as Rescaling or Normalization.

    Parameters
    ----------
    network : keras.Model
        Built; not changed.
    n_features : int or tuple of int
        Of one row.
    """
    if _reads_whole_numbers(network, n_features):
        return "ids"
    return "given" if _has_units(network) else "scaled"


def probe_rows(features: Features, n_features: int | tuple[int, ...]) -> Array:
    """Return a few rows that a network takes: 0 and 1 where it asks for whole numbers."""
    if features == "ids":
        return _whole_rows(n_features)
    shape = (_ROWS, *_shape(n_features))
    return 3 * np.random.default_rng(0).standard_normal(shape, dtype=np.float32)


def _reads_whole_numbers(network: Any, n_features: int | tuple[int, ...]) -> bool:
    rows = _whole_rows(n_features)
    passes = outputs_under_drawn_weights(network, np.concatenate([rows, rows + 0.4, 1 - rows]))
    whole, fractions, others = np.split(np.stack(passes), 3, axis=1)
    return np.array_equal(whole, fractions, equal_nan=True) and not np.array_equal(
        whole, others, equal_nan=True
    )


def _whole_rows(n_features: int | tuple[int, ...]) -> Array:
    shape = (_ROWS, *_shape(n_features))
    return np.random.default_rng(0).integers(0, 2, size=shape).astype(np.float32)


def _shape(n_features: int | tuple[int, ...]) -> tuple[int, ...]:
    return (n_features,) if isinstance(n_features, int) else n_features


def _has_units(network: Any) -> bool:
    from bridle.dropout.keras_surgery.calls import reason_against, sublayers
    from bridle.dropout.keras_surgery.reading import read_model

    layers = load_keras().layers
    with_units = tuple(getattr(layers, name) for name in _OWN_UNITS)
    if reason_against(network) is not None:
        # Of a class with a call() of its own nothing is known but its layers.
        return any(isinstance(one, with_units) for one in sublayers(network))
    features: set[int] = set()
    for index, step in enumerate(read_model(network).graph.steps):
        if not step.inputs and step.layer is None:
            features.add(index)
        elif features.intersection(step.inputs):
            if isinstance(step.layer, with_units):
                return True
            if type(step.layer).__name__ in _MOVES_ALONE:
                features.add(index)
    return False
