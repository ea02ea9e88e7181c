"""`OwnNetwork`: the network that is trained: the recipe's, or a copy of the user's."""

from __future__ import annotations

import copy
import inspect
import random
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import logit

from bridle import streams
from bridle.backend import load_keras
from bridle.errors import InputError
from bridle.networks.own.asked_features import Features, asked_features, probe_rows
from bridle.networks.own.check_network import check_network
from bridle.networks.own.head import Link, link_of
from bridle.networks.own.own_loss import OwnLoss, own_loss
from bridle.networks.recipe import Kind, Recipe, build_network, compile_network
from bridle.optimizers import carry_exclusions, refuse_function
from bridle.types import AnyArray

__all__ = [
    "ROWS_AT_ONCE",
    "OwnNetwork",
    "built_network",
    "linear_outputs",
    "output_width",
    "outputs_for",
    "own_network",
    "to_linear",
]


ROWS_AT_ONCE = 256
"""Rows of every forward pass: with one shape, a row's prediction depends on no other row's."""


@dataclass(frozen=True)
class OwnNetwork:
    """A compiled network for training, separate from any network of the user.

    Attributes
    ----------
    network : keras.Model
        The network.
    kind : {"binary", "multiclass", "regression"}
        Kind of the task.
    link : {"linear", "softmax", "sigmoid"}
        Kind of its outputs.
    features : {"scaled", "given", "ids"}
        Kind of features it expects.
    loss : OwnLoss or None
        Its training loss, if that is not the metric of the task.
    """

    network: Any
    kind: Kind
    link: Link
    features: Features = "scaled"
    loss: OwnLoss | None = None


def own_network(
    given: Any,
    n_features: int | tuple[int, ...],
    n_classes: int | None,
    recipe: Recipe,
    seed: int,
) -> OwnNetwork:
    """Return a network for training, from the recipe or from the user.

    Parameters
    ----------
    given : None, keras.Model or callable
        The ``network`` argument. A model is copied with its weights; a function is called with the
        numbers of features and outputs.
    n_features : int or tuple of int
        Number of features, at least 1; or the shape of one row, for images and sequences.
    n_classes : int or None
        Number of classes, at least 2; None for regression.
    recipe : Recipe
        Describes the network if ``given`` is None; gives the learning rate for one that is not
        compiled.
    seed : int
        Root seed of the random streams.

    Raises
    ------
    InputError
        ``given`` is not a network, or not one for these features and outputs.
    MissingExtraError
        Keras or its backend is not installed.
    """
    n_outputs = outputs_for(n_classes)
    if given is None:
        assert isinstance(n_features, int)
        kind = _kind(n_outputs, n_classes)
        return OwnNetwork(
            build_network(n_features, n_outputs, kind, recipe=recipe, seed=seed), kind, "linear"
        )
    network = built_network(given, n_features, n_outputs, seed)
    width = output_width(network, n_features)
    if width != n_outputs and width != n_classes:
        allowed = f"{n_outputs} or {n_classes}" if n_classes == 2 else f"{n_outputs}"
        raise InputError(
            f"network must have {allowed} outputs for each row. Received: a network with {width}."
        )
    kind = _kind(width, n_classes)
    features = asked_features(network, n_features)
    link = link_of(network, kind, probe_rows(features, n_features))
    loss = own_loss(network, kind, link, width)
    if not network.compiled:
        compile_network(network, kind, recipe.learning_rate, from_logits=link == "linear")
    return OwnNetwork(network, kind, link, features, loss)


def linear_outputs(network: Any, link: Link, X: AnyArray) -> AnyArray:
    """Return the logits or numbers of a network for float32 features, without noise.

    Probabilities are converted to logits; 0 and 1 are first moved to the nearest float32 inside
    (0, 1).

    Returns
    -------
    ndarray of shape (n, n_outputs)
        In float64.
    """
    n = len(X)
    padded = np.zeros((-(-n // ROWS_AT_ONCE) * ROWS_AT_ONCE, *X.shape[1:]), dtype=np.float32)
    padded[:n] = X
    raw = np.asarray(network.predict(padded, batch_size=ROWS_AT_ONCE, verbose=0))[:n]
    return to_linear(link, raw.reshape(n, -1))


def to_linear(link: Link, raw: AnyArray) -> AnyArray:
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


def outputs_for(n_classes: int | None) -> int:
    """Return the number of outputs: one per class for three classes or more, otherwise one."""
    return n_classes if n_classes is not None and n_classes > 2 else 1


def built_network(given: Any, n_features: int | tuple[int, ...], n_outputs: int, seed: int) -> Any:
    """Return a copy of the user's network, or the network that the user's function builds.

    Parameters
    ----------
    given : keras.Model or callable
        The model, or a function (n_features, n_outputs) that builds it.
    n_features : int or tuple of int
        Number of features, or the shape of one row.
    n_outputs : int
        Number of outputs.
    seed : int
        Root seed of the stream from which the function draws weights.

    Raises
    ------
    InputError
        It is not a network, cannot be copied, or the function fails.
    """
    keras = load_keras()
    if isinstance(given, keras.Model):
        _refuse_without_training(given)
        return _copied(given)
    check_network(given)
    with _global_seeds(streams.integer(seed, "initialisation")):
        try:
            built = given(n_features, n_outputs)
        except Exception as error:
            raise InputError(
                "network must be a function that builds a Keras model from the numbers of features "
                f"and outputs, here {n_features} and {n_outputs}. Received: one that fails with "
                f"{type(error).__name__}: {error}"
            ) from error
        if not isinstance(built, keras.Model):
            raise InputError(
                f"network must build a Keras model. Received: a function that returns {built!r}."
            )
        _refuse_without_training(built)
        output_width(built, n_features)  # a first call creates weights that do not exist yet
    return built


def _refuse_without_training(network: Any) -> None:
    parameters = inspect.signature(type(network).call).parameters.values()
    if any(p.name == "training" or p.kind is p.VAR_KEYWORD for p in parameters):
        return
    raise InputError(
        "network must pass training on to its layers, or their dropout would never act. Received: "
        f"a model of class {type(network).__name__}, whose call() has no argument training. Write "
        "call(self, inputs, training=None), and pass it on."
    )


def _copied(network: Any) -> Any:
    """Return a copy with the same weights, optimiser and loss."""
    from bridle.dropout.surgery.keras.calls import reason_against
    from bridle.dropout.surgery.keras.reading import read_model
    from bridle.dropout.surgery.keras.rebuild import Changes, rebuild

    if network.compiled and type(network).compile is not load_keras().Model.compile:
        raise InputError(
            "network must use Keras's compile(), since a copy cannot repeat another one. Received: a "
            f"model of class {type(network).__name__}, which overrides compile(). Pass a function "
            "that builds and compiles it."
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
    from bridle.dropout.surgery.keras.calls import sublayers
    from bridle.dropout.surgery.keras.copies import copy_compilation

    # Keras looks classes and functions up by name, and finds only registered ones.
    named = [network.loss] if network.compiled else []
    named += [type(item) for item in (network, *sublayers(network), *named)]
    scope = {item.__name__: item for item in named if getattr(item, "__name__", None)}
    try:
        with load_keras().saving.custom_object_scope(scope), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about lambdas and unbuilt optimisers
            copied = copy.deepcopy(network)
    except Exception as error:
        reason = str(error).strip().partition("\n")[0]
        raise InputError(
            "network must be a model that can be copied. Received: one of class "
            f"{type(network).__name__}; Keras reports: {reason} Pass a function that builds it."
        ) from error
    copy_compilation(network, copied)  # Keras's copy of a function lacks its closure
    return copied


@contextmanager
def _global_seeds(seed: int) -> Iterator[None]:
    """Seed the global generators of Python, NumPy and Keras, and restore them afterwards.

    Keras draws unset seeds from Python's generator; a user's function may use any of them.
    """
    kept = load_keras().src.backend.common.global_state
    name = "global_seed_generator"
    before, arrays_before = random.getstate(), np.random.get_state()  # noqa: NPY002
    generator_before = kept.get_global_attribute(name)
    random.seed(seed)
    np.random.seed(seed % 2**32)  # noqa: NPY002
    kept.set_global_attribute(name, None)  # the next one is seeded from Python's
    try:
        with _torch_seed(seed):
            yield
    finally:
        random.setstate(before)
        np.random.set_state(arrays_before)  # noqa: NPY002
        kept.set_global_attribute(name, generator_before)


@contextmanager
def _torch_seed(seed: int) -> Iterator[None]:
    torch = sys.modules.get("torch")
    if torch is None:
        yield
        return
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        yield


def _shape(n_features: int | tuple[int, ...]) -> tuple[int, ...]:
    return (n_features,) if isinstance(n_features, int) else n_features


def output_width(network: Any, n_features: int | tuple[int, ...]) -> int:
    """Return the number of outputs of a network for one row.

    Raises
    ------
    InputError
        It does not accept such rows, or does not return one row of outputs for each.
    """
    keras = load_keras()
    try:
        outputs = network(np.zeros((2, *_shape(n_features)), dtype=np.float32), training=False)
        shape = tuple(keras.ops.shape(outputs))
    except Exception as error:  # each framework raises different errors for wrong shapes
        raise _not_for(n_features, error) from error
    if shape != (2, *shape[1:]) or len(shape) > 2:
        raise InputError(
            f"network must return one row of outputs for each row. Received: shape {shape} for 2 rows."
        )
    return int(shape[1]) if len(shape) == 2 else 1


def _not_for(n_features: int | tuple[int, ...], error: Exception) -> InputError:
    return InputError(
        f"network must take rows of {n_features} features and return one array. "
        f"Received: a network that fails with: {error}"
    )
