"""Real logs of four trainers: the same network with and without dropout, six seeds each.

Run as ``python -m benchmarks.trainer_logs FOLDER [TRAINER…]``. Needs lightning, transformers with
accelerate, tensorboard and keras, of those that are asked for. `tests/fixtures/trainer_logs` is its
output.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

SEEDS, EPOCHS, BATCH = 6, 20, 64
ARMS = {"baseline": 0.0, "dropout": 0.5}


def rows(n: int, draw: int) -> tuple[np.ndarray, np.ndarray]:
    """Two classes of 40 features, of which five matter."""
    rng = np.random.default_rng(draw)
    X = rng.normal(size=(n, 40)).astype(np.float32)
    return X, (X[:, :5].sum(axis=1) + 2 * rng.normal(size=n) > 0).astype(np.int64)


TRAIN, VALIDATION = rows(300, 0), rows(500, 1)


def network(rate: float, seed: int) -> Any:
    """Return a network of PyTorch with two hidden layers."""
    import torch
    from torch import nn

    torch.manual_seed(seed)
    return nn.Sequential(
        nn.Linear(40, 64), nn.ReLU(), nn.Dropout(rate), nn.Linear(64, 32), nn.ReLU(), nn.Dropout(rate),
        nn.Linear(32, 2),
    )  # fmt: skip


def batches(part: tuple[np.ndarray, np.ndarray], *, shuffle: bool = False) -> Any:
    """Return a loader of PyTorch."""
    import torch
    from torch.utils.data import DataLoader, TensorDataset

    return DataLoader(TensorDataset(*map(torch.tensor, part)), BATCH, shuffle=shuffle)


def lightning(folder: Path, rate: float, seed: int) -> None:
    """Write metrics.csv of Lightning's CSVLogger."""
    import lightning as pl
    import torch
    from lightning.pytorch.loggers import CSVLogger
    from torch.nn import functional

    class Module(pl.LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.network = network(rate, seed)

        def training_step(self, batch: Any, _: int) -> Any:
            loss = functional.cross_entropy(self.network(batch[0]), batch[1])
            self.log("train_loss", loss, on_step=False, on_epoch=True)
            return loss

        def validation_step(self, batch: Any, _: int) -> None:
            loss = functional.cross_entropy(self.network(batch[0]), batch[1])
            self.log("val_loss", loss, on_epoch=True)

        def configure_optimizers(self) -> Any:
            return torch.optim.Adam(self.parameters(), 3e-3)

    module = Module()
    trainer = pl.Trainer(
        max_epochs=EPOCHS,
        logger=CSVLogger(folder, name="", version=""),
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        accelerator="cpu",
        num_sanity_val_steps=0,
    )
    trainer.fit(module, batches(TRAIN, shuffle=True), batches(VALIDATION))


def hugging_face(folder: Path, rate: float, seed: int) -> None:
    """Write trainer_state.json of Hugging Face's Trainer."""
    import torch
    from torch.nn import functional
    from transformers import Trainer, TrainingArguments

    class Model(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.network = network(rate, seed)

        def forward(self, x: Any, labels: Any) -> dict[str, Any]:
            outputs = self.network(x)
            return {"loss": functional.cross_entropy(outputs, labels), "logits": outputs}

    def dataset(part: tuple[np.ndarray, np.ndarray]) -> list[dict[str, Any]]:
        return [{"x": x, "labels": y} for x, y in zip(*part, strict=True)]

    trainer = Trainer(
        Model(),
        TrainingArguments(
            str(folder),
            num_train_epochs=EPOCHS,
            per_device_train_batch_size=BATCH,
            per_device_eval_batch_size=500,
            learning_rate=3e-3,
            lr_scheduler_type="constant",
            eval_strategy="epoch",
            logging_strategy="epoch",
            save_strategy="no",
            report_to=[],
            disable_tqdm=True,
            use_cpu=True,
            seed=seed,
        ),
        train_dataset=dataset(TRAIN),
        eval_dataset=dataset(VALIDATION),
    )
    trainer.train()
    trainer.save_state()


def tensorboard(folder: Path, rate: float, seed: int) -> None:
    """Write event files of a loop by hand, with PyTorch's SummaryWriter."""
    import torch
    from torch.nn import functional
    from torch.utils.tensorboard import SummaryWriter

    net = network(rate, seed)
    optimizer = torch.optim.Adam(net.parameters(), 3e-3)
    with SummaryWriter(folder) as writer:
        for epoch in range(EPOCHS):
            net.train()
            losses = []
            for x, y in batches(TRAIN, shuffle=True):
                optimizer.zero_grad()
                loss = functional.cross_entropy(net(x), y)
                loss.backward()
                optimizer.step()
                losses.append(loss.item())
            net.eval()
            with torch.no_grad():
                x, y = map(torch.tensor, VALIDATION)
                validation = functional.cross_entropy(net(x), y).item()
            writer.add_scalar("loss/train", np.mean(losses), epoch)
            writer.add_scalar("loss/val", validation, epoch)
    with torch.no_grad():
        losses_of_rows = functional.cross_entropy(net(x), y, reduction="none").numpy()
    rows_folder = folder.parents[2] / "rows" / folder.parent.name
    rows_folder.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(rows_folder / f"{folder.name}.npz", losses=losses_of_rows)


def keras(folder: Path, rate: float, seed: int) -> None:
    """Write log.csv of Keras' CSVLogger."""
    os.environ.setdefault("KERAS_BACKEND", "torch")
    import keras as k

    k.utils.set_random_seed(seed)
    model = k.Sequential(
        [
            k.Input((40,)),
            k.layers.Dense(64, "relu"),
            k.layers.Dropout(rate),
            k.layers.Dense(32, "relu"),
            k.layers.Dropout(rate),
            k.layers.Dense(2, "softmax"),
        ]
    )
    model.compile(k.optimizers.Adam(3e-3), "sparse_categorical_crossentropy")
    folder.mkdir(parents=True, exist_ok=True)
    model.fit(
        *TRAIN,
        epochs=EPOCHS,
        batch_size=BATCH,
        validation_data=VALIDATION,
        verbose=0,
        callbacks=[k.callbacks.CSVLogger(str(folder / "log.csv"))],
    )


TRAINERS: dict[str, Callable[[Path, float, int], None]] = {
    "lightning": lightning,
    "hugging_face": hugging_face,
    "tensorboard": tensorboard,
    "keras": keras,
}


def main() -> None:
    """Train by each trainer that is asked for."""
    root, *asked = sys.argv[1:]
    for name in asked or TRAINERS:
        shutil.rmtree(Path(root) / name, ignore_errors=True)
        for arm, rate in ARMS.items():
            for seed in range(SEEDS):
                TRAINERS[name](Path(root) / name / arm / f"seed{seed}", rate, seed)


if __name__ == "__main__":
    main()
