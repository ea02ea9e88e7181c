"""Checks of rates and seeds, and the keys of noise streams.

A noise stream is the sequence of random numbers from which one dropout layer draws its masks. Its
key is a hash of the user's seed and of the layer's position in the network, so the layers of a
network draw independent masks, and the same network under the same seed draws the same ones again.
"""

from __future__ import annotations

from typing import Any

from bridle import streams
from bridle.arguments.real_numbers import shown
from bridle.arguments.scalars import is_integer, is_number, refuse
from bridle.errors import InputError

__all__ = ["checked_rate", "checked_seed", "stream_key"]


def checked_rate(rate: Any, name: str = "rate") -> float:
    """Return the rate as a float.

    Parameters
    ----------
    rate : float
        Fraction of units to drop, in [0, 1].
    name : str
        The argument, for the message.

    Raises
    ------
    InputError
        Not a number in [0, 1]: text, None, a boolean, NaN; a percentage or a number of units.
    """
    if not is_number(rate):
        hint = " Pass a number, for instance 0.5."
    elif 0 <= rate <= 1:
        return float(rate)
    elif rate > 100:
        hint = " The rate is a fraction, not the number of units."
    elif rate > 1:
        hint = f" If it is a percentage, write {float(rate) / 100:g}."
    else:
        hint = ""
    raise InputError(
        f"{name} must be a number in [0, 1], the fraction of units to drop. "
        f"Received: {name}={shown(rate)}.{hint}"
    )


def checked_seed(seed: Any, name: str = "seed") -> int:
    """Return the seed as an int.

    Parameters
    ----------
    seed : int
        Any integer, negative ones and NumPy's included.
    name : str
        The argument, for the message.

    Raises
    ------
    InputError
        Not an integer: text, a float, a boolean.
    """
    if not is_integer(seed):
        refuse(name, "an integer of any size and sign", seed)
    return int(seed)


def stream_key(seed: int, *position: str | int) -> int:
    """Return the key of the noise stream at ``position`` under ``seed``.

    Parameters
    ----------
    seed : int
        Any integer, as `checked_seed` takes it.
    *position : str or int
        Position of the noise: the depth-first index of the layer in its network and, if the layer
        has several noises, the name of this one.

    Returns
    -------
    int
        In [0, 2**31), the same in every process. Keys of neighbouring seeds or positions (1 and 2)
        are unrelated.
    """
    seed = checked_seed(seed)
    sign = ("negative",) if seed < 0 else ()
    return streams.integer(abs(seed), "noise", *sign, *position)
