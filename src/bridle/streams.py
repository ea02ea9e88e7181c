"""Randomness as named streams: one integer seed, independent draws for every purpose.

Two arms of an experiment that share a seed share the split, the initialisation and the data order,
and differ in nothing but their regulariser: each purpose draws from a stream of its own, so what
one arm draws more or less of does not move another stream.
"""

from __future__ import annotations

from zlib import crc32

import numpy as np

__all__ = ["generator", "integer", "sequence"]


def sequence(seed: int, *names: str | int) -> np.random.SeedSequence:
    """Return the seed sequence of the stream ``names`` under ``seed``.

    Parameters
    ----------
    seed : int
        Any integer from 0 upwards.
    *names : str or int
        The purpose, from the general to the particular, for instance ``"noise", 2``.

    Returns
    -------
    numpy.random.SeedSequence
        Equal for equal arguments, in every process and on every platform.
    """
    key = tuple(crc32(str(name).encode()) for name in names)
    return np.random.SeedSequence(entropy=seed, spawn_key=key)


def generator(seed: int, *names: str | int) -> np.random.Generator:
    """Return a NumPy generator on the stream ``names`` under ``seed``."""
    return np.random.default_rng(sequence(seed, *names))


def integer(seed: int, *names: str | int) -> int:
    """Return one integer in [0, 2**31) of the stream ``names``, for libraries that take a seed."""
    return int(sequence(seed, *names).generate_state(1)[0] >> 1)
