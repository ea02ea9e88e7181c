"""Copies of Keras layers, of their state, and of what a model was compiled with."""

from __future__ import annotations

import warnings
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from bridle.backend import load_keras
from bridle.dropout.surgery.keras.calls import sublayers
from bridle.errors import BridleWarning, InputError
from bridle.optimizers import copy_optimizer

__all__ = ["copy_compilation", "copy_layer", "copy_state", "plain_class"]

keras = load_keras()


def plain_class(layer: Any) -> type:
    """Return the nearest class of Keras that a layer's class is, or inherits from."""
    return next(one for one in type(layer).__mro__ if one.__module__.startswith("keras."))


def copy_layer(layer: Any, path: str, /, kind: type | None = None, **changes: Any) -> Any:
    """Return a new layer with the configuration of ``layer``; its weights come with its first call.

    Parameters
    ----------
    layer : keras.Operation
        Not changed.
    path : str
        For messages.
    kind : type, optional
        Class of the copy: the layer's own by default, one that the layer's inherits from to leave
        out what was added to that, or one that takes the same configuration.
    **changes
        Entries of the configuration that shall differ.

    Raises
    ------
    InputError
        The layer's configuration does not make a layer.
    """
    if isinstance(layer, keras.layers.Lambda):
        return _copy_lambda(layer)
    kind = kind or type(layer)
    shared = kind if isinstance(layer, kind) else plain_class(layer)
    try:
        config = {**shared.get_config(layer), **changes}  # type: ignore[attr-defined]
        with keras.saving.custom_object_scope(_functions(layer)):
            return kind.from_config(config)  # type: ignore[attr-defined]
    except Exception as error:
        raise InputError(
            f"The layer {path!r} ({type(layer).__name__}) cannot be copied from its configuration: "
            f"{error}. Give it a get_config() with all arguments of its constructor, and register "
            "functions of yours with keras.saving.register_keras_serializable()."
        ) from error


def copy_state(old: Any, new: Any, path: str) -> None:
    """Give a layer the weights of another, and its other state too if they are of one class.

    Raises
    ------
    InputError
        The number of variables or a shape differs.
    """
    kinds = [[type(one) for one in (layer, *sublayers(layer))] for layer in (old, new)]
    same = kinds[0] == kinds[1]
    sources = old.variables if same else old.weights
    targets = new.variables if same else new.weights
    shapes = [[tuple(one.shape) for one in variables] for variables in (sources, targets)]
    if shapes[0] != shapes[1]:
        raise InputError(
            f"The layer {path!r} ({type(old).__name__}) has variables of shapes {shapes[0]}, a new "
            f"one from its configuration {shapes[1]}: its get_config() leaves something out."
        )
    for source, target in zip(sources, targets, strict=True):
        target.assign(_array(source))
    if same:
        for one, other in zip(*((layer, *sublayers(layer)) for layer in (old, new)), strict=True):
            _copy_what_files_hold(one, other)


def copy_compilation(old: Any, new: Any) -> None:
    """Compile a model like another, with a fresh optimiser and fresh metrics.

    Losses are taken as they are. A model that was not compiled leaves the new one so.

    Warns
    -----
    BridleWarning
        The model's class has a compile() of its own, of which nothing is known.
    """
    if not old.compiled:
        return
    if type(old).compile is not keras.Model.compile:
        warnings.warn(
            f"{type(old).__name__} has a compile() of its own: the new network is not compiled. "
            "Call its compile() with the arguments of the first one.",
            BridleWarning,
            stacklevel=2,
        )
        return
    settings = dict(old._compile_config.config)
    if old.optimizer is not None:
        weights = old.trainable_variables, new.trainable_variables
        settings["optimizer"] = copy_optimizer(old.optimizer, *weights)
    for name in ("metrics", "weighted_metrics"):
        settings[name] = _fresh_metrics(settings[name])
    new.compile(**settings, auto_scale_loss=False)


def _copy_what_files_hold(old: Any, new: Any) -> None:
    """Copy the state that a layer saves in a way of its own: vocabularies, what `adapt` learnt."""
    if type(old).load_own_variables is not keras.Layer.load_own_variables:
        store: dict[str, Any] = {}
        old.save_own_variables(store)
        new.load_own_variables({name: _array(value) for name, value in store.items()})
    if getattr(old, "save_assets", None) is not None:
        with TemporaryDirectory() as folder:
            old.save_assets(folder)
            new.load_assets(folder)


def _array(value: Any) -> np.ndarray[Any, Any]:
    # A training step may give the memory of a variable away: a copy never shares it.
    value = value.value if isinstance(value, keras.Variable) else value
    return np.array(keras.ops.convert_to_numpy(value), copy=True)


def _fresh_metrics(metrics: Any) -> Any:
    if isinstance(metrics, dict):
        return {name: _fresh_metrics(one) for name, one in metrics.items()}
    if isinstance(metrics, (list, tuple)):
        return [_fresh_metrics(one) for one in metrics]
    if isinstance(metrics, keras.Metric):
        return type(metrics).from_config(metrics.get_config())
    return metrics


def _copy_lambda(layer: Any) -> Any:
    # Keras refuses to read a lambda back from a configuration, which may come from anywhere. Here
    # the function itself is at hand.
    return keras.layers.Lambda(
        layer.function,
        output_shape=layer._output_shape,
        mask=layer.mask,
        arguments=dict(layer.arguments),
        name=layer.name,
        dtype=layer.dtype_policy,
        trainable=layer.trainable,
    )


def _functions(layer: Any) -> dict[str, Any]:
    """Return the functions and classes that a layer holds, by their name, for its configuration."""
    held = [type(layer), *vars(layer).values()] if isinstance(layer, keras.Layer) else [type(layer)]
    return {one.__name__: one for one in held if callable(one) and isinstance(one, _NAMED)}


_NAMED = (type, type(_functions))
