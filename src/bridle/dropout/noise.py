"""Noise: the mathematics of dropout, shared by all frameworks.

In training, dropout replaces each activation x by a random y with mean x. A unit that survives with
probability q = 1 - p is therefore scaled by 1 / q. Because the scaling is done in training
("inverted dropout"), inference needs none: the layer is the identity there, and the network's
weights are used as they are. For a rate p, ``y = multiplier * x + shift``:

=========  ==================  ==============================================  ================
kind       draw                y                                               Var[y | x]
=========  ==================  ==============================================  ================
bernoulli  u, uniform [0, 1)   x [u >= p] / q                                  x^2 p / q
gaussian   z, standard normal  x (1 + z sqrt(p / q))                           x^2 p / q
alpha      u, uniform [0, 1)   a (x [u >= p] + A [u < p]) - a A p              a^2 (x - A)^2 p q
=========  ==================  ==============================================  ================

where A = -1.758… is the value at which SELU saturates and a = (q (1 + p A^2))^(-1/2). Alpha dropout
does not keep the mean x: if x has mean 0 and variance 1 across a layer, so has y. Rate 0 is the
identity bit for bit. Rate 1 gives zeros with zero gradients. A NaN stays NaN, because noise
multiplies and never selects.

The formulas use only Python's operators, so they work on NumPy and JAX arrays and on PyTorch and
TensorFlow tensors, and the rate may be such an array too. No operator turns a comparison into
numbers in every framework; the argument ``cast`` does, for instance ``numpy.float32``. Draws, rates
and multipliers are float32 or wider, whatever the type of the activation.

Source: Srivastava et al. 2014, "Dropout: a simple way to prevent neural networks from overfitting",
section 10 for the gaussian kind; Klambauer et al. 2017, "Self-normalizing neural networks",
section 2.1 of the supplement for alpha.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from bridle.arguments.scalars import is_integer, refuse
from bridle.dropout.rate import checked_rate
from bridle.errors import InputError, UnknownNameError

__all__ = [
    "Cast",
    "Kind",
    "Noise",
    "bernoulli_multiplier",
    "block_multiplier",
    "shared_axes_of",
]

Kind = Literal["bernoulli", "gaussian", "alpha"]

Cast = Callable[[Any], Any]
"""Converts booleans, a scalar or an array, to 1.0 and 0.0."""

SELU_SATURATION = -1.6732632423543772 * 1.0507009873554805


@dataclass(frozen=True)
class Noise:
    """Random multiplication (and shift) of an activation, in one of three kinds.

    Parameters
    ----------
    kind : {"bernoulli", "gaussian", "alpha"}
        Default ``"bernoulli"``: a unit is kept and scaled by 1 / q, or set to zero.
    rate : float
        Fraction of units to drop, in [0, 1], default 0.5.
    shared_axes : tuple of int
        Axes along which all positions use the same draw; default: none. Spatial dropout of images
        shares the two spatial axes; dropping whole samples shares all axes but the first. Negative
        axes count from the end.
    groups : int, optional
        Number of different masks in a batch, at least 1: row i of n uses mask ``i * groups // n``.
        Default: each row has its own mask.

    Raises
    ------
    InputError
        An argument is outside its range.
    """

    kind: Kind = "bernoulli"
    rate: float = 0.5
    shared_axes: tuple[int, ...] = ()
    groups: int | None = None

    def __post_init__(self) -> None:
        if self.kind not in get_args(Kind):
            raise UnknownNameError("kind of noise", self.kind, get_args(Kind))
        object.__setattr__(self, "rate", checked_rate(self.rate))
        axes = self.shared_axes
        if not (isinstance(axes, tuple) and all(is_integer(axis) for axis in axes)):
            refuse("shared_axes", "a tuple of integers", axes)
        if self.groups is not None and not (is_integer(self.groups) and self.groups >= 1):
            refuse("groups", "an integer from 1 upwards, or None for one mask per row", self.groups)
        if self.groups is not None and 0 in axes:
            raise InputError(
                "groups must be None if axis 0 is shared: the whole batch then has one mask. "
                f"Received: groups={self.groups!r}, shared_axes={axes!r}."
            )

    @property
    def draw(self) -> Literal["uniform", "normal"]:
        """The distribution of the draws: uniform in [0, 1), or standard normal."""
        return "normal" if self.kind == "gaussian" else "uniform"

    def draw_shape(self, shape: Sequence[Any]) -> tuple[Any, ...]:
        """Return the shape of the draws for an activation of ``shape``.

        A size may be symbolic, if the framework has symbolic sizes.

        Raises
        ------
        InputError
            A shared axis is not an axis of ``shape``.
        """
        shared = {self._axis(axis, len(shape)) for axis in self.shared_axes}
        drawn = [1 if axis in shared else size for axis, size in enumerate(shape)]
        if self.groups is not None:
            drawn[0] = self.groups
        return tuple(drawn)

    def group_rows(self, n_rows: int) -> npt.NDArray[np.intp]:
        """Return the index of the mask that each of ``n_rows`` rows uses."""
        if self.groups is None:
            return np.arange(n_rows)
        return np.arange(n_rows) * self.groups // n_rows

    def multiplier(self, draws: Any, rate: Any = None, cast: Cast = float) -> Any:
        """Return the factor of the activation, in the shape of the draws.

        Parameters
        ----------
        draws : array
            From the distribution `draw`, of shape `draw_shape`.
        rate : float or array, optional
            Overrides `rate`; may be traced. Default: `rate`.
        cast : callable
            Converts booleans to numbers; see the module.
        """
        rate = self.rate if rate is None else rate
        if self.kind == "gaussian":
            return _gaussian_multiplier(draws, rate, cast)
        if self.kind == "alpha":
            return cast(draws >= rate) * _alpha_slope(rate, cast)
        return bernoulli_multiplier(draws, rate, cast)

    def shift(self, draws: Any, rate: Any = None, cast: Cast = float) -> Any:
        """Return the term added after the multiplication, or None for a kind without one.

        Parameters as for `multiplier`, with the same draws.
        """
        if self.kind != "alpha":
            return None
        rate = self.rate if rate is None else rate
        # At rate 0 this is -0.0, the only number whose addition changes no x, not even -0.0.
        return ((1.0 - rate) - cast(draws >= rate)) * (_alpha_slope(rate, cast) * SELU_SATURATION)

    def variance(self, x: Any) -> Any:
        """Return Var[y | x], the last column of the module's table; 0 at rate 1, where y is 0.

        Parameters
        ----------
        x : float or array
        """
        p, q = self.rate, 1.0 - self.rate
        if self.kind == "alpha":
            a = _alpha_slope(p, float)
            return a * a * (x - SELU_SATURATION) ** 2 * (p * q)
        return x * x * (p / q if q else 0.0)

    def _axis(self, axis: int, rank: int) -> int:
        if not -rank <= axis < rank:
            raise InputError(
                f"shared_axes must be axes of an input with {rank} axes. Received: "
                f"shared_axes={self.shared_axes!r}; there is no axis {axis}."
            )
        return axis % rank


def bernoulli_multiplier(draws: Any, rate: Any, cast: Cast = float) -> Any:
    """Return ``[u >= p] / (1 - p)``, and 0 at p = 1, for uniform draws u.

    Parameters
    ----------
    draws : array
        Uniform in [0, 1).
    rate : float or array
        p, in [0, 1].
    cast : callable
        Converts booleans to numbers; see the module.
    """
    return cast(draws >= rate) * _inverse(1.0 - rate, cast)


def block_multiplier(
    smallest: Any, rate: Any, block_size: int, n_axes: int, cast: Cast = float
) -> Any:
    """Return the multiplier of noise that drops whole blocks (DropBlock).

    A map has d axes, and each of its units is covered by b^d blocks of side b; blocks may extend up
    to b - 1 positions beyond the border. Each block is dropped with probability g, independently. A
    unit survives if no block that covers it is dropped: with probability ``(1 - g)^(b^d)``. Setting
    this to ``1 - rate`` gives g, exactly, at the border too.

    Parameters
    ----------
    smallest : array
        For each unit, the smallest of the b^d uniform draws of the blocks that cover it.
    rate : float or array
        Fraction of units to drop, in [0, 1].
    block_size : int
        b, at least 1.
    n_axes : int
        d, at least 1.
    cast : callable
        Converts booleans to numbers; see the module.

    Source: Ghiasi et al. 2018, "DropBlock: a regularization method for convolutional networks",
    whose gamma (equation 1) approximates g to first order, with blocks inside the map only.
    """
    keep = 1.0 - rate
    dropped_blocks = 1.0 - keep ** (1.0 / block_size**n_axes)
    return cast(smallest >= dropped_blocks) * _inverse(keep, cast)


def shared_axes_of(noise_shape: Any, shape: Sequence[int | None]) -> tuple[int, ...]:
    """Return the axes along which a Keras ``noise_shape`` shares its draws.

    Parameters
    ----------
    noise_shape : sequence of int or None
        For each axis of the input: 1 to share the draws along it; None or its size not to.
    shape : sequence of int or None
        Shape of the input, with None for sizes not known yet.

    Raises
    ------
    InputError
        The number of axes differs, or an entry is none of these; the message names the axis.
    """
    if isinstance(noise_shape, str) or not isinstance(noise_shape, Sequence):
        refuse("noise_shape", "a tuple with an integer or None for each axis", noise_shape)
    if len(noise_shape) != len(shape):
        raise InputError(
            f"noise_shape must have an entry for each of the {len(shape)} axes of the input, whose "
            f"shape is {tuple(shape)}. Received: noise_shape={noise_shape!r}."
        )
    for axis, (entry, size) in enumerate(zip(noise_shape, shape, strict=True)):
        fits = is_integer(entry) and entry > 0 and (entry == 1 or size in (None, entry))
        if entry is not None and not fits:
            known = "the size of the input" if size is None else str(size)
            raise InputError(
                f"noise_shape must be 1, None or {known} at axis {axis}. "
                f"Received: {entry!r} in noise_shape={noise_shape!r}."
            )
    return tuple(
        axis
        for axis, (entry, size) in enumerate(zip(noise_shape, shape, strict=True))
        if entry == 1 and size != 1
    )


def _gaussian_multiplier(draws: Any, rate: Any, cast: Cast) -> Any:
    is_kept = cast(rate < 1.0)
    deviation = (rate * _inverse(1.0 - rate, cast)) ** 0.5
    return is_kept + draws * (deviation * is_kept)


def _alpha_slope(rate: Any, cast: Cast) -> Any:
    keep = 1.0 - rate
    # At rate 1 return 1: shift and multiplier are then zero without a division by zero.
    return (keep * (1.0 + rate * SELU_SATURATION**2) + cast(keep <= 0.0)) ** -0.5


def _inverse(keep: Any, cast: Cast) -> Any:
    """Return 1 / keep, or 1 if keep is 0, when no unit is left to scale."""
    return 1.0 / (keep + cast(keep <= 0.0))
