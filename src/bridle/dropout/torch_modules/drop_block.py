"""DropBlock: dropout of square blocks of feature maps."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

from bridle.arguments.scalars import is_integer, refuse
from bridle.dropout.noise import block_multiplier
from bridle.dropout.torch_modules.draws import uniform
from bridle.dropout.torch_modules.source import (
    NoiseSource,
    Noisy,
    Scheduling,
    cast_to,
    require_float,
    scaled,
)
from bridle.errors import InputError

__all__ = ["DropBlock2d"]


class DropBlock2d(Noisy, nn.Module):
    """Drops squares of side ``block_size`` in each channel of (N, C, H, W) or (C, H, W).

    ``y = x m / (1 - rate)``. Every unit is dropped with probability ``rate``, at the border too,
    because blocks may extend beyond it (see `bridle.dropout.noise.block_multiplier`).

    Parameters
    ----------
    rate : float
        Fraction of units to drop, in [0, 1], default 0.1.
    block_size : int
        Side of a block in units, at least 1, default 7.
    schedule, seed
        As for `Dropout`.

    Raises
    ------
    InputError
        An argument is outside its range.

    Source: Ghiasi et al. 2018, "DropBlock: a regularization method for convolutional networks".
    """

    def __init__(
        self,
        rate: float = 0.1,
        block_size: int = 7,
        *,
        schedule: Scheduling = None,
        seed: int | None = None,
    ) -> None:
        super().__init__()
        if not (is_integer(block_size) and block_size >= 1):
            refuse(
                "block_size", "an integer from 1 upwards, the side of a block in units", block_size
            )
        self.block_size = int(block_size)
        self.noise = NoiseSource(rate, schedule, seed)

    def forward(self, x: Tensor) -> Tensor:
        """Return the map with blocks set to zero; in evaluation, the map unchanged.

        Parameters
        ----------
        x : Tensor of shape (N, C, H, W) or (C, H, W)
            Floating-point numbers.

        Raises
        ------
        InputError
            x has another number of axes, or is not floating-point.
        """
        require_float(x)
        if x.ndim not in (3, 4):
            raise InputError(
                "The input of DropBlock2d must have 4 axes (batch, channels, height, width), or 3 "
                f"without the batch. Received: shape {tuple(x.shape)}."
            )
        return scaled(x, self._multiplier(x)) if self.training else x

    def extra_repr(self) -> str:
        """Return the settings shown by ``repr``."""
        return f"block_size={self.block_size}"

    def _multiplier(self, x: Tensor) -> Tensor:
        place, rate = self.noise.next_call()
        margin = self.block_size - 1
        *outer, height, width = x.shape
        draws = uniform(x, place, (*outer, height + margin, width + margin))
        smallest = -functional.max_pool2d(-draws, self.block_size, stride=1)
        cast = cast_to(draws.dtype)
        return block_multiplier(smallest, rate.to(draws.dtype), self.block_size, 2, cast)
