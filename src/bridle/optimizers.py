"""Optimisers of Keras: those inside a wrapper, faithful copies, the weights that they end with."""

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
    """Return the optimisers that move weights: those that a wrapper holds, or the one itself."""
    kinds = load_keras().optimizers
    if isinstance(optimizer, kinds.LossScaleOptimizer):
        return leaf_optimizers(optimizer.inner_optimizer)
    return list(optimizer.optimizers) if _is_several(optimizer) else [optimizer]


def follows_schedule(leaf: Any) -> bool:
    """Return whether the learning rate of an optimiser is computed, and no variable that can be set."""
    return not isinstance(leaf._learning_rate, load_keras().Variable)


def copy_optimizer(optimizer: Any, weights: Sequence[Any], copies: Sequence[Any]) -> Any:
    """Return an optimiser of the same settings that has made no step, for copies of the weights.

    Raises
    ------
    InputError
        See `carry_exclusions`; or the optimiser is several that a function chooses.
    """
    refuse_function(optimizer)
    copied = _same_settings(optimizer)
    carry_exclusions(optimizer, weights, copied, copies)
    return copied


def refuse_function(optimizer: Any) -> None:
    """Refuse an optimiser that is several, of which a function chooses: there is nothing to copy.

    Raises
    ------
    InputError
        It is so.
    """
    if _is_several(optimizer) and not isinstance(
        optimizer._optimizer_map, load_keras().optimizers.OptimizerMap
    ):
        raise InputError(
            "MultiOptimizer must be given a keras.optimizers.OptimizerMap to be copied. Received: "
            f"optimizer_map={optimizer._optimizer_map!r}."
        )


def carry_exclusions(
    optimizer: Any, weights: Sequence[Any], copied: Any, copies: Sequence[Any]
) -> None:
    """Let a copy of an optimiser leave out of decay what the first one leaves out.

    Keras writes nothing of this into a configuration or a file.

    Parameters
    ----------
    optimizer, copied : keras.Optimizer
    weights, copies : sequence of keras.Variable
        That they train, in the same order.

    Raises
    ------
    InputError
        There is something to leave out, and the copy trains other weights.
    """
    for leaf, other in zip(leaf_optimizers(optimizer), leaf_optimizers(copied), strict=True):
        kept_out = excluded_from_decay(leaf, weights)
        if not kept_out:
            continue
        if len(weights) != len(copies):
            raise InputError(
                "The optimiser must decay all weights where the new network learns rates of its own. "
                f"Received: exclude_from_weight_decay for {len(kept_out)} of {len(weights)} weights. "
                "Compile the new network with an optimiser instead."
            )
        other.exclude_from_weight_decay(var_list=[copies[i] for i in kept_out])


def excluded_from_decay(leaf: Any, weights: Sequence[Any]) -> list[int]:
    """Return the positions of the weights that an optimiser was told not to decay."""
    return [i for i, one in enumerate(weights) if not leaf._use_weight_decay(one)]


@contextmanager
def decaying(optimizer: Any, weights: Sequence[Any], strength: Any) -> Iterator[None]:
    """Let each update take ``learning_rate * strength * w`` off some weights first, for a while.

    Where an optimiser makes no update, since it gathers gradients or met one that is not finite,
    nothing is taken off. Its own decay stays as it is.
    """
    leaves = leaf_optimizers(optimizer)
    chosen = {id(one) for one in weights}
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
    """Return the weights that `fit` would leave if it ended here: averages, where these are kept.

    Parameters
    ----------
    optimizer : keras.Optimizer
        Built.
    weights : sequence of keras.Variable
        That it trains.
    values, moving : sequence of array
        Of the weights, and of the optimiser's variables.
    """
    if not any(leaf.use_ema for leaf in leaf_optimizers(optimizer)):
        return list(values)
    keras = load_keras()
    held = [*zip(weights, values, strict=True), *zip(optimizer.variables, moving, strict=True)]
    held = [(variable, keras.ops.convert_to_tensor(value)) for variable, value in held]
    with keras.StatelessScope(state_mapping=held) as scope:
        moved = keras.ops.greater(optimizer.iterations, 0)
        optimizer.finalize_variable_values(list(weights))
    # Before the first update the averages are 0.
    ended = [scope.get_current_value(one) for one in weights]
    return [
        keras.ops.where(moved, average, value)
        for average, (_, value) in zip(ended, held[: len(ended)], strict=True)
    ]


@contextmanager
def with_ending_weights(network: Any, optimizer: Any) -> Iterator[None]:
    """Give a network its `ending_weights` for a while."""
    weights = network.trainable_variables
    if not any(leaf.use_ema for leaf in leaf_optimizers(optimizer)):
        yield
        return
    convert = load_keras().ops.convert_to_numpy
    values, moving = (
        [np.array(convert(one.value)) for one in part] for part in (weights, optimizer.variables)
    )
    assign(weights, ending_weights(optimizer, weights, values, moving))
    try:
        yield
    finally:
        assign(weights, values)


def assign(variables: Sequence[Any], values: Sequence[Any]) -> None:
    """Give variables copies of values."""
    for one, value in zip(variables, values, strict=True):
        # A copy: Keras trains in the memory that it is given, where the backend lets it.
        one.assign(np.array(load_keras().ops.convert_to_numpy(value)))


def _is_several(optimizer: Any) -> bool:
    # Older versions of Keras have no such wrapper.
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
        # Keras reads its own variable in a way that NumPy 2 warns of.
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
        for one in variables:
            if id(one) in chosen:
                share = ops.cast(ops.multiply(strength, leaf.learning_rate), one.dtype)
                leaf.assign(one, ops.subtract(one, ops.multiply(share, one)))

    return decay
