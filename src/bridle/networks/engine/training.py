"""Training of one compiled network in place, as the estimators do it."""

from __future__ import annotations

from typing import Any

from bridle.networks.engine.job import Job, Outcome, Weights
from bridle.networks.engine.train_jobs import train_jobs
from bridle.networks.output_kind import Kind
from bridle.networks.own.head import Link
from bridle.networks.regime import Regime
from bridle.networks.template.build_template import compiled_template
from bridle.networks.template.keras_template import load_state
from bridle.types import AnyArray

__all__ = ["Rows", "train"]

Rows = tuple[AnyArray, AnyArray]


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
    link: Link = "linear",
) -> Outcome:
    """Train a compiled network in place.

    Pass e uses the training rows in the order drawn from the stream ``"order", e``, the same for
    every network; the last batch may be smaller. An epoch is one pass, unless ``passes`` is larger.

    Parameters
    ----------
    network : keras.Model
        A compiled network, as `bridle.networks.own.own_network` returns it.
    kind : {"binary", "multiclass", "regression", "count"}
    training, validation : pair of ndarray
        Features of shape (n, p) and targets of shape (n,).
    epochs : int
        At least 1.
    batch_size : int
        Rows per step, at least 1.
    seed : int
        Root seed of the random streams, at least 0.
    weights : pair of ndarray or None
        Weights of the training rows and of the validation rows, shape (n,), each with mean 1;
        default: all equal.
    passes : int
        Passes over the training rows in an epoch, at least 1. Default 1.
    patience : int, optional
        Stop after so many epochs without a smaller validation loss, at least 1, and take the
        weights of the best epoch. Default: train to the end and take the last ones.
    link : {"linear", "softmax", "sigmoid"}
        What the network's outputs are. Default "linear": logits or numbers.

    Returns
    -------
    Outcome
        Its curves; a training that diverged says so. The network is left with the weights of the best
        epoch under ``patience``, else of the last one whose losses are finite, else with those of its
        start.

    Raises
    ------
    Exception
        Any error of the network, its loss or its optimiser, raised as it is.
    """
    template = compiled_template(network, kind, link)
    job = Job(
        template,
        Regime(patience=patience),
        training,
        validation,
        epochs=epochs,
        batch_size=batch_size,
        seed=seed,
        weights=weights,
        passes=passes,
    )
    ((_, outcome),) = train_jobs([job], [[0]])
    if isinstance(outcome, Exception):
        raise outcome
    load_state(template, outcome.state)
    return outcome
