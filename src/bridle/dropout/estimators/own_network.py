"""The network that an estimator trains: the recipe's, or a copy of the user's."""

from __future__ import annotations

import copy
import random
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from scipy.special import logit

from bridle import streams
from bridle.dropout.backend import load_keras
from bridle.dropout.estimators.check_network import check_network
from bridle.dropout.optimizers import carry_exclusions, refuse_function
from bridle.dropout.recipe import Kind, Recipe, build_network, compile_network
from bridle.errors import InputError

__all__ = [
    "ROWS_AT_ONCE",
    "Link",
    "OwnNetwork",
    "linear_outputs",
    "link_of",
    "output_width",
    "own_network",
    "to_linear",
]

Array = npt.NDArray[Any]
Link = Literal["linear", "softmax", "sigmoid"]

ROWS_AT_ONCE = 256
"""Rows of every forward pass: with one shape, a row's prediction depends on no other row's."""


@dataclass(frozen=True)
class OwnNetwork:
    """A compiled network that belongs to the estimator.

    Attributes
    ----------
    network : keras.Model
    kind : {"binary", "multiclass", "regression"}
    link : {"linear", "softmax", "sigmoid"}
        What its output layer applies.
    """

    network: Any
    kind: Kind
    link: Link


def own_network(
    given: Any,
    n_features: int | tuple[int, ...],
    n_classes: int | None,
    recipe: Recipe,
    seed: int,
) -> OwnNetwork:
    """Return a network to train.

    Parameters
    ----------
    given : None, keras.Model or callable
        The estimator's ``network``. A model is copied, weights included; a function is called with
        the numbers of features and of outputs.
    n_features : int or tuple of int
        At least 1; or the shape of one row, for images and sequences.
    n_classes : int or None
        At least 2; None for regression.
    recipe : Recipe
        The network where none is given; its learning rate for one that is not compiled.
    seed : int
        Root of the streams.

    Raises
    ------
    InputError
        What is given is no network, or none for these features and outputs.
    MissingExtraError
        Keras or its backend is not installed.
    """
    n_outputs = n_classes if n_classes is not None and n_classes > 2 else 1
    if given is None:
        assert isinstance(n_features, int)
        kind = _kind(n_outputs, n_classes)
        return OwnNetwork(
            build_network(n_features, n_outputs, kind, recipe=recipe, seed=seed), kind, "linear"
        )
    network = _copied_or_built(given, n_features, n_outputs, seed)
    width = output_width(network, n_features)
    if width != n_outputs and width != n_classes:
        allowed = f"{n_outputs} or {n_classes}" if n_classes == 2 else f"{n_outputs}"
        raise InputError(
            f"network must have {allowed} outputs for each row. Received: a network with {width}."
        )
    kind = _kind(width, n_classes)
    link = link_of(network, kind)
    if not network.compiled:
        compile_network(network, kind, recipe.learning_rate, from_logits=link == "linear")
    elif kind == "multiclass" and _wants_columns(network):
        raise InputError(
            "network must be compiled with a loss that takes codes of classes. Received: a network "
            "with categorical cross-entropy. Use sparse_categorical_crossentropy, or do not compile it."
        )
    return OwnNetwork(network, kind, link)


def linear_outputs(network: Any, link: Link, X: Array) -> Array:
    """Return the logits or numbers of a network for float32 features, with the noise off.

    Probabilities are turned into logits, those of 0 and 1 into the nearest ones of float32.

    Returns
    -------
    ndarray of shape (n, n_outputs)
        Float64.
    """
    n = len(X)
    padded = np.zeros((-(-n // ROWS_AT_ONCE) * ROWS_AT_ONCE, *X.shape[1:]), dtype=np.float32)
    padded[:n] = X
    raw = np.asarray(network.predict(padded, batch_size=ROWS_AT_ONCE, verbose=0))[:n]
    return to_linear(link, raw.reshape(n, -1))


def to_linear(link: Link, raw: Array) -> Array:
    """Return raw outputs of shape (n, n_outputs) as logits or numbers in double precision."""
    outputs = raw.astype(np.float64)
    single = np.finfo(np.float32)
    if link == "softmax":
        return np.log(np.maximum(outputs, single.tiny))
    if link == "sigmoid":
        return np.asarray(logit(np.clip(outputs, single.tiny, 1 - single.epsneg)))
    return outputs


def _kind(width: int, n_classes: int | None) -> Kind:
    if n_classes is None:
        return "regression"
    return "binary" if width == 1 else "multiclass"


def _copied_or_built(
    given: Any, n_features: int | tuple[int, ...], n_outputs: int, seed: int
) -> Any:
    keras = load_keras()
    if isinstance(given, keras.Model):
        return _copied(given)
    check_network(given)
    with _global_seeds(streams.integer(seed, "initialisation")):
        try:
            built = given(n_features, n_outputs)
        except (TypeError, ValueError) as error:
            raise InputError(
                f"network must build a Keras model from {n_features} features and {n_outputs} outputs. "
                f"Received: a function that says: {error}"
            ) from error
        if not isinstance(built, keras.Model):
            raise InputError(
                f"network must build a Keras model. Received: a function that returns {built!r}."
            )
        if not built.built:
            built.build((None, *_shape(n_features)))
    return built


def _copied(given: Any) -> Any:
    """Return a copy of a network, with its optimiser where it is compiled."""
    optimizer = given.optimizer if given.compiled else None
    if optimizer is not None:
        refuse_function(optimizer)
    with warnings.catch_warnings():
        # An optimiser that was never built has nothing that a copy could take over.
        warnings.filterwarnings("ignore", "Skipping variable loading", UserWarning)
        copied = copy.deepcopy(given)
    if optimizer is not None:
        weights, copies = given.trainable_variables, copied.trainable_variables
        carry_exclusions(optimizer, weights, copied.optimizer, copies)
    return copied


@contextmanager
def _global_seeds(seed: int) -> Iterator[None]:
    """Seed Python's and NumPy's generators for a while.

    Keras draws from Python's what no argument sets, and functions of users' from NumPy's.
    """
    before, arrays_before = random.getstate(), np.random.get_state()  # noqa: NPY002
    random.seed(seed)
    np.random.seed(seed % 2**32)  # noqa: NPY002
    try:
        yield
    finally:
        random.setstate(before)
        np.random.set_state(arrays_before)  # noqa: NPY002


def _shape(n_features: int | tuple[int, ...]) -> tuple[int, ...]:
    return (n_features,) if isinstance(n_features, int) else n_features


def output_width(network: Any, n_features: int | tuple[int, ...]) -> int:
    """Return how many outputs a network has for one row.

    Raises
    ------
    InputError
        It does not take such rows, or does not return one row of outputs for each.
    """
    keras = load_keras()
    try:
        outputs = network(np.zeros((2, *_shape(n_features)), dtype=np.float32), training=False)
        shape = tuple(keras.ops.shape(outputs))
    except (TypeError, ValueError) as error:
        raise InputError(
            f"network must take rows of {n_features} features and return one array. "
            f"Received: a network that says: {error}"
        ) from error
    if shape != (2, *shape[1:]) or len(shape) > 2:
        raise InputError(
            f"network must return one row of outputs for each row. Received: shape {shape} for 2 rows."
        )
    return int(shape[1]) if len(shape) == 2 else 1


def link_of(network: Any, kind: Kind) -> Link:
    """Return what the output layer of a network applies.

    Raises
    ------
    InputError
        It applies something else than the kind of task allows.
    """
    if kind == "regression":
        return "linear"
    from bridle.dropout.keras_surgery.calls import calls, is_model, reason_against
    from bridle.dropout.keras_surgery.roles import activation_of

    last = network
    while is_model(last):
        # Of a class with a call() of its own nothing is known but its layers.
        opaque = reason_against(last) is not None
        last = last.layers[-1] if opaque else [*calls(last)][-1].operation
    name = activation_of(last)
    if name == "softmax" and kind == "multiclass":
        return "softmax"
    if name == "sigmoid" and kind == "binary":
        return "sigmoid"
    if name is None:
        return "linear"
    wanted = "softmax" if kind == "multiclass" else "sigmoid"
    raise InputError(
        f"network must end in a layer that is linear or applies {wanted}. "
        f"Received: a network that ends in {name}."
    )


def _wants_columns(network: Any) -> bool:
    loss = network.loss
    name = loss if isinstance(loss, str) else getattr(loss, "name", getattr(loss, "__name__", ""))
    return "categorical" in str(name).lower() and "sparse" not in str(name).lower()
