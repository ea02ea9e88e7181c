"""Concrete dropout: the rate is learned by gradient descent, together with the weights."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn

from bridle.arguments.scalars import is_number, refuse
from bridle.dropout.rate import checked_rate
from bridle.dropout.torch_modules.draws import uniform
from bridle.dropout.torch_modules.source import require_float, scaled
from bridle.dropout.torch_modules.stream import MaskStream

__all__ = ["ConcreteDropout"]


class ConcreteDropout(nn.Module):
    """Dropout on the input of a layer, at a rate p that is learned with the weights.

    In training the layer receives ``x z / (1 - p)`` with ``z = 1 - s((logit p + logit u) /
    temperature)``, u uniform in (0, 1) and s the logistic function. As the temperature goes to 0, z
    becomes a Bernoulli variable; at temperatures above 0 it is a smooth function of p, through
    which p has a gradient. In evaluation the layer receives x. Add `penalty` to the loss: without
    it p goes to 0.

    Parameters
    ----------
    layer : torch.nn.Linear, Conv1d, Conv2d or Conv3d
        Single features of a linear layer are dropped, whole channels of a convolution.
    rate : float
        Initial value of p, above 0 and below 1, default 0.1.
    weight_regularizer : float
        At least 0, default 1e-6: ``l^2 / (tau N)`` with prior length scale l, precision tau and N
        training samples, for squared error; half of it for cross-entropy.
    dropout_regularizer : float
        At least 0, default 1e-5: ``2 / (tau N)`` for squared error; half of it for cross-entropy.
    temperature : float
        Above 0, default 0.1.
    seed : int, optional
        As for `Dropout`.

    Raises
    ------
    InputError
        An argument is outside its range.

    Source: Gal, Hron and Kendall 2017, "Concrete dropout", equations 3 to 5.
    """

    def __init__(
        self,
        layer: nn.Module,
        *,
        rate: float = 0.1,
        weight_regularizer: float = 1e-6,
        dropout_regularizer: float = 1e-5,
        temperature: float = 0.1,
        seed: int | None = None,
    ) -> None:
        super().__init__()
        if not isinstance(layer, (nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d)):
            refuse("layer", "a torch.nn.Linear, Conv1d, Conv2d or Conv3d", layer)
        p = checked_rate(rate)
        if p in (0.0, 1.0):
            refuse("rate", "above 0 and below 1, since a learned rate cannot leave 0 or 1", rate)
        self.weight_regularizer = _number("weight_regularizer", weight_regularizer)
        self.dropout_regularizer = _number("dropout_regularizer", dropout_regularizer)
        self.temperature = _number("temperature", temperature, above=True)
        self.layer = layer
        start = math.log(p) - math.log1p(-p)
        self.rate_logit = nn.Parameter(layer.weight.new_full((), start))
        self.stream = MaskStream(seed)

    @property
    def rate(self) -> float:
        """The current value of the learned rate p."""
        return torch.sigmoid(self.rate_logit.detach()).item()

    def forward(self, x: Tensor) -> Tensor:
        """Return the output of the layer, with noise on its input in training."""
        require_float(x)
        return self.layer(scaled(x, self._multiplier(x)) if self.training else x)

    def penalty(self) -> Tensor:
        """Return the penalty to add to the loss, a scalar.

        ``weight_regularizer ||W||^2 / (1 - p) - dropout_regularizer d H(p)`` with the weights W
        without bias, the number d of inputs that are dropped independently, and the entropy ``H(p)
        = -p log p - (1 - p) log(1 - p)``. The first term is divided by 1 - p because the mask
        scales kept inputs by 1 / (1 - p), which amounts to weights ``W / (1 - p)``.
        """
        logit = self.rate_logit
        p, q = torch.sigmoid(logit), torch.sigmoid(-logit)
        log_p, log_q = nn.functional.logsigmoid(logit), nn.functional.logsigmoid(-logit)
        weights = self.weight_regularizer * self.layer.weight.square().sum() / q
        return weights + self.dropout_regularizer * self._n_inputs() * (p * log_p + q * log_q)

    def extra_repr(self) -> str:
        """Return the settings shown by ``repr``."""
        return f"rate={self.rate:g}, temperature={self.temperature:g}, seed={self.stream.seed}"

    def _multiplier(self, x: Tensor) -> Tensor:
        axes = 0 if isinstance(self.layer, nn.Linear) else len(self.layer.kernel_size)
        shape = (*x.shape[: x.ndim - axes], *(1,) * axes)
        u = uniform(x, self.stream.advance(), shape)
        # Half a spacing of float32 away from 0, so that the logarithm is finite.
        noise = torch.log(u + 2**-25) - torch.log1p(-u)
        logit = self.rate_logit.to(u.dtype)
        return torch.sigmoid(-(logit + noise) / self.temperature) / torch.sigmoid(-logit)

    def _n_inputs(self) -> int:
        layer = self.layer
        return layer.in_features if isinstance(layer, nn.Linear) else layer.in_channels


def _number(name: str, value: Any, *, above: bool = False) -> float:
    if not (is_number(value) and 0 <= value < math.inf) or (above and value == 0):
        refuse(name, f"a finite number {'above 0' if above else 'of at least 0'}", value)
    return float(value)
