"""The same study on Keras and on PyTorch, from the same weights and the same rows."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

from bridle.backend import backend_available, load_keras  # noqa: E402

pytestmark = pytest.mark.skipif(backend_available() is not None, reason=str(backend_available()))

if backend_available() is None:
    from tests.networks.torch.torch_networks import table

    from bridle.errors import InputError
    from bridle.networks.estimators import DropoutClassifier
    from bridle.workbench.compare import compare

SIZES = (6, 12, 8)
ARMS = ["baseline", "max_norm", "weight_decay", "elastic_net_penalty", "input_noise", "mixup"]


def weights(n_outputs):
    rng = np.random.default_rng(1)
    sizes = (*SIZES, n_outputs)
    return [
        (rng.normal(size=(a, b)).astype("float32") / np.sqrt(a), np.full(b, 0.1, "float32"))
        for a, b in pairwise(sizes)
    ]


def on_torch(n_features, n_outputs):
    layers = []
    for kernel, bias in weights(n_outputs):
        dense = nn.Linear(*kernel.shape)
        with torch.no_grad():
            dense.weight.copy_(torch.from_numpy(kernel.T.copy()))
            dense.bias.copy_(torch.from_numpy(bias))
        layers += [dense, nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def on_keras(n_features, n_outputs):
    keras = load_keras()
    held = weights(n_outputs)
    sizes = [kernel.shape[1] for kernel, _ in held]
    acts = ["relu"] * (len(sizes) - 1) + [None]
    model = keras.Sequential([keras.Input((n_features,)), *(map(keras.layers.Dense, sizes, acts))])
    model.set_weights([one for pair in held for one in pair])
    return model


@pytest.mark.parametrize("n_classes", [2, 3, None])
def test_curves_are_the_same(n_classes):
    X, y = table(n_classes, n=150)
    given = {"arms": ARMS, "seeds": 2, "epochs": 4}
    one, other = (compare(X, y, network=build, **given) for build in (on_keras, on_torch))
    pairs = [(a, b) for a, b in zip(one.records, other.records, strict=True) if a.curves]
    assert len(pairs) == len(ARMS) * 2
    for a, b in pairs:
        assert (a.failure, b.failure) == (None, None)
        for name, curve in vars(a.curves).items():
            np.testing.assert_allclose(
                vars(b.curves)[name], curve, atol=1e-4, err_msg=f"{a.arm} {name}"
            )
        assert a.test_risk == pytest.approx(b.test_risk, abs=1e-4)


def test_an_estimator_says_who_trains_a_module():
    X, y = table(2)
    with pytest.raises(InputError, match=r"bridle\.Trials train and judge"):
        DropoutClassifier(network=nn.Linear(6, 1)).fit(X, y)


def test_curves_of_survival_times_are_the_same():
    X, y = table(None, n=150)
    times = np.column_stack([np.ceil(5 * np.exp(-y)), np.arange(len(y)) % 3 > 0])
    given = {"arms": [arm for arm in ARMS if arm != "mixup"], "seeds": 2, "epochs": 4}
    one, other = (
        compare(X, times, task="survival", network=build, **given) for build in (on_keras, on_torch)
    )
    pairs = [(a, b) for a, b in zip(one.records, other.records, strict=True) if a.curves]
    assert len(pairs) == len(given["arms"]) * 2
    for a, b in pairs:
        assert (a.failure, b.failure) == (None, None)
        for name, curve in vars(a.curves).items():
            np.testing.assert_allclose(vars(b.curves)[name], curve, atol=1e-4)
        assert a.test_risk == pytest.approx(b.test_risk, abs=1e-4)
