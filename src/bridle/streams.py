"""Named random streams: independent random numbers for every purpose from one seed.

With a single generator, every extra draw would change all later draws: a network with dropout would
then also get another order of rows than one without. So each purpose (split, initialisation, order
of rows, noise) has a separate stream, seeded by a hash of the user's seed and of the purpose's
name. Two arms with the same seed have the same split, initial weights and order of rows, and differ
only in their regulariser.
"""

from __future__ import annotations

from zlib import crc32

import numpy as np

__all__ = ["generator", "integer", "noise_seed", "sequence"]


def sequence(seed: int, *names: str | int) -> np.random.SeedSequence:
    """Return the seed sequence of the stream ``names`` under ``seed``.

    Parameters
    ----------
    seed : int
        An integer of at least 0.
    *names : str or int
        The purpose, from general to specific, for instance ``"noise", 2``.

    Returns
    -------
    numpy.random.SeedSequence
        The same for the same arguments, in every process and on every platform.
    """
    key = tuple(crc32(str(name).encode()) for name in names)
    return np.random.SeedSequence(entropy=seed, spawn_key=key)


def generator(seed: int, *names: str | int) -> np.random.Generator:
    """Return a NumPy generator for the stream ``names`` under ``seed``."""
    return np.random.default_rng(sequence(seed, *names))


def integer(seed: int, *names: str | int) -> int:
    """Return an integer in [0, 2**31) from the stream ``names``, for libraries that take a seed."""
    return int(sequence(seed, *names).generate_state(1)[0] >> 1)


def noise_seed(seed: int, place: int) -> int:
    """Return the key of the masks of the dropout at a place, 0, 1, …, of a network."""
    return integer(seed, "noise", place)
