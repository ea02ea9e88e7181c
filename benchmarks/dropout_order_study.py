"""``python -m benchmarks.dropout_order_study DATA.npz OUT.jsonl``: dropout as it was published.

Four arms (none, L2, dropout, dropout with a limit on norms) are trained by gradient descent with
momentum and a rate that falls to 0, as in Srivastava et al. 2014, appendix A. The rows are dealt to
five folds. Fold 0 chooses the settings of each arm and is never tested; each other fold is the test
set of one run an arm, which trains on all other rows. A line is appended for each run, with test
error and test loss of every epoch. Lines that are there already are not run again.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from time import process_time
from typing import Any

import click
import numpy as np
import torch
from scipy.optimize import minimize_scalar
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from bridle import streams
from bridle.dropout.torch_modules import Dropout
from bridle.networks.penalty import add_max_norm

__all__ = ["main"]

FOLDS, TUNING, MOMENTUM, BATCH = 5, 0, 0.95, 128
INPUT, HIDDEN = 0.2, 0.5
"""Rates of dropout."""

ARMS: dict[str, tuple[dict[str, float], ...]] = {
    "none": ({"rate": 0.003}, {"rate": 0.01}, {"rate": 0.03}),
    "L2": ({"rate": 0.01, "l2": 5e-4}, {"rate": 0.03, "l2": 1e-4}, {"rate": 0.03, "l2": 5e-4}),
    "dropout": ({"rate": 0.01}, {"rate": 0.03}, {"rate": 0.1}),
    "dropout and max-norm": (
        {"rate": 0.03, "norm": 1.5},
        {"rate": 0.03, "norm": 2.0},
        {"rate": 0.03, "norm": 3.0},
        {"rate": 0.1, "norm": 1.5},
        {"rate": 0.1, "norm": 2.0},
    ),
}
"""Settings to choose from, by arm."""


@click.command()
@click.argument("data", type=click.Path(exists=True, path_type=Path))
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--width", default=512, show_default=True, help="Units of a hidden layer.")
@click.option("--epochs", default=40, show_default=True)
@click.option("--trial-epochs", default=25, show_default=True, help="Epochs that choose settings.")
@click.option("--arm", "arms", multiple=True, default=tuple(ARMS), type=click.Choice(list(ARMS)))
def main(
    data: Path, out: Path, width: int, epochs: int, trial_epochs: int, arms: tuple[str, ...]
) -> None:
    """Train what is not in OUT yet, and append a line for each run."""
    torch.set_num_threads(1)
    held = np.load(data)
    X = torch.tensor(held["X"].reshape(len(held["X"]), -1) / 255, dtype=torch.float32)
    y = torch.tensor(held["y"], dtype=torch.int64)
    for fold in range(FOLDS):
        for arm in arms:
            for settings in _settings(arm, fold, width, _lines(out)):
                key = {"arm": arm, "fold": fold, "width": width, **settings}
                if any(key.items() <= line.items() for line in _lines(out)):
                    continue
                n = trial_epochs if fold == TUNING else epochs
                found = _run(X, y, _network(arm, width, fold), fold, n, settings)
                with out.open("a") as file:
                    file.write(json.dumps({**key, **found}) + "\n")
                click.echo({**key, "loss": found["losses"][-1], "error": found["errors"][-1]})


def _lines(out: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.read_text().splitlines()] if out.exists() else []


def _settings(
    arm: str, fold: int, width: int, lines: list[dict[str, Any]]
) -> tuple[dict[str, float], ...]:
    """Return the settings to run: all on the tuning fold, then those with the fewest errors there."""
    if fold == TUNING:
        return ARMS[arm]
    tried = {"arm": arm, "fold": TUNING, "width": width}
    best = min(
        (line for line in lines if tried.items() <= line.items()),
        key=lambda line: (line["errors"][-1], line["losses"][-1]),
    )
    return ({name: best[name] for name in ARMS[arm][0]},)


def _run(
    X: Tensor, y: Tensor, network: nn.Sequential, fold: int, epochs: int, settings: dict[str, float]
) -> dict[str, Any]:
    """Return test errors and losses by epoch, and the last training loss, without noise."""
    began = process_time()
    dealt = torch.tensor(streams.generator(0, "split").permutation(len(y)) % FOLDS)
    train, test = torch.nonzero(dealt != fold)[:, 0], torch.nonzero(dealt == fold)[:, 0]
    optimizer = _optimizer(network, settings)
    order = streams.generator(fold, "order")
    steps, done = epochs * (len(train) // BATCH), 0
    errors, losses = [], []
    for _ in range(epochs):
        network.train()
        shuffled = train[torch.tensor(order.permutation(len(train)))]
        for rows in shuffled[: len(train) // BATCH * BATCH].split(BATCH):
            for group in optimizer.param_groups:
                group["lr"] = settings["rate"] * (1 - done / steps)
            optimizer.zero_grad()
            cross_entropy(network(X[rows]), y[rows]).backward()
            optimizer.step()
            done += 1
        outputs = _outputs(network, X[test])
        losses.append(cross_entropy(outputs, y[test]).item())
        errors.append((outputs.argmax(1) != y[test]).double().mean().item())
    return {
        "errors": errors,
        "losses": losses,
        "train_loss": cross_entropy(_outputs(network, X[train]), y[train]).item(),
        "calibrated": _calibrated(outputs, y[test]),
        "wrong": test[outputs.argmax(1) != y[test]].tolist(),
        "seconds": process_time() - began,
    }


def _network(
    arm: str, width: int, fold: int, pixels: int = 784, classes: int = 10
) -> nn.Sequential:
    """Return two hidden layers with ReLU; the weights are the same for all arms of a fold."""
    torch.manual_seed(streams.integer(fold, "initialisation"))
    sizes = ((pixels, width), (width, width), (width, classes))
    dense = [nn.Linear(*size) for size in sizes]
    for layer in dense:
        nn.init.xavier_uniform_(layer.weight)
        nn.init.zeros_(layer.bias)
    drops = "dropout" in arm
    noise = [
        Dropout(rate if drops else 0.0, seed=streams.integer(fold, "noise", i))
        for i, rate in enumerate((INPUT, HIDDEN, HIDDEN))
    ]
    first, second, last = dense
    return nn.Sequential(noise[0], first, nn.ReLU(), noise[1], second, nn.ReLU(), noise[2], last)


def _optimizer(network: nn.Sequential, settings: dict[str, float]) -> torch.optim.SGD:
    dense = [layer for layer in network if isinstance(layer, nn.Linear)]
    groups = [
        {"params": [layer.weight for layer in dense], "weight_decay": settings.get("l2", 0.0)},
        {"params": [layer.bias for layer in dense]},
    ]
    optimizer = torch.optim.SGD(groups, lr=settings["rate"], momentum=MOMENTUM)
    if "norm" in settings:
        add_max_norm(network, settings["norm"], dense[:-1], optimizer=optimizer)
    return optimizer


def _outputs(network: nn.Sequential, X: Tensor) -> Tensor:
    network.eval()
    with torch.no_grad():
        return network(X)


def _calibrated(outputs: Tensor, y: Tensor) -> float:
    """Return the loss after each half's outputs are divided by the number that suits the other."""
    halves = torch.arange(len(y)) % 2 == 0
    total = 0.0
    for fitted in (halves, ~halves):
        best = minimize_scalar(
            _loss_at(outputs[fitted], y[fitted]), bounds=(-3, 3), method="bounded"
        )
        total += _loss_at(outputs[~fitted], y[~fitted])(best.x) * int((~fitted).sum())
    return total / len(y)


def _loss_at(outputs: Tensor, y: Tensor) -> Callable[[float], float]:
    return lambda power: cross_entropy(outputs.double() / np.exp(power), y).item()


if __name__ == "__main__":
    main()
