"""DropConnect: weights dropped instead of units."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn
from torch.nn import functional

from bridle.dropout.torch_modules.source import (
    NoiseSource,
    Noisy,
    Scheduling,
    require_float,
    scaled,
)

__all__ = ["DropConnectLinear"]


class DropConnectLinear(Noisy, nn.Linear):
    """``torch.nn.Linear`` that drops weights, one mask a batch: ``y = x (W m / (1 - rate))' + b``.

    Parameters
    ----------
    in_features, out_features : int
    rate : float
        Fraction of weights to drop, in [0, 1], default 0.5; the bias is kept.
    schedule, seed
        As for `Dropout`.
    **settings
        As for ``torch.nn.Linear``, whose ``state_dict`` loads strictly.

    Source: Wan et al. 2013, "Regularization of neural networks using DropConnect", section 3.
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        *,
        rate: float = 0.5,
        schedule: Scheduling = None,
        seed: int | None = None,
        **settings: Any,
    ) -> None:
        super().__init__(in_features, out_features, **settings)
        self.noise = NoiseSource(rate, schedule, seed)

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002
        """Return the outputs, shape (*, out_features) for an input of shape (*, in_features)."""
        require_float(input)
        if not self.training:
            return super().forward(input)
        multiplier = self.noise.bernoulli(self.weight, tuple(self.weight.shape))
        return functional.linear(input, scaled(self.weight, multiplier), self.bias)
