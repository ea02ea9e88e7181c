"""Keras optimisers: unwrapping, exact copies, extra weight decay, averaged weights."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from bridle.backend import load_keras
from bridle.errors import InputError

__all__ = [
    "assign",
    "carry_exclusions",
    "copy_optimizer",
    "decaying",
    "ending_weights",
    "excluded_from_decay",
    "follows_schedule",
    "leaf_optimizers",
    "refuse_function",
    "with_ending_weights",
]


def leaf_optimizers(optimizer: Any) -> list[Any]:
    """Return the optimisers inside a wrapper, or the optimiser itself, in a list."""
    kinds = load_keras().optimizers
    if isinstance(optimizer, kinds.LossScaleOptimizer):
        return leaf_optimizers(optimizer.inner_optimizer)
    return list(optimizer.optimizers) if _is_several(optimizer) else [optimizer]


def follows_schedule(leaf: Any) -> bool:
    """Return whether the learning rate follows a schedule, so that it cannot be set."""
    return not isinstance(leaf._learning_rate, load_keras().Variable)


def copy_optimizer(optimizer: Any, weights: Sequence[Any], copies: Sequence[Any]) -> Any:
    """Return a fresh optimiser with the same settings, for copies of the weights.

    Raises
    ------
    InputError
        See `carry_exclusions` and `refuse_function`.
    """
    refuse_function(optimizer)
    copied = _same_settings(optimizer)
    carry_exclusions(optimizer, weights, copied, copies)
    return copied


def refuse_function(optimizer: Any) -> None:
    """Raise an error for a MultiOptimizer that chooses by a function, which cannot be copied.

    Raises
    ------
    InputError
        The optimiser chooses by a function.
    """
    if _is_several(optimizer) and not isinstance(
        optimizer._optimizer_map, load_keras().optimizers.OptimizerMap
    ):
        raise InputError(
            "A MultiOptimizer can be copied only if it has a keras.optimizers.OptimizerMap. "
            f"Received: optimizer_map={optimizer._optimizer_map!r}."
        )


def carry_exclusions(
    optimizer: Any, weights: Sequence[Any], copied: Any, copies: Sequence[Any]
) -> None:
    """Exclude from the decay of a copied optimiser the weights that the original excludes.

    Keras does not store these exclusions in a configuration or a file.

    Parameters
    ----------
    optimizer, copied : keras.Optimizer
        The original and the copy.
    weights, copies : sequence of keras.Variable
        The weights that each trains, in the same order.

    Raises
    ------
    InputError
        There are exclusions, and the copy trains another number of weights.
    """
    for leaf, other in zip(leaf_optimizers(optimizer), leaf_optimizers(copied), strict=True):
        kept_out = excluded_from_decay(leaf, weights)
        if not kept_out:
            continue
        if len(weights) != len(copies):
            raise InputError(
                "The optimiser must decay all weights, since the new network has learned rates in "
                f"addition. Received: exclude_from_weight_decay for {len(kept_out)} of "
                f"{len(weights)} weights. Compile the new network with another optimiser."
            )
        other.exclude_from_weight_decay(var_list=[copies[i] for i in kept_out])


def excluded_from_decay(leaf: Any, weights: Sequence[Any]) -> list[int]:
    """Return the positions of the weights that an optimiser excludes from decay."""
    return [i for i, weight in enumerate(weights) if not leaf._use_weight_decay(weight)]


@contextmanager
def decaying(optimizer: Any, weights: Sequence[Any], strength: Any) -> Iterator[None]:
    """Subtract ``learning_rate * strength * w`` from some weights before each update in the block.

    If the optimiser skips an update, because it accumulates gradients or a gradient is not finite,
    nothing is subtracted. The optimiser's own decay is unchanged.
    """
    leaves = leaf_optimizers(optimizer)
    chosen = {id(weight) for weight in weights}
    for leaf in leaves:
        leaf._apply_weight_decay = _both_decays(leaf, chosen, strength)
    try:
        yield
    finally:
        for leaf in leaves:
            del leaf._apply_weight_decay


def ending_weights(
    optimizer: Any, weights: Sequence[Any], values: Sequence[Any], moving: Sequence[Any]
) -> list[Any]:
    """Return the weights that `fit` would leave now: moving averages, if the optimiser has them.

    Parameters
    ----------
    optimizer : keras.Optimizer
        A built optimiser.
    weights : sequence of keras.Variable
        The weights that it trains.
    values, moving : sequence of array
        Values of the weights and of the optimiser's variables.
    """
    if not any(leaf.use_ema for leaf in leaf_optimizers(optimizer)):
        return list(values)
    keras = load_keras()
    held = [*zip(weights, values, strict=True), *zip(optimizer.variables, moving, strict=True)]
    held = [(variable, keras.ops.convert_to_tensor(value)) for variable, value in held]
    with keras.StatelessScope(state_mapping=held) as scope:
        moved = keras.ops.greater(optimizer.iterations, 0)
        optimizer.finalize_variable_values(list(weights))
    # Before the first update the averages are 0, so the weights themselves are returned.
    ended = [scope.get_current_value(weight) for weight in weights]
    return [
        keras.ops.where(moved, average, value)
        for average, (_, value) in zip(ended, held[: len(ended)], strict=True)
    ]


@contextmanager
def with_ending_weights(network: Any, optimizer: Any) -> Iterator[None]:
    """Set the `ending_weights` in a network within the block."""
    weights = network.trainable_variables
    if not any(leaf.use_ema for leaf in leaf_optimizers(optimizer)):
        yield
        return
    convert = load_keras().ops.convert_to_numpy
    values, moving = (
        [np.array(convert(variable.value)) for variable in part]
        for part in (weights, optimizer.variables)
    )
    assign(weights, ending_weights(optimizer, weights, values, moving))
    try:
        yield
    finally:
        assign(weights, values)


def assign(variables: Sequence[Any], values: Sequence[Any]) -> None:
    """Assign copies of values to variables."""
    for variable, value in zip(variables, values, strict=True):
        # A copy, since some backends train in the memory that was assigned.
        variable.assign(np.array(load_keras().ops.convert_to_numpy(value)))


def _is_several(optimizer: Any) -> bool:
    # Older versions of Keras have no MultiOptimizer.
    return isinstance(optimizer, getattr(load_keras().optimizers, "MultiOptimizer", ()))


def _same_settings(optimizer: Any) -> Any:
    keras = load_keras()
    if isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
        return keras.optimizers.LossScaleOptimizer(
            _same_settings(optimizer.inner_optimizer),
            initial_scale=optimizer.initial_scale,
            dynamic_growth_steps=optimizer.dynamic_growth_steps,
            name=optimizer.name,
        )
    with warnings.catch_warnings():
        # Keras reads its variable in a way for which NumPy 2 warns.
        warnings.filterwarnings("ignore", "__array__ implementation", DeprecationWarning)
        config = optimizer.get_config()
    if "learning_rate" in config and follows_schedule(optimizer):
        config["learning_rate"] = optimizer._learning_rate
    return type(optimizer).from_config(config)


def _both_decays(leaf: Any, chosen: set[int], strength: Any) -> Any:
    own = leaf._apply_weight_decay

    def decay(variables: Sequence[Any]) -> None:
        ops = load_keras().ops
        own(variables)
        for variable in variables:
            if id(variable) in chosen:
                share = ops.cast(ops.multiply(strength, leaf.learning_rate), variable.dtype)
                leaf.assign(variable, ops.subtract(variable, ops.multiply(share, variable)))

    return decay
