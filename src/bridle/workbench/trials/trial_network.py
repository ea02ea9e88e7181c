"""Network of a trial: built with the seed's weights, its own dropout replaced by that of the arm."""

from __future__ import annotations

import copy
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from bridle import streams
from bridle.dropout.surgery import add_dropout, remove_dropout
from bridle.errors import InputError
from bridle.files.digest import digest
from bridle.framework import framework_of
from bridle.networks.own.building.built_network import keras_seeds
from bridle.networks.own.building.global_seeds import global_seeds

__all__ = ["network_for", "noise_free", "seed_everything"]


def network_for(
    given: Any, seed: int, rate: float | None, *, own: bool, schedule: Any
) -> tuple[Any, str]:
    """Return the network of a trial, and a digest of the weights that it starts from.

    Parameters
    ----------
    given : callable, torch.nn.Module or keras.Model
        A function without arguments that builds a network; or a network, which is copied.
    seed : int
    rate : float or None
        Rate of the dropout after each hidden layer; None for a network without dropout.
    own : bool
        Whether the network keeps its own dropout, at its own rates, instead of bridle's.
    schedule : Schedule, dict or None
        Schedule of the rate of bridle's dropout.

    Raises
    ------
    InputError
        The function fails or returns no network, or dropout cannot be inserted into the network.
    """
    network = _built(given, seed)
    weights = digest([[weight.shape, weight.tobytes()] for weight in _weights(network)])
    if own and rate is not None:
        return network, weights
    plain = remove_dropout(network)
    if rate is None:
        return plain, weights
    noise = streams.integer(seed, "noise")
    return add_dropout(plain, rate, seed=noise, schedule=schedule), weights


def _built(given: Any, seed: int) -> Any:
    if _is_network(given):
        return copy.deepcopy(given) if framework_of(given) == "torch" else given
    if not callable(given):
        raise InputError(
            "build must be a function without arguments that builds a network, or a network. "
            f"Received: {given!r}."
        )
    number = streams.integer(seed, "initialisation")
    seeded = keras_seeds if "keras" in sys.modules else global_seeds
    with seeded(number):
        built = given()
    if not _is_network(built):
        raise InputError(
            "build must return a torch.nn.Module or a keras.Model. Received: a function that "
            f"returns {built!r}."
        )
    return built


def _is_network(given: Any) -> bool:
    try:
        framework_of(given)
    except InputError:
        return False
    return not isinstance(given, type)


def _weights(network: Any) -> list[Any]:
    if framework_of(network) == "torch":
        return [np.asarray(parameter.detach().cpu()) for parameter in network.parameters()]
    return [np.asarray(weight) for weight in network.get_weights()]


def seed_everything(seed: int) -> None:
    """Seed the global generators of Python, NumPy, PyTorch and Keras."""
    import random

    number = streams.integer(seed, "trial")
    random.seed(number)
    np.random.seed(number)  # noqa: NPY002
    torch, keras = sys.modules.get("torch"), sys.modules.get("keras")
    if torch is not None:
        torch.manual_seed(number)
    if keras is not None:
        keras.utils.set_random_seed(number)


@contextmanager
def noise_free(network: Any) -> Iterator[Any]:
    """Yield a network with its noise off, a PyTorch module without gradients; restore it at the end."""
    if framework_of(network) == "keras":
        yield network  # a Keras network gets training=False in its call
        return
    torch = sys.modules["torch"]
    trained = [module for module in network.modules() if module.training]
    network.train(mode=False)
    try:
        with torch.no_grad():
            yield network
    finally:
        for part in trained:
            part.training = True
