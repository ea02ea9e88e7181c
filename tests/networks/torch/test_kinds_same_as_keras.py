"""The default networks on Keras and on PyTorch, from the same weights and the same rows."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from bridle.backend import backend_available  # noqa: E402

pytestmark = pytest.mark.skipif(backend_available() is not None, reason=str(backend_available()))

if backend_available() is None:
    from tests.networks.torch.torch_networks import table

    from bridle.networks.own.building import source_framework
    from bridle.networks.recipe import Recipe
    from bridle.networks.recipe_network import recipe_network
    from bridle.networks.sources import _recipe_start
    from bridle.networks.template.torch import recipe_module
    from bridle.workbench.compare import compare

ARMS = ["baseline", "weight_decay", "elastic_net_penalty", "max_norm"]


def as_torch(kernel):
    """Return a kernel of Keras as PyTorch has it: outputs first, then inputs, then positions."""
    return np.moveaxis(kernel, (-1, -2), (0, 1))


def gates(kernel):
    """Return the kernel of a GRU with its gates in PyTorch's order: reset, update, new."""
    update, reset, new = np.split(kernel, 3)
    return np.concatenate([reset, update, new])


def set_from_keras(recipe, shape, n_outputs):
    """Return a function that initialises a module as Keras's network of the same seed."""
    network = recipe_network(recipe, shape, n_outputs)
    start = _recipe_start(network)
    kernels = [i for i, one in enumerate(network.trainable_variables) if one.name != "bias"]

    def initialise(module, seed):
        held = iter([as_torch(start(seed)[0][i]) for i in kernels])
        with torch.no_grad():
            for name, weight in module.named_parameters():
                if weight.ndim > 1:
                    value = gates(next(held)) if "_hh_" in name or "_ih_" in name else next(held)
                    weight.copy_(torch.from_numpy(np.array(value)))
                else:
                    weight.zero_()

    return initialise


@pytest.mark.parametrize(
    ("kind", "shape", "hidden"),
    [
        ("mlp", (5,), (12, 8)),
        ("cnn", (9, 8, 1), (4, 6, 8)),
        ("cnn", (3, 11, 10), (4, 8)),
        ("cnn", (12, 2), (4, 8)),
        ("rnn", (7, 3), (8,)),
    ],
)
def test_curves_are_the_same(kind, shape, hidden, monkeypatch):
    X, y = table(3, n=150, shape=shape)
    recipe = Recipe(hidden, 0.5, kind=kind)
    given = {"arms": ARMS, "seeds": 2, "epochs": 4, "network": kind}
    monkeypatch.setattr(
        "bridle.networks.default_network.DefaultNetwork.recipe", lambda self, shape: recipe
    )
    one = compare(X, y, **given)
    monkeypatch.setattr(source_framework, "backend_available", lambda: "left out")
    monkeypatch.setattr(recipe_module, "_initialise", set_from_keras(recipe, shape, 3))
    other = compare(X, y, **given)
    pairs = [(a, b) for a, b in zip(one.records, other.records, strict=True) if a.curves]
    assert len(pairs) == len(ARMS) * 2
    for a, b in pairs:
        assert (a.failure, b.failure) == (None, None)
        assert (a.details["backend"], b.details["backend"]) == ("torch", "pytorch")
        for name, curve in vars(a.curves).items():
            np.testing.assert_allclose(
                vars(b.curves)[name], curve, atol=1e-4, err_msg=f"{a.arm} {name}"
            )
