"""Small jobs for the tests of the engine."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from bridle.backend import backend_available, load_keras

if backend_available() is None:
    from bridle.networks.engine.job import Job
    from bridle.networks.engine.train_jobs import plan_groups, train_jobs
    from bridle.networks.recipe import Recipe
    from bridle.networks.regime import Regime
    from bridle.networks.sources import Structure
    from bridle.networks.template.networks import Networks

ON_JAX = backend_available() is None and load_keras().backend.backend() == "jax"
needs_backend = pytest.mark.skipif(backend_available() is not None, reason=str(backend_available()))
only_on_jax = pytest.mark.skipif(not ON_JAX, reason="the compiled epoch is JAX's")

N, BATCH = 40, 16  # the last batch has 8 rows
RECIPE = {"hidden": (6, 4), "rate": 0.5, "learning_rate": 1e-2}
REGIMES = {
    "baseline": {},
    "dropout": {"rate": 0.5},
    "penalty": {"l1": 1e-3, "l2": 1e-2},
    "weight decay": {"weight_decay": 0.1},
    "all": {"rate": 0.3, "l1": 1e-3, "l2": 1e-2, "weight_decay": 0.1, "learning_rate": 3e-2},
}


def rows(n_classes, n, seed, shape=(3,)):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, *shape)).astype("float32")
    score = X.reshape(n, -1)[:, 0] - X.reshape(n, -1)[:, 1]
    if n_classes is None:
        return X, score.astype("float32")
    y = np.digitize(score, [0.0] if n_classes == 2 else [-0.6, 0.6])
    return X, y.astype("int32" if n_classes > 2 else "float32")


@cache
def template(n_classes=2, batch_norm=False, max_norm=None):
    structure = Structure(Recipe(**RECIPE), (3,), n_classes, batch_norm, max_norm)
    return Networks().template(structure)


def job(regime="baseline", n_classes=2, seed=0, epochs=3, **fields):
    held = Regime(**REGIMES[regime]) if isinstance(regime, str) else regime
    made = Job(
        template=template(n_classes),
        regime=held,
        training=rows(n_classes, N, 0),
        validation=rows(n_classes, 10, 1),
        epochs=epochs,
        batch_size=BATCH,
        seed=seed,
    )
    return replace(made, **fields)


def train(jobs, groups=None):
    found = dict(train_jobs(jobs, plan_groups(jobs) if groups is None else groups))
    for one in found.values():
        if isinstance(one, Exception):
            raise one
    return [found[i] for i in range(len(jobs))]


def alone(*jobs):
    return train(jobs, [[i] for i in range(len(jobs))])


def assert_close(one, other, **tolerance):
    for name in ("train_loss", "train_eval_loss", "val_loss", "penalty"):
        a, b = getattr(one.curves, name), getattr(other.curves, name)
        np.testing.assert_allclose(a, b, err_msg=name, **tolerance)
    for a, b in zip(one.state.trainable, other.state.trainable, strict=True):
        np.testing.assert_allclose(a, b, **tolerance)


def assert_same_bits(one, other):
    assert one.curves == other.curves
    for a, b in zip(one.state.trainable, other.state.trainable, strict=True):
        np.testing.assert_array_equal(a, b)
