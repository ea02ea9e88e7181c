"""Effects of dropout on hidden units: co-adaptation, dead units, redundancy.

Dropout is said to keep units from relying on each other. Three measurements show whether it did:

- co-adaptation: the mean absolute correlation between the activations of two units of a layer,
  without noise;
- dead units: units with the same activation for every row;
- redundancy: loss and accuracy after a random fraction of the hidden units has been removed and the
  others have been scaled by 1 / (1 - fraction).

Source: Srivastava et al. 2014, "Dropout: a simple way to prevent neural networks from overfitting",
section 7.1, for co-adaptation; Morcos et al. 2018, "On the importance of single directions for
generalization", section 3.1, for the removal of units.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial, wraps
from typing import Any

import numpy as np

from bridle import streams
from bridle.backend import compiled, load_keras
from bridle.networks.engine.train_jobs import outputs_of
from bridle.networks.output_kind import mean_loss
from bridle.networks.template.keras_template import KerasTemplate
from bridle.networks.template.template import State, Template
from bridle.types import AnyArray

__all__ = ["REMOVED", "coadaptation", "measure_effect"]


REMOVED = (0.0, 0.1, 0.3, 0.5, 0.7, 0.9)
"""Fractions of the hidden units to remove."""

_MOST_UNITS = 256


def measure_effect(
    template: Template, state: State, X: AnyArray, validation: tuple[AnyArray, AnyArray], seed: int
) -> dict[str, Any]:
    """Return co-adaptation, dead units and redundancy of a trained network.

    Parameters
    ----------
    template : Template
        A network with dropout after its hidden layers, at any rate.
    state : State
        Its trained weights.
    X : ndarray of shape (n, ...)
        Training rows, for the activations.
    validation : pair of ndarray
        Features and targets (codes or numbers) of the validation rows, for the losses.
    seed : int
        Seed of the removals.

    Returns
    -------
    dict
        ``coadaptation`` (in [0, 1], mean over the layers), ``dead_share`` (in [0, 1], over all hidden
        units), and ``loss_without`` and, for classes, ``accuracy_without``: on the validation rows,
        for each fraction in `REMOVED`.
    """
    layers = _activations(template, state, X)
    together = [value for value in map(coadaptation, layers) if value is not None]
    dead = [np.ptp(activations, axis=0) == 0 for activations in layers]
    without = {
        f"{share:g}": _outputs_without(template, state, share, validation[0], seed)
        for share in REMOVED
    }
    effect: dict[str, Any] = {
        "coadaptation": float(np.mean(together)) if together else None,
        "dead_share": float(np.mean(np.concatenate(dead))) if dead else None,
        "loss_without": {
            share: mean_loss(template.kind, outputs, validation[1])
            for share, outputs in without.items()
        },
    }
    if template.kind in ("binary", "multiclass"):
        effect["accuracy_without"] = {
            share: _accuracy(outputs, validation[1]) for share, outputs in without.items()
        }
    return effect


def coadaptation(activations: AnyArray) -> float | None:
    """Return the mean absolute correlation over all pairs of units.

    Parameters
    ----------
    activations : ndarray of shape (n, units)
        Constant units are ignored. Of more than 256 units, only every second, third, … is used.

    Returns
    -------
    float or None
        In [0, 1]; None if fewer than two units vary.
    """
    alive = activations[:, np.ptp(activations, axis=0) > 0]
    alive = alive[:, :: max(1, -(-alive.shape[1] // _MOST_UNITS))].astype(np.float64)
    units = alive.shape[1]
    if units < 2:
        return None
    correlations = np.abs(np.corrcoef(alive, rowvar=False))
    return float((correlations.sum() - units) / (units * (units - 1)))


def _accuracy(outputs: AnyArray, y: AnyArray) -> float:
    codes = outputs.argmax(axis=1) if outputs.shape[1] > 1 else outputs[:, 0] > 0
    return float(np.mean(codes == y))


def _outputs_without(
    template: Template, state: State, share: float, X: AnyArray, seed: int
) -> AnyArray:
    others = list(state.non_trainable)
    for i in template.rates:
        others[i] = np.asarray(share, dtype=np.float32)
    for position, i in enumerate(template.streams):
        key = streams.integer(seed, "removal", position)
        others[i] = np.asarray([key, 0], dtype=np.asarray(others[i]).dtype)
    changed = replace(state, non_trainable=others)
    return outputs_of(template, changed, X, noisy=share > 0)


def _activations(template: Template, state: State, X: AnyArray) -> list[AnyArray]:
    """Return the inputs of each dropout: a row per sample, a column per unit or channel."""
    if template.framework == "torch":
        from bridle.networks.engine.torch.hidden_activations import hidden_activations

        return hidden_activations(template, state, X)
    assert isinstance(template, KerasTemplate)
    if "activations" not in template.programs:
        template.programs["activations"] = compiled(partial(_hidden, template.network))
    with template.lock:
        found = template.programs["activations"](state.trainable, state.non_trainable, X)
    convert = load_keras().ops.convert_to_numpy
    held = [np.asarray(convert(array), dtype=np.float32) for array in found]
    return [array.reshape(len(X), -1, array.shape[-1]).mean(axis=1) for array in held]


def _hidden(network: Any, trainable: Any, others: Any, X: Any) -> list[Any]:
    found: list[Any] = []
    with _watched(network, found.append):
        network.stateless_call(trainable, others, X, training=False)
    return found


@contextmanager
def _watched(network: Any, note: Callable[[Any], None]) -> Iterator[None]:
    """Record the input of each dropout layer, and the state in layers with recurrent dropout.

    The layers are patched because Keras cannot build a graph that ends inside a nested layer.
    """
    from bridle.dropout.keras_layers.base import NoisyLayer
    from bridle.dropout.surgery.keras.calls import sublayers
    from bridle.dropout.surgery.keras.roles import noise_sources

    recurrent = load_keras().layers.RNN

    def watch(layer: Any) -> Callable[..., Any]:
        call = layer.call

        @wraps(call)
        def watched(inputs: Any, *more: Any, **settings: Any) -> Any:
            outputs = call(inputs, *more, **settings)
            units = outputs[0] if isinstance(outputs, list | tuple) else outputs
            note(inputs if isinstance(layer, NoisyLayer) else units)
            return outputs

        return watched

    with ExitStack() as stack:
        for layer in sublayers(network):
            noisy_inside = isinstance(layer, recurrent) and noise_sources(layer)
            if isinstance(layer, NoisyLayer) or noisy_inside:
                object.__setattr__(layer, "call", watch(layer))
                stack.callback(object.__delattr__, layer, "call")
        yield
