"""Modules with noise on their input: dropout, spatial, Gaussian, alpha, stochastic depth."""

from __future__ import annotations

from abc import ABC, abstractmethod

from torch import Tensor, nn

from bridle.dropout.noise import Noise
from bridle.dropout.torch_modules.source import NoiseSource, Noisy, Scheduling, require_float
from bridle.errors import InputError

__all__ = [
    "AlphaDropout",
    "DropPath",
    "Dropout",
    "GaussianDropout",
    "SpatialDropout1d",
    "SpatialDropout2d",
    "SpatialDropout3d",
]

BERNOULLI, GAUSSIAN, ALPHA = Noise("bernoulli"), Noise("gaussian"), Noise("alpha")


class NoisyActivation(Noisy, nn.Module, ABC):
    """Base class: noise on the input in training, the identity in evaluation.

    Parameters
    ----------
    rate : float
        Fraction of units to drop, in [0, 1], default 0.5.
    schedule : Schedule or mapping, optional
        Schedule of the rate over the training calls; default: a constant rate.
    seed : int, optional
        Any integer; default: a fresh one. Modules of one network never share masks, even with the
        same seed.

    Raises
    ------
    InputError
        An argument is outside its range.
    """

    def __init__(
        self, rate: float = 0.5, *, schedule: Scheduling = None, seed: int | None = None
    ) -> None:
        super().__init__()
        self.noise = NoiseSource(rate, schedule, seed)

    def forward(self, x: Tensor) -> Tensor:
        """Return the input with noise; in evaluation, the input unchanged."""
        require_float(x)
        return self.noise.apply_noise(x, self.noise_for(x)) if self.training else x

    @abstractmethod
    def noise_for(self, x: Tensor) -> Noise:
        """Return the kind of noise and the axes along which it is shared."""


class Dropout(NoisyActivation):
    """Drops single units: ``y = x m / (1 - rate)`` with m = 0 with probability ``rate``, else 1.

    The scaling in training keeps the mean of every unit, so evaluation returns x unchanged.

    Drop-in replacement for ``torch.nn.Dropout``.

    Source: Srivastava et al. 2014, "Dropout: a simple way to prevent neural networks from
    overfitting", section 4.
    """

    def noise_for(self, x: Tensor) -> Noise:
        """Return independent noise for every unit."""
        return BERNOULLI


class SpatialDropout1d(NoisyActivation):
    """Drops whole channels of (N, C, L) or (C, L). Drop-in replacement for ``torch.nn.Dropout1d``.

    Source: Tompson et al. 2015, "Efficient object localization using convolutional networks",
    section 3.2.
    """

    def noise_for(self, x: Tensor) -> Noise:
        """Return noise that is shared along the last axis."""
        return _over_channels(x, 1)


class SpatialDropout2d(NoisyActivation):
    """Drops whole channels of (N, C, H, W) or (C, H, W). Drop-in replacement for ``torch.nn.Dropout2d``.

    Source: as for `SpatialDropout1d`.
    """

    def noise_for(self, x: Tensor) -> Noise:
        """Return noise that is shared along the last two axes."""
        return _over_channels(x, 2)


class SpatialDropout3d(NoisyActivation):
    """Drops whole channels of (N, C, D, H, W) or (C, D, H, W), as ``torch.nn.Dropout3d``.

    Source: as for `SpatialDropout1d`.
    """

    def noise_for(self, x: Tensor) -> Noise:
        """Return noise that is shared along the last three axes."""
        return _over_channels(x, 3)


class GaussianDropout(NoisyActivation):
    """Multiplies each unit by a normal variable with mean 1 and variance ``rate / (1 - rate)``.

    Mean and variance are those of dropout at the same rate.

    Source: Srivastava et al. 2014, section 10.
    """

    def noise_for(self, x: Tensor) -> Noise:
        """Return independent noise for every unit."""
        return GAUSSIAN


class AlphaDropout(NoisyActivation):
    """Dropout for SELU networks, which keeps mean 0 and variance 1 of the activations.

    Dropped units take the value at which SELU saturates (formula in `bridle.dropout.noise`).

    Drop-in replacement for ``torch.nn.AlphaDropout``.

    Source: Klambauer et al. 2017, "Self-normalizing neural networks", supplement, section 2.1.
    """

    def noise_for(self, x: Tensor) -> Noise:
        """Return independent noise for every unit."""
        return ALPHA


class DropPath(NoisyActivation):
    """Stochastic depth: drops whole samples of a residual branch, ``x + drop(branch(x))``.

    ``y = x m / (1 - rate)`` with one m in {0, 1} for each sample of (N, …).

    Source: Huang et al. 2016, "Deep networks with stochastic depth", section 3, which scales at
    inference instead of in training.
    """

    def noise_for(self, x: Tensor) -> Noise:
        """Return noise that is shared along all axes but the first."""
        return Noise("bernoulli", shared_axes=tuple(range(1, x.ndim)))


def _over_channels(x: Tensor, n_axes: int) -> Noise:
    if x.ndim not in (n_axes + 1, n_axes + 2):
        raise InputError(
            f"The input of SpatialDropout{n_axes}d must have {n_axes + 2} axes (batch, channels and "
            f"{n_axes} in space), or {n_axes + 1} without the batch. Received: shape {tuple(x.shape)}."
        )
    return Noise("bernoulli", shared_axes=tuple(range(-n_axes, 0)))
