"""DropConnect: dropout of weights instead of units."""

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
    """``torch.nn.Linear`` that drops single weights in training, with one mask per batch.

    ``y = x (W * m / (1 - rate))' + b`` with m = 0 for dropped weights, else 1.

    Parameters
    ----------
    in_features, out_features : int
        As for ``torch.nn.Linear``.
    rate : float
        Fraction of weights to drop, in [0, 1], default 0.5. The bias is never dropped.
    schedule, seed
        As for `Dropout`.
    **settings
        As for ``torch.nn.Linear``, whose ``state_dict`` loads strictly.

    Raises
    ------
    InputError
        An argument is outside its range.

    Source: Wan et al. 2013, "Regularization of neural networks using DropConnect", section 3, with
    a mask for each sample instead of each batch.
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
        """Return the output, of shape (*, out_features) for an input of shape (*, in_features)."""
        require_float(input)
        if not self.training:
            return super().forward(input)
        multiplier = self.noise.bernoulli(self.weight, tuple(self.weight.shape))
        return functional.linear(input, scaled(self.weight, multiplier), self.bias)
