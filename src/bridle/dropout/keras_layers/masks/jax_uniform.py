"""Uniform numbers for masks on JAX, a third of the cost of ``jax.random.uniform`` on a CPU.

This is Threefry-2x32 with twenty rounds, the generator of `jax.random`, with its rounds unrolled.
On a CPU, JAX runs them in a loop, which XLA cannot fuse with the operations before and after it.
The numbers depend only on key and counter, also under vmap, jit and rematerialisation.

Source: Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3", section 3.3.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from math import prod
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

__all__ = ["uniform"]

ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))
PARITY = np.uint32(0x1BD11BDA)
ONE = np.uint32(0x3F800000)
"""The bits of 1.0. With 23 random bits as mantissa they are a number in [1, 2)."""


def uniform(place: Any, shape: Sequence[int]) -> Any:
    """Return float32 numbers in [0, 1), multiples of 2^-23.

    Parameters
    ----------
    place : array of shape (2,), uint32
        Key and counter of a stream.
    shape : sequence of int
    """
    return _uniform(place, tuple(shape))


@partial(jax.jit, static_argnums=1, inline=True)
def _uniform(place: Any, shape: tuple[int, ...]) -> Any:
    """Return the numbers: a program of its own where a layer is called by itself, else a part of one."""
    size = prod(shape)
    half = (size + 1) // 2
    count = jax.lax.iota(jnp.uint32, half)
    words = jnp.concatenate(_threefry(place.astype(jnp.uint32), count, count + np.uint32(half)))
    bits = words[:size].reshape(shape)
    return jax.lax.bitcast_convert_type((bits >> np.uint32(9)) | ONE, jnp.float32) - 1.0


def _threefry(key: Any, left: Any, right: Any) -> tuple[Any, Any]:
    keys = (key[0], key[1], key[0] ^ key[1] ^ PARITY)
    left, right = left + keys[0], right + keys[1]
    for group in range(5):
        for turn in ROTATIONS[group % 2]:
            left = left + right
            right = (right << np.uint32(turn)) | (right >> np.uint32(32 - turn))
            right = right ^ left
        left = left + keys[(group + 1) % 3]
        right = right + keys[(group + 2) % 3] + np.uint32(group + 1)
    return left, right
