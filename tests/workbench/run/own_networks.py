"""Tables, networks and studies that the laws of the user's network share."""

from __future__ import annotations

import numpy as np
import pytest

import bridle
from bridle.backend import backend_available, load_keras
from bridle.workbench.arm.catalogue import ARMS
from bridle.workbench.data.dataset import from_arrays
from bridle.workbench.protocol import Protocol
from bridle.workbench.run.draw_split import draw_split

if backend_available() is None:
    from bridle.networks.sources import Structure
    from bridle.networks.template.build_template import build_template

    keras = load_keras()
    L, ops, losses = keras.layers, keras.ops, keras.losses

PROTOCOL = Protocol(seeds=(0, 1), epochs=1)


def table(n=60):
    X = np.random.default_rng(0).normal(size=(n, 3))
    return X, (X[:, 0] > 0).astype(int)


def sequences(n=60):
    X = np.random.default_rng(0).normal(size=(n, 5, 2))
    return X, (X[:, 0, 0] > 0).astype(int)


def split(X=None, y=None):
    held = from_arrays(*table()) if X is None else from_arrays(X, y)
    return draw_split(held, PROTOCOL, 0)


SLOW = ("recurrent", "attention", "columns", "codes", "smoothed", "in a list")


def quick_first(cases):
    return [pytest.param(one, marks=pytest.mark.slow if one in SLOW else ()) for one in cases]


def arm(source, name="baseline"):
    return type(ARMS[name])(source)


def sequential(*layers, shape=(3,), dtype=None, **compiled):
    network = keras.Sequential([keras.Input(shape, dtype=dtype), *layers])
    if compiled:
        network.compile(**compiled)
    return network


def compare(source, X=None, y=None, **options):
    X, y = table() if X is None else (X, y)
    options = {"arms": ["baseline", "dropout"], "seeds": 2, "epochs": 1, **options}
    return bridle.compare(X, y, network=source, **options)


def template(source, shape=(3,), n_classes=2):
    return build_template(Structure(source, shape, n_classes))
