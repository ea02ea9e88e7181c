"""Survival times with ties, and their Cox loss by a double loop."""

from __future__ import annotations

import math

import numpy as np


def survival_rows(n, seed=0, features=3):
    """Return features, and times and events as columns; about two thirds of the events are seen."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, features)).astype("float32")
    time = np.ceil(4 * rng.exponential(np.exp(X[:, 1] - X[:, 0])))
    return X, np.column_stack([time, rng.random(n) < 0.67])


def double_loop(y, z):
    """Return the mean over the events of ``log(2 mean_R exp(z)) - z_i``, with Efron's ties."""
    terms = []
    for i, (time, event) in enumerate(y):
        if not event:
            continue
        tied = [j for j, other in enumerate(y) if tuple(other) == (time, 1)]
        left_out = tied.index(i) / len(tied)
        shares = {
            j: 1 - left_out if j in tied else 1.0 for j, (other, _) in enumerate(y) if other >= time
        }
        mean = sum(share * math.exp(z[j]) for j, share in shares.items()) / sum(shares.values())
        terms.append(math.log(2 * mean) - z[i])
    return sum(terms) / len(terms) if terms else 0.0


def slope(loss, z, step=1e-5):
    """Return the gradient of a loss by central differences."""
    moves = step * np.eye(len(z))
    return np.array([(loss(z + move) - loss(z - move)) / (2 * step) for move in moves])
