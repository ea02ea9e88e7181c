"""The network that an estimator or a study trains: the recipe's, or a copy of the user's."""

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
    """A compiled network that belongs to the estimator.

    Attributes
    ----------
    network : keras.Model
    kind : {"binary", "multiclass", "regression"}
    link : {"linear", "softmax", "sigmoid"}
        What its outputs are.
    features : {"scaled", "given", "ids"}
        What it asks to read.
    loss : OwnLoss or None
        That it is compiled with, where that is another than the task's metric.
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
    """Return how many outputs a network is asked for: one, or one for each of three classes or more."""
    return n_classes if n_classes is not None and n_classes > 2 else 1


def built_network(given: Any, n_features: int | tuple[int, ...], n_outputs: int, seed: int) -> Any:
    """Return a copy of a network of the user's, or what a function of theirs builds.

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
        It is no network, cannot be copied, or the function fails.
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
        output_width(built, n_features)  # draws the weights that wait for a first call
    return built


def _refuse_without_training(network: Any) -> None:
    parameters = inspect.signature(type(network).call).parameters.values()
    if any(one.name == "training" or one.kind is one.VAR_KEYWORD for one in parameters):
        return
    raise InputError(
        "network must be told when it trains, or layers within it would not be. Received: one of the "
        f"class {type(network).__name__}, whose call() has no argument training. Write call(self, "
        "inputs, training=None), and hand it on."
    )


def _copied(network: Any) -> Any:
    """Return a copy with the same weights and the same compilation."""
    from bridle.dropout.surgery.keras.calls import reason_against
    from bridle.dropout.surgery.keras.reading import read_model
    from bridle.dropout.surgery.keras.rebuild import Changes, rebuild

    if network.compiled and type(network).compile is not load_keras().Model.compile:
        raise InputError(
            "network must be compiled by Keras's compile(), or a copy would not be compiled alike. "
            f"Received: one of the class {type(network).__name__}, which has a compile() of its own. "
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
    from bridle.dropout.surgery.keras.calls import sublayers
    from bridle.dropout.surgery.keras.copies import copy_compilation

    # Keras looks its classes and functions up by name, of which it knows only those registered.
    named = [network.loss] if network.compiled else []
    named += [type(one) for one in (network, *sublayers(network), *named)]
    scope = {one.__name__: one for one in named if getattr(one, "__name__", None)}
    try:
        with load_keras().saving.custom_object_scope(scope), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of lambdas, and of optimisers that were never built
            copied = copy.deepcopy(network)
    except Exception as error:
        reason = str(error).strip().partition("\n")[0]
        raise InputError(
            f"network must be a model that can be copied. Received: one of the class "
            f"{type(network).__name__}, of which Keras says: {reason} Give a function that builds it."
        ) from error
    copy_compilation(network, copied)  # Keras's copy of a function has lost what that reads
    return copied


@contextmanager
def _global_seeds(seed: int) -> Iterator[None]:
    """Seed the generators that belong to nobody, and put them back: Python's, NumPy's, Keras's.

    Keras draws from Python's what no argument sets, and functions of users' from any of them.
    """
    kept = load_keras().src.backend.common.global_state
    name = "global_seed_generator"
    before, arrays_before = random.getstate(), np.random.get_state()  # noqa: NPY002
    generator_before = kept.get_global_attribute(name)
    random.seed(seed)
    np.random.seed(seed % 2**32)  # noqa: NPY002
    kept.set_global_attribute(name, None)  # the next one starts from Python's
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
    except Exception as error:  # frameworks say that shapes do not fit in ways of their own
        raise _not_for(n_features, error) from error
    if shape != (2, *shape[1:]) or len(shape) > 2:
        raise InputError(
            f"network must return one row of outputs for each row. Received: shape {shape} for 2 rows."
        )
    return int(shape[1]) if len(shape) == 2 else 1


def _not_for(n_features: int | tuple[int, ...], error: Exception) -> InputError:
    return InputError(
        f"network must take rows of {n_features} features and return one array. "
        f"Received: a network that says: {error}"
    )
