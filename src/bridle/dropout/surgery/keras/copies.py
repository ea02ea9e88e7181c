"""Copies of Keras layers, of their state, and of a model's compilation."""

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
    """Return the class of a layer or, for a custom class, its nearest Keras base class."""
    return next(base for base in type(layer).__mro__ if base.__module__.startswith("keras."))


def copy_layer(layer: Any, path: str, /, kind: type | None = None, **changes: Any) -> Any:
    """Return a new layer with the configuration of ``layer``; its first call creates its weights.

    Parameters
    ----------
    layer : keras.Operation
        Not changed.
    path : str
        Path of the layer, for messages.
    kind : type, optional
        Class of the copy: by default the layer's own; a base class, without the additions of the
        layer's class; or another class with the same configuration.
    **changes
        Entries of the configuration to change.

    Raises
    ------
    InputError
        The layer cannot be made from its configuration.
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
            f"{error}. Write a get_config() with all arguments of its constructor, and register "
            "custom functions with keras.saving.register_keras_serializable()."
        ) from error


def copy_state(old: Any, new: Any, path: str) -> None:
    """Copy the weights of a layer to another, and other state too if both have the same class.

    Raises
    ------
    InputError
        The number of variables or a shape differs.
    """
    kinds = [[type(part) for part in (layer, *sublayers(layer))] for layer in (old, new)]
    same = kinds[0] == kinds[1]
    # Without its dropout, a layer of Keras has the same parts and lacks the state of a seed generator.
    whole = same and len(old.variables) == len(new.variables)
    sources = old.variables if whole else old.weights
    targets = new.variables if whole else new.weights
    shapes = [[tuple(variable.shape) for variable in variables] for variables in (sources, targets)]
    if shapes[0] != shapes[1]:
        raise InputError(
            f"The layer {path!r} ({type(old).__name__}) has variables of shapes {shapes[0]}, a new "
            f"one from its configuration {shapes[1]}: its get_config() leaves something out."
        )
    for source, target in zip(sources, targets, strict=True):
        target.assign(_array(source))
    if same:
        pairs = zip(*((layer, *sublayers(layer)) for layer in (old, new)), strict=True)
        for before, after in pairs:
            _copy_what_files_hold(before, after)


def copy_compilation(old: Any, new: Any) -> None:
    """Compile a model like another, with a new optimiser and new metrics.

    Losses are used as they are. If the other model is not compiled, nothing happens.

    Warns
    -----
    BridleWarning
        The model's class overrides compile(), whose effects are not known.
    """
    if not old.compiled:
        return
    if type(old).compile is not keras.Model.compile:
        warnings.warn(
            f"{type(old).__name__} overrides compile(), so the new network is not compiled. Call "
            "its compile() with the same arguments as for the original.",
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
    """Copy state that a layer saves in a custom way: vocabularies, results of `adapt`."""
    if type(old).load_own_variables is not keras.Layer.load_own_variables:
        store: dict[str, Any] = {}
        old.save_own_variables(store)
        new.load_own_variables({name: _array(value) for name, value in store.items()})
    if getattr(old, "save_assets", None) is not None:
        with TemporaryDirectory() as folder:
            old.save_assets(folder)
            new.load_assets(folder)


def _array(value: Any) -> np.ndarray[Any, Any]:
    # A training step may donate the memory of a variable, so a copy must not share it.
    value = value.value if isinstance(value, keras.Variable) else value
    return np.array(keras.ops.convert_to_numpy(value), copy=True)


def _fresh_metrics(metrics: Any) -> Any:
    if isinstance(metrics, dict):
        return {name: _fresh_metrics(metric) for name, metric in metrics.items()}
    if isinstance(metrics, (list, tuple)):
        return [_fresh_metrics(metric) for metric in metrics]
    if isinstance(metrics, keras.Metric):
        return type(metrics).from_config(metrics.get_config())
    return metrics


def _copy_lambda(layer: Any) -> Any:
    # Keras does not deserialise lambdas, because a configuration may be untrusted. Here the
    # function itself is available.
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
    """Return the functions and classes in a layer's configuration, by name."""
    held = [type(layer), *vars(layer).values()] if isinstance(layer, keras.Layer) else [type(layer)]
    return {item.__name__: item for item in held if callable(item) and isinstance(item, _NAMED)}


_NAMED = (type, type(_functions))
