"""Fingerprint of a built network, which identifies it in any process."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np

from bridle.backend import load_keras
from bridle.files.digest import digest
from bridle.networks.regime import Regime
from bridle.networks.template.keras_template import KerasTemplate, start
from bridle.networks.template.template import Template
from bridle.optimizers import excluded_from_decay, follows_schedule, leaf_optimizers
from bridle.types import AnyArray

__all__ = ["fingerprint"]


_STEPS = (0, 1, 10, 100, 1_000, 10_000, 100_000)
"""Steps at which a learning-rate schedule is evaluated."""


def fingerprint(template: Template, seed: int, X: AnyArray) -> str:
    """Return a digest of a network's settings, initial weights, outputs and optimiser.

    The code that built the network is not used, neither its text nor its address. Names of layers
    are not used either, since Keras numbers layers throughout a process. Differences that settings
    do not show, such as the body of an activation or of a layer's ``call``, show in the outputs.

    Parameters
    ----------
    template : Template
        The network.
    seed : int
        Seed of the initial weights.
    X : ndarray of shape (n, ...), float32
        A few rows.
    """
    if template.framework == "torch":
        from bridle.networks.template.torch.torch_fingerprint import torch_fingerprint
        from bridle.networks.template.torch.torch_template import TorchTemplate

        assert isinstance(template, TorchTemplate)
        return torch_fingerprint(template, seed, X)
    assert isinstance(template, KerasTemplate)
    state = start(template, Regime(), seed)
    with template.lock:
        calls = [
            _call(template, state.trainable, state.non_trainable, X, noisy) for noisy in (0, 1)
        ]
    return digest(
        {
            "settings": _without_names(_settings(template.network), {}),
            "optimizer": _optimizer(template),
            "kind": (template.kind, template.link, template.features),
            "loss": _loss(template, calls[0][0]),
            "state": vars(state),
            "calls": calls,
        }
    )


def _call(
    template: KerasTemplate, trainable: list[Any], others: list[Any], X: AnyArray, noisy: int
) -> tuple[AnyArray, list[float]]:
    """Return the outputs for a few rows and the network's own added losses."""
    convert = load_keras().ops.convert_to_numpy
    outputs, _, losses = template.network.stateless_call(
        trainable, others, X, training=bool(noisy), return_losses=True
    )
    return np.asarray(convert(outputs)), [float(convert(loss)) for loss in losses]


def _loss(template: KerasTemplate, outputs: AnyArray) -> Any:
    """Return the value of a custom loss for these outputs, which stands for its code."""
    if template.loss is None:
        return None
    kinds = [0, 1] if template.kind != "regression" else [-1.0, 2.0]
    convert = load_keras().ops.convert_to_numpy
    return [
        float(convert(template.mean_loss(template.targets(np.full(len(outputs), kind)), outputs)))
        for kind in kinds
    ]


def _settings(layer: Any) -> Any:
    """Return the configuration of a layer or, without one, its class and those of its layers."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about unsafe loading; nothing is loaded here
            return layer.get_config()
    except NotImplementedError:
        parts = [_settings(sublayer) for sublayer in getattr(layer, "layers", ())]
        return [type(layer).__qualname__, *parts]


def _without_names(config: Any, names: dict[str, int]) -> Any:
    """Return a configuration in which names of layers are numbers, in the order of appearance.

    Functions keep their names; a lambda becomes a fixed mark.
    """
    if isinstance(config, Mapping):
        return _without_names_in_mapping(config, names)
    if isinstance(config, list | tuple):
        return [_without_names(item, names) for item in config]
    if config is None or isinstance(config, bool | int | float | str | np.ndarray | np.generic):
        return config
    return getattr(config, "__qualname__", type(config).__qualname__)


def _without_names_in_mapping(config: Mapping[str, Any], names: dict[str, int]) -> Any:
    if config.get("class_name") == "__lambda__" or _is_code(config):
        return "lambda"
    names_layer = any(key in config for key in ("trainable", "batch_shape", "class_name"))
    found: dict[str, Any] = {}
    for key, value in config.items():
        if key == "compile_config":
            continue  # of a nested network; only the outer one is trained
        if key == "name" and names_layer:
            found[key] = _number(value, names)
        elif key in ("keras_history", "input_layers", "output_layers"):
            found[key] = _without_names_in_history(value, names)
        else:
            found[key] = _without_names(value, names)
    return found


def _without_names_in_history(value: Any, names: dict[str, int]) -> Any:
    """Replace names in references to graph nodes (a name and two numbers), also in lists."""
    if isinstance(value, str):
        return _number(value, names)
    if isinstance(value, list | tuple):
        return [_without_names_in_history(item, names) for item in value]
    if isinstance(value, Mapping):
        return {key: _without_names_in_history(item, names) for key, item in value.items()}
    return value


def _number(name: Any, names: dict[str, int]) -> int:
    return names.setdefault(str(name), len(names))


def _is_code(config: Mapping[str, Any]) -> bool:
    """Return whether a value is Keras's form of a lambda as activation: bytes of its code."""
    value = config.get("value")
    return set(config) == {"value"} and isinstance(value, list | tuple) and len(value) == 3


def _optimizer(template: KerasTemplate) -> Any:
    """Return an optimiser's settings, its exclusions from decay, and values of its schedules."""
    weights = template.network.trainable_variables
    leaves = leaf_optimizers(template.optimizer)
    held = load_keras().optimizers.serialize(template.optimizer)
    return (
        _without_names(_unnamed(held), {}),
        [excluded_from_decay(leaf, weights) for leaf in leaves],
        [_speeds(leaf) for leaf in leaves if follows_schedule(leaf)],
    )


def _unnamed(config: Any) -> Any:
    """Return the configuration of an optimiser without names, which Keras numbers."""
    if isinstance(config, Mapping):
        return {key: _unnamed(value) for key, value in config.items() if key != "name"}
    return config


def _speeds(leaf: Any) -> list[float]:
    keras = load_keras()
    rate = leaf._learning_rate
    if isinstance(rate, keras.optimizers.schedules.LearningRateSchedule):
        return [float(keras.ops.convert_to_numpy(rate(step))) for step in _STEPS]
    return [float(rate())]
