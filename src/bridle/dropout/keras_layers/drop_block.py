"""Dropout of square blocks of feature maps."""

from __future__ import annotations

from typing import Any

from bridle.arguments.scalars import is_integer, refuse
from bridle.backend import load_keras
from bridle.dropout.keras_layers.base import NoisyLayer, registered
from bridle.dropout.keras_layers.masks.source import as_number, multiplied
from bridle.dropout.keras_layers.spatial_dropout import standard_format
from bridle.dropout.noise import Noise, block_multiplier

__all__ = ["DropBlock2D"]

keras = load_keras()


@registered
class DropBlock2D(NoisyLayer):
    """Drops squares of each feature map and scales the remaining units by 1 / (1 - rate).

    Every unit is dropped with probability ``rate``, at the border too, because blocks may extend
    beyond it. The probability of a block is in `bridle.dropout.noise.block_multiplier`.

    Parameters
    ----------
    rate : float
        Fraction of units to drop, in [0, 1].
    block_size : int
        Side of a block, at least 1, default 7. 1 is plain dropout.
    data_format : {"channels_last", "channels_first"}, optional
        Position of the channel axis; default: Keras's setting.
    seed, schedule, **kwargs
        As in `bridle.dropout.keras_layers.Dropout`.

    Raises
    ------
    InputError
        An argument is outside its range.

    Source: Ghiasi et al. 2018, "DropBlock: a regularization method for convolutional networks",
    whose scale is estimated from the drawn mask; here it is exact.
    """

    def __init__(
        self,
        rate: Any,
        block_size: int = 7,
        data_format: str | None = None,
        seed: Any = None,
        schedule: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(rate, seed, schedule, **kwargs)
        if not (is_integer(block_size) and block_size >= 1):
            refuse("block_size", "an integer from 1 upwards, the side of a block", block_size)
        self.block_size = int(block_size)
        self.data_format = standard_format(data_format)
        self.input_spec = keras.layers.InputSpec(ndim=4)

    def noised(self, inputs: Any) -> Any:
        """Return the inputs with square blocks set to zero."""
        rate = self.noise.rate_now()
        draws = self.noise.draws(Noise(), self._centres(keras.ops.shape(inputs)))
        # For each unit the smallest draw among the blocks that cover it.
        smallest = -keras.ops.max_pool(
            -draws, self.block_size, strides=1, padding="valid", data_format=self.data_format
        )
        return multiplied(inputs, block_multiplier(smallest, rate, self.block_size, 2, as_number))

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the constructor."""
        own = {"block_size": self.block_size, "data_format": self.data_format}
        return {**super().get_config(), **own}

    def _centres(self, shape: Any) -> tuple[Any, ...]:
        spatial = (2, 3) if self.data_format == "channels_first" else (1, 2)
        margin = self.block_size - 1
        return tuple(size + margin if i in spatial else size for i, size in enumerate(shape))
