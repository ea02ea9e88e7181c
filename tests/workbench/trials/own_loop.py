"""A training loop of a user, as a program: `python own_loop.py FOLDER FRAMEWORK`."""

from __future__ import annotations

import sys

import numpy as np

import bridle
from bridle.backend import load_keras

EPOCHS, SEEDS = 4, 5
TRAIN, VALIDATION, TEST = slice(0, 60), slice(60, 120), slice(120, 200)


def data():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 10)).astype("float32")
    return X, (X[:, 0] + rng.normal(size=200) > 0).astype("int64")


def with_torch(study):
    import torch
    from torch import nn

    torch.set_num_threads(1)
    X, y = map(torch.from_numpy, data())
    loss_of = nn.functional.cross_entropy

    def build():
        return nn.Sequential(nn.Linear(10, 16), nn.ReLU(), nn.Dropout(0.1), nn.Linear(16, 2))

    for trial in study:
        model = trial.network(build)
        optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
        for epoch in trial.epochs(EPOCHS):
            print("epoch", epoch, flush=True)
            order = torch.randperm(60, generator=trial.generator("order"))
            total = 0.0
            for rows in order.split(20):
                loss = loss_of(model(X[TRAIN][rows]), y[TRAIN][rows])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                total += loss.item() / 3
            with trial.noise_free(model):
                trial.log(train_loss=total, val_loss=loss_of(model(X[VALIDATION]), y[VALIDATION]))
        with trial.noise_free(model):
            trial.finish(logits=model(X[TEST]), targets=y[TEST])


def with_keras(study):
    keras = load_keras()
    X, y = data()

    def build():
        return keras.Sequential(
            [keras.Input((10,)), keras.layers.Dense(16, "relu"), keras.layers.Dense(2)]
        )

    for trial in study:
        model = trial.network(build)
        model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
        for epoch in trial.epochs(EPOCHS):
            print("epoch", epoch, flush=True)
            order = trial.rng("order").permutation(60)
            model.fit(X[TRAIN][order], y[TRAIN][order], shuffle=False, verbose=0)
            trial.log(val_loss=model.evaluate(X[VALIDATION], y[VALIDATION], verbose=0))
        trial.finish(logits=model.predict(X[TEST], verbose=0), targets=y[TEST])


def main(folder, framework, seeds=SEEDS):
    study = bridle.Trials(folder, seeds=seeds)
    {"torch": with_torch, "keras": with_keras}[framework](study)
    return study


if __name__ == "__main__":
    print(main(*sys.argv[1:]).judge().decision)
