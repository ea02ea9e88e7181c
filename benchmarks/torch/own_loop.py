"""A loop of one's own inside `bridle.Trials`, and alone."""

from __future__ import annotations

from tempfile import TemporaryDirectory

import torch

import bridle
from benchmarks.scaffold.pairs import Pair
from benchmarks.torch.work import Work

__all__ = ["pair"]

WORK = Work(3240, 360, 20, 2, (128, 64), epochs=15)
SEEDS = 5
# Names of one's own, whose networks have no dropout: both sides then do the same work.
ARMS = ("baseline", "mine")


def pair() -> Pair:
    """Return ten runs, each with a log of its losses and its predictions, and the bare loops."""
    X, y = WORK.rows(1000, 3)
    test = torch.from_numpy(X)

    def trials() -> None:
        with TemporaryDirectory() as folder:
            for trial in bridle.Trials(folder, arms=ARMS, seeds=SEEDS):
                network = trial.network(WORK.network)
                losses = WORK.epochs_by_hand(network)
                for _ in trial.epochs(WORK.epochs):
                    train, validation = next(losses)
                    trial.log(train_loss=train, val_loss=validation)
                with trial.noise_free(network), torch.no_grad():
                    trial.finish(logits=network(test), targets=y)

    def alone() -> None:
        for seed in range(SEEDS):
            for _ in ARMS:
                torch.manual_seed(seed)
                network = WORK.network()
                list(WORK.epochs_by_hand(network))
                with torch.no_grad():
                    network(test)

    return Pair(trials, alone)
