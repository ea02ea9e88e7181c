"""Training with honest curves, in a data order that belongs to the seed and to no arm."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import ceil, isfinite
from typing import Any

import numpy as np

from bridle import streams
from bridle.backend import load_keras
from bridle.errors import DivergedEpochError
from bridle.networks.recipe import Kind, mean_loss
from bridle.optimizers import assign, with_ending_weights
from bridle.types import AnyArray

__all__ = ["History", "Rows", "network_outputs", "train"]

Rows = tuple[AnyArray, AnyArray]
Weights = tuple[AnyArray | None, AnyArray | None]

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


def network_outputs(network: Any, X: AnyArray) -> AnyArray:
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
    patience: int | None = None,
    outputs_of: Callable[[Any, AnyArray], AnyArray] = network_outputs,
) -> History:
    """Train a compiled network in place.

    Pass e visits the training rows in the order that the stream ``"order", e`` draws, the same for
    every network, in batches of which the last may be smaller. An epoch is one pass, unless it is
    asked to be more.

    Parameters
    ----------
    network : keras.Model
        As `bridle.networks.recipe.build_network` returns it.
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
    patience : int, optional
        Stop after so many epochs without a smaller validation loss, at least 1, and take the
        weights of the best epoch. Default: train to the end and take the last ones.
    outputs_of : callable
        From the network and features to logits or numbers; default `network_outputs`.

    Returns
    -------
    History

    Raises
    ------
    DivergedEpochError
        A loss is infinite or NaN. The network is left with the weights of the best epoch under
        ``patience``, else of the last one whose losses are finite, else with those of its start.
    """
    n = len(training[1])
    rows = np.concatenate([training[0], validation[0]])
    follower = _Follower(network, patience)

    def close_epoch(epoch: int, logs: dict[str, float]) -> None:
        with with_ending_weights(network, network.optimizer):
            # One pass over both parts: one shape, and so one compilation.
            outputs = outputs_of(network, rows)
            losses = (
                float(logs["loss"]),
                mean_loss(kind, outputs[:n], training[1], weights[0]),
                mean_loss(kind, outputs[n:], validation[1], weights[1]),
                float(load_keras().ops.convert_to_numpy(sum(network.losses))),
            )
            follower.close_epoch(losses)
        network.stop_training |= follower.done

    network.fit(
        _batches((*training, weights[0]), epochs * passes, batch_size, seed),
        epochs=epochs,
        steps_per_epoch=passes * ceil(n / batch_size),
        shuffle=False,
        verbose=0,
        callbacks=[load_keras().callbacks.LambdaCallback(on_epoch_end=close_epoch)],
    )
    return follower.end()


class _Follower:
    """Follows a training: its curves, the weights to keep, and when to stop."""

    def __init__(self, network: Any, patience: int | None) -> None:
        self.network = network
        self.patience = patience
        self.curves: list[tuple[float, ...]] = []
        self.best = 0
        self.kept = _values(network)
        self.diverged: tuple[float, ...] | None = None

    @property
    def done(self) -> bool:
        """Whether there is nothing more to train."""
        waited = len(self.curves) - self.best
        return self.diverged is not None or (self.patience is not None and waited >= self.patience)

    def close_epoch(self, losses: tuple[float, ...]) -> None:
        """Note the losses of an epoch, and its weights where they are to be kept."""
        if not all(isfinite(loss) for loss in losses):
            self.diverged = losses
            return
        self.curves.append(losses)
        if self.best == 0 or losses[2] < self.curves[self.best - 1][2]:
            self.best = len(self.curves)
        if self.patience is None or self.best == len(self.curves):
            self.kept = _values(self.network)

    def end(self) -> History:
        """Leave the network with the weights to keep; return the curves."""
        if self.diverged is not None or self.patience is not None:
            assign(self.network.weights, self.kept)
        history = History(*zip(*self.curves, strict=True)) if self.curves else History(*((),) * 4)
        if self.diverged is not None:
            raise DivergedEpochError(history, self.diverged)
        return history


def _values(network: Any) -> list[AnyArray]:
    convert = load_keras().ops.convert_to_numpy
    # Copies: PyTorch's variables would share their memory.
    return [np.array(convert(one.value)) for one in network.weights]


def _batches(
    parts: tuple[AnyArray | None, ...], passes: int, batch_size: int, seed: int
) -> Iterator[tuple[AnyArray, ...]]:
    held = [part for part in parts if part is not None]
    n = len(held[0])
    for visit in range(passes):
        order = streams.generator(seed, "order", visit).permutation(n)
        for start in range(0, n, batch_size):
            rows = order[start : start + batch_size]
            yield tuple(part[rows] for part in held)
