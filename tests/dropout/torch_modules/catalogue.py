"""Every PyTorch module of bridle's, with what it takes and the module that it takes the place of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from bridle.dropout import torch_modules as ours


@dataclass(frozen=True)
class Case:
    """A module.

    ``make(rate, **settings)`` makes it, ``twin()`` the PyTorch module with the same weights;
    ``shape`` is that of a batch, of ``words`` if there are that many. On its ``input`` stands the
    noise, if not on weights or on a state; ``per_draw`` units of the input share a draw. The
    ``bernoulli`` ones have outputs 0 or x / q.
    """

    make: Callable[..., nn.Module]
    shape: tuple[int, ...]
    twin: Callable[[], nn.Module] | None = None
    input: bool = True
    bernoulli: bool = True
    per_draw: int = 1
    words: int | None = None

    def batch(self, **settings: Any) -> torch.Tensor:
        """Return a batch of the shape, away from zero."""
        generator = torch.Generator().manual_seed(11)
        if self.words is not None:
            return torch.randint(self.words, self.shape, generator=generator)
        return (torch.rand(self.shape, generator=generator) + 0.5).to(**settings)


def linear() -> nn.Module:
    return nn.Linear(6, 4)


class SelfAttention(ours.DropoutAttention):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return super().forward(x, x, x)[0]


class PlainSelfAttention(nn.MultiheadAttention):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return super().forward(x, x, x)[0]


def with_noise(kind: Callable[..., nn.Module], *names: str) -> Callable[..., nn.Module]:
    """Return a maker of a recurrent module with one rate in the places that are named."""
    return lambda rate, **more: kind(5, 4, **dict.fromkeys(names, rate), **more)


CASES = {
    "Dropout": Case(ours.Dropout, (8, 16), lambda: nn.Dropout(0.5)),
    "SpatialDropout1d": Case(
        ours.SpatialDropout1d, (4, 8, 3), lambda: nn.Dropout1d(0.5), per_draw=3
    ),
    "SpatialDropout2d": Case(
        ours.SpatialDropout2d, (4, 8, 3, 2), lambda: nn.Dropout2d(0.5), per_draw=6
    ),
    "SpatialDropout3d": Case(
        ours.SpatialDropout3d, (4, 8, 3, 2, 2), lambda: nn.Dropout3d(0.5), per_draw=12
    ),
    "DropPath": Case(ours.DropPath, (16, 3, 2), lambda: nn.Identity(), per_draw=6),
    "DropBlock2d": Case(ours.DropBlock2d, (2, 3, 9, 9), lambda: nn.Identity()),
    "GaussianDropout": Case(ours.GaussianDropout, (8, 16), lambda: nn.Identity(), bernoulli=False),
    "AlphaDropout": Case(ours.AlphaDropout, (8, 16), lambda: nn.AlphaDropout(0.5), bernoulli=False),
    "EmbeddingDropout": Case(
        lambda rate, **more: ours.EmbeddingDropout(12, 3, rate=rate, **more),
        (4, 5),
        lambda: nn.Embedding(12, 3),
        input=False,
        words=12,
    ),
    "DropConnectLinear": Case(
        lambda rate, **more: ours.DropConnectLinear(6, 4, rate=rate, **more),
        (8, 6),
        linear,
        input=False,
    ),
    "ConcreteDropout": Case(
        lambda rate, **more: ours.ConcreteDropout(linear(), rate=rate, **more),
        (8, 6),
        input=False,
    ),
    "ConcreteDropout of channels": Case(
        lambda rate, **more: ours.ConcreteDropout(nn.Conv1d(3, 2, 2), rate=rate, **more),
        (4, 3, 5),
        input=False,
    ),
    "attention": Case(
        lambda rate, **more: SelfAttention(6, 2, rate=rate, **more),
        (3, 4, 6),
        lambda: PlainSelfAttention(6, 2),
        input=False,
    ),
    "LSTM, inputs": Case(
        with_noise(ours.DropoutLSTM, "input_dropout"),
        (3, 4, 5),
        lambda: nn.LSTM(5, 4),
        input=False,
    ),
    "LSTM, state": Case(
        with_noise(ours.DropoutLSTM, "recurrent_dropout"),
        (3, 4, 5),
        lambda: nn.LSTM(5, 4),
        input=False,
    ),
    "LSTM, weights": Case(
        with_noise(ours.DropoutLSTM, "weight_dropout"),
        (3, 4, 5),
        lambda: nn.LSTM(5, 4),
        input=False,
    ),
    "GRU, all": Case(
        with_noise(ours.DropoutGRU, "input_dropout", "recurrent_dropout", "weight_dropout"),
        (3, 4, 5),
        lambda: nn.GRU(5, 4),
        input=False,
    ),
}

LEARNED = {name for name in CASES if name.startswith("Concrete")}
SET = {name: case for name, case in CASES.items() if name not in LEARNED}
ON_INPUT = {name: case for name, case in CASES.items() if case.input}
BERNOULLI = {name: case for name, case in ON_INPUT.items() if case.bernoulli}


def output(module: nn.Module, x: torch.Tensor) -> torch.Tensor:
    """Return the module's output, without the last state of a recurrent one."""
    y = module(x)
    return y[0] if isinstance(y, tuple) else y


def made(case: Case, rate: float = 0.5, **settings: Any) -> nn.Module:
    """Return the module of a case with weights that are the same every time."""
    with torch.random.fork_rng():
        torch.manual_seed(3)
        return case.make(rate, **{"seed": 5, **settings})
