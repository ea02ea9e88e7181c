"""The user's network, built or copied, so that the object they passed is never trained."""

from __future__ import annotations

import copy
import inspect
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from bridle import streams
from bridle.backend import load_keras
from bridle.errors import InputError
from bridle.networks.own.building.call_builder import call_builder
from bridle.networks.own.building.check_network import check_network
from bridle.networks.own.building.global_seeds import global_seeds
from bridle.networks.own.building.one_line import one_line
from bridle.networks.own.building.source_framework import is_of_torch
from bridle.optimizers import carry_exclusions, refuse_function

__all__ = ["built_network", "keras_seeds", "output_width"]


def built_network(given: Any, n_features: int | tuple[int, ...], n_outputs: int, seed: int) -> Any:
    """Return a copy of the user's Keras model, or the model that the user's function builds.

    Parameters
    ----------
    given : keras.Model or callable
    n_features : int or tuple of int
        Of one row.
    n_outputs : int
    seed : int
        Root of the stream that the function draws weights from.

    Raises
    ------
    InputError
        ``given`` is not a network or cannot be copied, or the function fails.
    """
    keras = load_keras()
    if isinstance(given, keras.Model):
        _refuse_without_training(given)
        return _copied(given)
    check_network(given)
    if is_of_torch(given):
        raise InputError(
            "network must be a Keras model for an estimator. Received: a PyTorch module, "
            f"{type(given).__name__}. bridle.compare and bridle.Trials train and judge PyTorch modules."
        )
    with keras_seeds(streams.integer(seed, "initialisation")):
        built = call_builder(given, n_features, n_outputs, "a Keras model")
        if not isinstance(built, keras.Model):
            raise InputError(
                f"network must build a Keras model. Received: a function that returns {built!r}."
            )
        _refuse_without_training(built)
        output_width(built, n_features)  # draws the weights that wait for a first call
    return built


def _refuse_without_training(network: Any) -> None:
    parameters = inspect.signature(type(network).call).parameters.values()
    if any(
        parameter.name == "training" or parameter.kind is parameter.VAR_KEYWORD
        for parameter in parameters
    ):
        return
    raise InputError(
        "network must have an argument training in its call(), or its layers would not know when it "
        f"trains. Received: a network of class {type(network).__name__} without it. Write call(self, "
        "inputs, training=None), and pass training on to the layers."
    )


def _copied(network: Any) -> Any:
    """Return a copy with the same weights and the same compilation."""
    from bridle.dropout.surgery.keras.calls import reason_against
    from bridle.dropout.surgery.keras.reading import read_model
    from bridle.dropout.surgery.keras.rebuild import Changes, rebuild

    if network.compiled and type(network).compile is not load_keras().Model.compile:
        raise InputError(
            "network must be compiled by Keras's compile(), or a copy could not be compiled in the same "
            f"way. Received: a network of class {type(network).__name__}, which overrides compile(). "
            "Give a function that builds and compiles it."
        )
    optimizer = network.optimizer if network.compiled else None
    if optimizer is not None:
        refuse_function(optimizer)
    if network.built and reason_against(network) is None:
        copied = rebuild(network, read_model(network), Changes())
    else:
        copied = _deep_copy(network)
    if optimizer is not None:
        weights, copies = network.trainable_variables, copied.trainable_variables
        carry_exclusions(optimizer, weights, copied.optimizer, copies)
    return copied


def _deep_copy(network: Any) -> Any:
    from bridle.dropout.surgery.keras.attributes import carry_attributes
    from bridle.dropout.surgery.keras.calls import sublayers
    from bridle.dropout.surgery.keras.copies import copy_compilation

    # Keras looks classes and functions up by name, and knows only registered ones.
    named = [network.loss] if network.compiled else []
    named += [type(part) for part in (network, *sublayers(network), *named)]
    scope = {item.__name__: item for item in named if getattr(item, "__name__", None)}
    try:
        with load_keras().saving.custom_object_scope(scope), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of lambdas, and of optimisers that were never built
            copied = copy.deepcopy(network)
    except Exception as error:
        reason = str(error).strip().partition("\n")[0]
        raise InputError(
            f"network must be a model that can be copied. Received: a model of class "
            f"{type(network).__name__}, with the error of Keras: {reason} Give a function "
            "that builds it."
        ) from error
    carry_attributes(network, copied)
    copy_compilation(
        network, copied
    )  # Keras copies a lambda without the module variables that it reads
    return copied


@contextmanager
def keras_seeds(seed: int) -> Iterator[None]:
    """Seed the global generators, Keras's own included, which Keras seeds from Python's."""
    kept = load_keras().src.backend.common.global_state
    name = "global_seed_generator"
    before = kept.get_global_attribute(name)
    kept.set_global_attribute(name, None)  # Keras seeds the next one from Python's
    try:
        with global_seeds(seed):
            yield
    finally:
        kept.set_global_attribute(name, before)


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
    except Exception as error:  # each framework has its own errors for shapes that do not fit
        raise _not_for(n_features, error) from error
    if not keras.ops.is_tensor(outputs):
        raise InputError(
            "network must return one array. Received: a network that returns a "
            f"{type(outputs).__name__} of {len(outputs)}. Train each output in a network of its own."
        )
    shape = tuple(keras.ops.shape(outputs))
    if shape != (2, *shape[1:]) or len(shape) > 2:
        raise InputError(
            f"network must return one row of outputs for each row. Received: shape {shape} for 2 rows."
        )
    return int(shape[1]) if len(shape) == 2 else 1


def _not_for(n_features: int | tuple[int, ...], error: Exception) -> InputError:
    return InputError(
        f"network must take rows of {n_features} features and return one array. "
        f"Received: a network that fails with: {one_line(error)}"
    )
