"""A training step of a network in PyTorch with bridle's masks, and with PyTorch's own."""

from __future__ import annotations

import torch
from torch import nn

from benchmarks.scaffold.pairs import Call, Pair
from bridle.dropout.torch_modules import Dropout

__all__ = ["pair"]


def pair() -> Pair:
    """Return steps of 784-512-512-10 with Adam on batches of 128."""
    ours = _step(Dropout(0.5, seed=1), Dropout(0.5, seed=2))
    return Pair(ours, _step(nn.Dropout(0.5), nn.Dropout(0.5)))


def _step(first: nn.Module, second: nn.Module) -> Call:
    torch.manual_seed(0)
    x, y = torch.randn(128, 784), torch.randint(10, (128,))
    hidden = [nn.Linear(784, 512), nn.ReLU(), first, nn.Linear(512, 512), nn.ReLU(), second]
    model = nn.Sequential(*hidden, nn.Linear(512, 10))
    adam = torch.optim.Adam(model.parameters())

    def step() -> None:
        adam.zero_grad()
        nn.functional.cross_entropy(model(x), y).backward()
        adam.step()

    return step
