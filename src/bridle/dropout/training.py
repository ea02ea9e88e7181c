"""Training with honest curves, in a data order that belongs to the seed and to no arm."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import ceil, isfinite
from typing import Any

import numpy as np
import numpy.typing as npt

from bridle import streams
from bridle.dropout.backend import load_keras
from bridle.dropout.optimizers import with_ending_weights
from bridle.dropout.recipe import Kind, mean_loss

__all__ = ["History", "Rows", "network_outputs", "train"]

Array = npt.NDArray[Any]
Rows = tuple[Array, Array]
Weights = tuple[Array | None, Array | None]

# Bounds the memory of a forward pass, and is large enough that most tables are one batch.
ROWS_AT_ONCE = 16_384


@dataclass(frozen=True)
class History:
    """The four honest curves, one number an epoch each.

    Attributes
    ----------
    train_loss : tuple of float
        Training loss as optimised: noise on, penalty included, averaged over the rows of the epoch
        while the weights moved.
    train_eval_loss : tuple of float
        Training loss at the end of the epoch, noise off, penalty left out.
    val_loss : tuple of float
        Validation loss at the end of the epoch, noise off, penalty left out.
    penalty : tuple of float
        Sum of ``network.losses`` at the end of the epoch.
    """

    train_loss: tuple[float, ...]
    train_eval_loss: tuple[float, ...]
    val_loss: tuple[float, ...]
    penalty: tuple[float, ...]


def network_outputs(network: Any, X: Array) -> Array:
    """Return the outputs of ``network`` for features of shape (n, p), with the noise off.

    Returns
    -------
    ndarray of shape (n, n_outputs)
        Logits or numbers.
    """
    return np.asarray(network.predict(X, batch_size=ROWS_AT_ONCE, verbose=0))


def train(
    network: Any,
    kind: Kind,
    training: Rows,
    validation: Rows,
    *,
    epochs: int,
    batch_size: int,
    seed: int,
    weights: Weights = (None, None),
    passes: int = 1,
    outputs_of: Callable[[Any, Array], Array] = network_outputs,
) -> History:
    """Train a compiled network in place.

    Pass e visits the training rows in the order that the stream ``"order", e`` draws, the same for
    every network, in batches of which the last may be smaller. An epoch is one pass, unless it is
    asked to be more.

    Parameters
    ----------
    network : keras.Model
        As `bridle.dropout.recipe.build_network` returns it.
    kind : {"binary", "multiclass", "regression"}
    training, validation : pair of ndarray
        Features of shape (n, p) and targets of shape (n,).
    epochs : int
        At least 1.
    batch_size : int
        Rows in a step, at least 1.
    seed : int
        Root of the streams, at least 0.
    weights : pair of ndarray or None
        Of the training rows and of the validation rows, shape (n,), with mean 1 each; default: all
        equal.
    passes : int
        Passes over the training rows in an epoch, at least 1. Default 1.
    outputs_of : callable
        From the network and features to logits or numbers; default `network_outputs`.

    Returns
    -------
    History

    Raises
    ------
    FloatingPointError
        A loss is infinite or NaN; the message names the epoch.
    """
    keras = load_keras()
    n = len(training[1])
    rows = np.concatenate([training[0], validation[0]])
    curves: list[tuple[float, float, float, float]] = []

    def close_epoch(epoch: int, logs: dict[str, float]) -> None:
        # One pass over both parts: one shape, and so one compilation.
        with with_ending_weights(network, network.optimizer):
            outputs = outputs_of(network, rows)
            penalty = float(keras.ops.convert_to_numpy(sum(network.losses)))
        losses = (
            float(logs["loss"]),
            mean_loss(kind, outputs[:n], training[1], weights[0]),
            mean_loss(kind, outputs[n:], validation[1], weights[1]),
            penalty,
        )
        _require_finite(epoch, losses)
        curves.append(losses)

    network.fit(
        _batches((*training, weights[0]), epochs * passes, batch_size, seed),
        epochs=epochs,
        steps_per_epoch=passes * ceil(n / batch_size),
        shuffle=False,
        verbose=0,
        callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=close_epoch)],
    )
    return History(*zip(*curves, strict=True))


def _batches(
    parts: tuple[Array | None, ...], passes: int, batch_size: int, seed: int
) -> Iterator[tuple[Array, ...]]:
    held = [part for part in parts if part is not None]
    n = len(held[0])
    for visit in range(passes):
        order = streams.generator(seed, "order", visit).permutation(n)
        for start in range(0, n, batch_size):
            rows = order[start : start + batch_size]
            yield tuple(part[rows] for part in held)


def _require_finite(epoch: int, losses: tuple[float, ...]) -> None:
    if not all(isfinite(loss) for loss in losses):
        optimised, noise_free, validation, penalty = losses
        raise FloatingPointError(
            f"Training diverged in epoch {epoch + 1}: every loss must be finite. Received: "
            f"training {optimised:g}, without noise {noise_free:g}, validation {validation:g}, "
            f"penalty {penalty:g}. Lower the learning rate or scale the features."
        )
