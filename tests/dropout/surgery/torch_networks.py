"""PyTorch networks of every shape, with where dropout has to stand in them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import nn
from torch.nn import functional


@dataclass(frozen=True)
class Network:
    """How to make a network, what goes in, which dropout it has, and which it gets by default."""

    make: Callable[[], nn.Module]
    shape: tuple[int, ...]
    places: dict[str, str]
    words: int = 0
    kept: dict[str, str] = field(default_factory=dict)

    def build(self) -> nn.Module:
        """Return the network in evaluation, the same one every time."""
        with torch.random.fork_rng():
            torch.manual_seed(5)
            return self.make().eval()

    def batch(self) -> torch.Tensor:
        """Return a batch."""
        generator = torch.Generator().manual_seed(6)
        if self.words:
            return torch.randint(self.words, self.shape, generator=generator)
        return torch.randn(self.shape, generator=generator)


def perceptron() -> nn.Module:
    return nn.Sequential(
        nn.Linear(6, 8), nn.ReLU(), nn.Sequential(nn.Linear(8, 8), nn.SELU()), nn.Linear(8, 2)
    )


class Functional(nn.Module):
    """Activations and dropout are functions."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(6, 8)
        self.second = nn.Linear(8, 8)
        self.third = nn.Linear(8, 8)
        self.unused = nn.Linear(8, 8)
        self.out = nn.Linear(8, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = functional.relu(self.first(x))
        x = torch.tanh(self.second(x))
        x = functional.dropout(functional.gelu(self.third(x)), 0.3, self.training)
        return self.out(x).log_softmax(dim=-1)


class Convolutional(nn.Module):
    """Batch normalisation after convolutions, a flat part at the end."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(4, 3, 2)
        )
        self.hidden = nn.Linear(12, 8)
        self.act = nn.ReLU()
        self.out = nn.Linear(8, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = torch.flatten(self.features(x), 1).relu()
        return self.out(self.act(self.hidden(x)))


class Block(nn.Module):
    """The block of a residual network; its activation is called twice."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)
        self.bn2 = nn.BatchNorm2d(channels)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.relu(self.bn1(self.conv1(x)))
        return self.relu(self.bn2(self.conv2(y)) + x)


class Residual(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(1, 4, 3, bias=False)
        self.blocks = nn.ModuleList([Block(4), Block(4)])
        self.head = nn.Linear(4, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = functional.relu(self.stem(x))
        for block in self.blocks:
            x = block(x)
        return self.head(functional.adaptive_avg_pool2d(x, 1).flatten(1))


class Classifier(nn.Module):
    """Words through an LSTM; a GRU of two layers behind it."""

    def __init__(self) -> None:
        super().__init__()
        self.words = nn.Embedding(10, 4)
        self.lstm = nn.LSTM(4, 5, batch_first=True)
        self.gru = nn.GRU(5, 5, num_layers=2, batch_first=True)
        self.out = nn.Linear(5, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y, _ = self.lstm(self.words(x))
        y, last = self.gru(y)
        return self.out(y[:, -1] + last[-1])


class Attending(nn.Module):
    """A transformer's block, with an optional mask."""

    def __init__(self) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)
        self.norm = nn.LayerNorm(8)
        self.up = nn.Linear(8, 12)
        self.down = nn.Linear(12, 8)
        self.drop = nn.Dropout(0.2)
        self.out = nn.Linear(8, 2)

    def forward(self, x: torch.Tensor, mask: torch.Tensor | None = None) -> torch.Tensor:
        y, _ = self.attention(x, x, x, attn_mask=mask)
        x = self.norm(x + y)
        x = x + self.drop(self.down(functional.gelu(self.up(x))))
        return self.out(x.mean(dim=1))


class Deciding(nn.Module):
    """Its way depends on the data, which no trace can follow."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(6, 8)
        self.blocks = nn.ModuleList([nn.Linear(8, 8), nn.Sequential(nn.Linear(8, 8), nn.Tanh())])
        self.out = nn.Linear(8, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = functional.relu(self.first(x))
        if x.sum() > 0:
            x = functional.relu(self.blocks[0](x))
        return self.out(self.blocks[1](x))


class Pair(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.out = nn.Linear(16, 2)

    def forward(self, left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
        return self.out(torch.cat([left, right], dim=1))


class Siamese(nn.Module):
    """One encoder for two inputs, one activation at two places of it."""

    def __init__(self) -> None:
        super().__init__()
        self.act = nn.ReLU()
        self.encoder = nn.Sequential(nn.Linear(6, 8), self.act, nn.Linear(8, 8), self.act)
        self.pair = Pair()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.pair(right=self.encoder(x), left=self.encoder(-x))


NETWORKS = {
    "perceptron": Network(
        perceptron, (4, 6), {"1_dropout": "Dropout", "2.1_dropout": "AlphaDropout"}
    ),
    "functional": Network(
        Functional,
        (4, 6),
        {"relu_dropout": "Dropout", "tanh_dropout": "Dropout"},
        kept={"dropout()": "function"},
    ),
    "convolutional": Network(
        Convolutional,
        (3, 1, 8, 8),
        {
            "features.2_dropout": "SpatialDropout2d",
            "relu_dropout": "Dropout",
            "act_dropout": "Dropout",
        },
    ),
    "residual": Network(
        Residual,
        (3, 1, 6, 6),
        {
            "relu_dropout": "SpatialDropout2d",
            "blocks.0.relu_dropout": "SpatialDropout2d",
            "blocks.0.relu_1_dropout": "SpatialDropout2d",
            "blocks.1.relu_dropout": "SpatialDropout2d",
            "blocks.1.relu_1_dropout": "SpatialDropout2d",
        },
    ),
    "siamese": Network(
        Siamese, (4, 6), {"encoder.1_dropout": "Dropout", "encoder.3_dropout": "Dropout"}
    ),
    "recurrent": Network(
        Classifier, (3, 5), {"lstm": "DropoutLSTM", "gru": "DropoutGRU"}, words=10
    ),
    "attention": Network(
        Attending,
        (3, 4, 8),
        {"attention": "DropoutAttention", "gelu_dropout": "Dropout"},
        kept={"drop": "Dropout"},
    ),
    "deciding": Network(
        Deciding,
        (4, 6),
        {
            "first.dropout_behind": "Dropout",
            "blocks.0.dropout_behind": "Dropout",
            "blocks.1.1_dropout": "Dropout",
        },
    ),
}
