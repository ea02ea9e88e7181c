"""Lightning: does dropout help this network? Run: python lightning_trials.py [folder] [epochs]."""

from __future__ import annotations

import logging
import sys
import warnings

import lightning.pytorch as pl
import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

import bridle
from bridle.callbacks import LightningTrial


class Digits(pl.LightningModule):
    """A classifier around a network."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def loss(self, batch: list[torch.Tensor]) -> torch.Tensor:
        """Return the mean cross-entropy of a batch."""
        return nn.functional.cross_entropy(self.network(batch[0]), batch[1])

    def training_step(self, batch: list[torch.Tensor]) -> torch.Tensor:
        """Return the loss, logged once an epoch."""
        loss = self.loss(batch)
        self.log("train_loss", loss, on_step=False, on_epoch=True)
        return loss

    def validation_step(self, batch: list[torch.Tensor]) -> None:
        """Log the loss of a validation batch."""
        self.log("val_loss", self.loss(batch))

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """Return Adam at its usual learning rate."""
        return torch.optim.Adam(self.parameters(), lr=1e-3)


def build() -> nn.Module:
    hidden = [nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU()]
    return nn.Sequential(*hidden, nn.Linear(64, 10))


def rows() -> list[TensorDataset]:
    """Return the training, validation and test rows, fixed for all trials."""
    X, y = load_digits(return_X_y=True)
    X, y = torch.tensor(X / 16, dtype=torch.float32), torch.tensor(y)
    rest, test = train_test_split(range(len(X)), test_size=0.4, stratify=y, random_state=0)
    train, validation = train_test_split(rest, test_size=0.4, stratify=y[rest], random_state=0)
    return [TensorDataset(X[part], y[part]) for part in (train, validation, test)]


def main(folder: str = "lightning-runs", epochs: str = "30") -> None:
    for name in ("lightning.pytorch", "lightning.fabric"):
        logging.getLogger(name).setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module="lightning")  # advice about workers
    train, validation, test = rows()
    study = bridle.Trials(folder, arms=("baseline", "dropout"), seeds=5)
    for trial in study:
        network = trial.network(build)
        trainer = pl.Trainer(
            max_epochs=int(epochs),
            accelerator="cpu",
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            callbacks=[LightningTrial(trial)],
        )
        shuffled = DataLoader(
            train, batch_size=32, shuffle=True, generator=trial.generator("order")
        )
        trainer.fit(Digits(network), shuffled, DataLoader(validation, batch_size=512))
        X, y = test.tensors
        with trial.noise_free(network):
            trial.finish(logits=network(X), targets=y)
        curves = study.results(trial.arm, trial.seed)
        print(f"{trial.arm}, seed {trial.seed}: validation loss {curves['val_loss'][-1]:.3f}")
    print(study.judge())


if __name__ == "__main__":
    main(*sys.argv[1:])
