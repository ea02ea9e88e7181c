"""PyTorch networks and small studies for the tests."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")
from torch import nn  # noqa: E402

# Waiting threads slow small networks down on a busy machine.
torch.set_num_threads(1)

N = 120


def table(n_classes=2, n=N, shape=(6,)):
    rng = np.random.default_rng(3)
    X = rng.normal(size=(n, *shape))
    score = X.reshape(n, -1)[:, 0] - X.reshape(n, -1)[:, 1] + rng.normal(size=n) / 3
    if n_classes is None:
        return X, score
    return X, np.digitize(score, np.quantile(score, np.arange(1, n_classes) / n_classes))


def chain(n_features, n_outputs):
    return nn.Sequential(
        nn.Linear(n_features, 12),
        nn.ReLU(),
        nn.Dropout(0.3),
        nn.Linear(12, 8),
        nn.Tanh(),
        nn.Linear(8, n_outputs),
    )


def with_momentum(n_features, n_outputs):
    module = chain(n_features, n_outputs)
    return module, torch.optim.SGD(module.parameters(), lr=0.05, momentum=0.9)


class Functional(nn.Module):
    """Dropout in its ``forward``, a batch normalisation, and probabilities as outputs."""

    def __init__(self, n_features, n_outputs):
        super().__init__()
        self.first = nn.Linear(n_features, 12)
        self.norm = nn.BatchNorm1d(12)
        self.last = nn.Linear(12, n_outputs)
        self.link = nn.Sigmoid() if n_outputs == 1 else nn.Softmax(-1)

    def forward(self, x):
        hidden = nn.functional.dropout(torch.relu(self.norm(self.first(x))), 0.5, self.training)
        return self.link(self.last(hidden))


class Pictures(nn.Module):
    """A convolution over (channels, height, width)."""

    def __init__(self, shape, n_outputs):
        super().__init__()
        self.convolution = nn.Conv2d(shape[0], 4, 3)
        self.last = nn.LazyLinear(n_outputs)

    def forward(self, x):
        return self.last(torch.relu(self.convolution(x)).flatten(1))


class Codes(nn.Module):
    """An embedding, read by a GRU."""

    def __init__(self, n_features, n_outputs):
        super().__init__()
        self.codes = nn.Embedding(9, 4)
        self.recurrent = nn.GRU(4, 6, batch_first=True)
        self.last = nn.Linear(6, n_outputs)

    def forward(self, x):
        return self.last(self.recurrent(self.codes(x))[0][:, -1])


class PartlyCodes(nn.Module):
    """An embedding that reads the first column alone, as it is or within its bounds."""

    def __init__(self, n_features, n_outputs, bounded=False):
        super().__init__()
        self.codes = nn.Embedding(9, 4)
        self.last = nn.Linear(n_features + 3, n_outputs)
        self.bounded = bounded

    def forward(self, x):
        codes = x[:, 0].long()
        codes = codes.clamp(0, 8) if self.bounded else codes
        return self.last(torch.cat([self.codes(codes), x[:, 1:]], dim=1))


class Noisy(nn.Module):
    """Noise of its own, which no surgery finds."""

    def __init__(self, n_features, n_outputs):
        super().__init__()
        self.last = nn.Linear(n_features, n_outputs)

    def forward(self, x):
        return self.last(x) + torch.randn(len(x), 1) * self.training
