"""One small training by each trainer: `TRAINERS[name](trial, model, callback)` fits in place."""

from __future__ import annotations

import logging
import warnings

import numpy as np

from bridle.backend import load_keras

EPOCHS, TRAIN, VALIDATION, TEST = 3, slice(0, 60), slice(60, 120), slice(120, 200)
STEPS = EPOCHS * 3


def data():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 10)).astype("float32")
    return X, (X[:, 0] + rng.normal(size=200) > 0).astype("int64")


def build_torch():
    from torch import nn

    return nn.Sequential(nn.Linear(10, 16), nn.ReLU(), nn.Linear(16, 2))


def build_keras():
    keras = load_keras()
    return keras.Sequential(
        [keras.Input((10,)), keras.layers.Dense(16, "relu"), keras.layers.Dense(2)]
    )


def rows_of(part):
    import torch

    X, y = data()
    return torch.utils.data.TensorDataset(torch.from_numpy(X[part]), torch.from_numpy(y[part]))


def loader(trial, part):
    import torch

    order = {"shuffle": True, "generator": trial.generator("order")} if part == TRAIN else {}
    return torch.utils.data.DataLoader(rows_of(part), batch_size=20, **order)


def keras(trial, model, callback):
    keras = load_keras()
    X, y = data()
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(1e-2), loss)
    model.fit(
        X[TRAIN],
        y[TRAIN],
        batch_size=20,
        epochs=EPOCHS,
        validation_data=(X[VALIDATION], y[VALIDATION]),
        verbose=0,
        callbacks=[callback],
    )


def lightning(trial, model, callback):
    import lightning.pytorch as pl
    import torch

    for name in ("lightning.pytorch", "lightning.fabric"):
        logging.getLogger(name).setLevel(logging.ERROR)

    class Module(pl.LightningModule):
        def __init__(self):
            super().__init__()
            self.model = model

        def loss(self, batch):
            return torch.nn.functional.cross_entropy(self.model(batch[0]), batch[1])

        def training_step(self, batch):
            loss = self.loss(batch)
            self.log("train_loss", loss, on_step=False, on_epoch=True)
            return loss

        def validation_step(self, batch):
            self.log("val_loss", self.loss(batch))

        def configure_optimizers(self):
            return torch.optim.Adam(self.parameters(), lr=1e-2)

    trainer = pl.Trainer(
        max_epochs=EPOCHS,
        accelerator="cpu",
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        callbacks=[callback],
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # advice about workers and about the number of steps
        trainer.fit(Module(), loader(trial, TRAIN), loader(trial, VALIDATION))


def hugging_face(trial, model, callback):
    import torch
    from transformers import PrinterCallback, Trainer, TrainingArguments

    class Module(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, x, labels):
            logits = self.model(x)
            return {"loss": torch.nn.functional.cross_entropy(logits, labels), "logits": logits}

    class Rows(torch.utils.data.Dataset):
        def __init__(self, part):
            self.rows = rows_of(part)

        def __len__(self):
            return len(self.rows)

        def __getitem__(self, index):
            x, label = self.rows[index]
            return {"x": x, "labels": label}

    trainer = Trainer(
        Module(),
        TrainingArguments(
            num_train_epochs=EPOCHS,
            per_device_train_batch_size=20,
            learning_rate=1e-2,
            seed=trial.seed_of("order"),
            eval_strategy="epoch",
            logging_strategy="epoch",
            save_strategy="no",
            report_to=[],
            use_cpu=True,
            disable_tqdm=True,
        ),
        train_dataset=Rows(TRAIN),
        eval_dataset=Rows(VALIDATION),
        callbacks=[callback],
    )
    trainer.remove_callback(PrinterCallback)
    trainer.train()


def skorch(trial, model, callback):
    import torch
    from skorch import NeuralNetClassifier
    from skorch.dataset import Dataset
    from skorch.helper import predefined_split

    X, y = data()
    net = NeuralNetClassifier(
        model,
        criterion=torch.nn.CrossEntropyLoss,
        optimizer=torch.optim.Adam,
        lr=1e-2,
        max_epochs=EPOCHS,
        batch_size=20,
        iterator_train__shuffle=True,
        iterator_train__generator=trial.generator("order"),
        train_split=predefined_split(Dataset(X[VALIDATION], y[VALIDATION])),
        callbacks=[callback],
        verbose=0,
    )
    net.fit(X[TRAIN], y[TRAIN])


def accelerate(trial, model, callback):
    import torch
    from accelerate import Accelerator

    accelerator = Accelerator(cpu=True, log_with=callback)
    accelerator.init_trackers("run")
    made = torch.optim.Adam(model.parameters(), lr=1e-2)
    network, optimizer, train, validation = accelerator.prepare(
        model, made, loader(trial, TRAIN), loader(trial, VALIDATION)
    )
    loss_of = torch.nn.functional.cross_entropy
    for _ in trial.epochs(EPOCHS):
        network.train()
        for x, y in train:
            loss = loss_of(network(x), y)
            accelerator.backward(loss)
            optimizer.step()
            optimizer.zero_grad()
            accelerator.log({"train_loss": loss.item()})
        with trial.noise_free(network):
            losses = [loss_of(network(x), y).item() for x, y in validation]
        accelerator.log({"val_loss": sum(losses) / len(losses)})
    accelerator.end_training()


TRAINERS = {
    "Keras": keras,
    "Lightning": lightning,
    "HuggingFace": hugging_face,
    "Skorch": skorch,
    "Accelerate": accelerate,
}
