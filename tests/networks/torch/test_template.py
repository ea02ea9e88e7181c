"""What a study knows of a PyTorch module before it trains: head, features, places, and refusals."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from tests.networks.torch.torch_networks import (  # noqa: E402
    Codes,
    Functional,
    Noisy,
    PartlyCodes,
    Pictures,
    chain,
    with_momentum,
)
from torch import nn  # noqa: E402

from bridle.errors import InputError  # noqa: E402
from bridle.networks.regime import Regime  # noqa: E402
from bridle.networks.sources import Structure  # noqa: E402
from bridle.networks.template.build_template import build_template  # noqa: E402
from bridle.networks.template.fingerprint import fingerprint  # noqa: E402

KNOWN = {
    "chain": (chain, (6,), 2, "linear", "scaled", 2),
    "three classes": (chain, (6,), 3, "linear", "scaled", 2),
    "numbers": (chain, (6,), None, "linear", "scaled", 2),
    "sigmoid": (Functional, (6,), 2, "sigmoid", "scaled", 1),
    "softmax": (Functional, (6,), 3, "softmax", "scaled", 1),
    "images": (Pictures, (1, 8, 8), 3, "linear", "scaled", 1),
    "codes": (Codes, (5,), 2, "linear", "ids", 1),
    "partly codes": (PartlyCodes, (5,), 2, "linear", "given", 0),
    "bounded codes": (lambda n, k: PartlyCodes(n, k, True), (5,), 2, "linear", "given", 0),
}


@pytest.mark.parametrize("case", KNOWN)
def test_head_features_and_places_are_read_from_what_it_computes(case):
    source, shape, n_classes, link, features, places = KNOWN[case]
    made = build_template(Structure(source, shape, n_classes))
    assert (made.framework, made.link, made.features) == ("torch", link, features)
    assert len(made.rates) == len(made.streams) == places


class Scaled(nn.Linear):
    """A dense layer whose outputs are small numbers under ordinary weights."""

    def forward(self, x):
        return super().forward(x) * 0.01


HEADS = {
    "dense": (lambda n, k: nn.Linear(n, k), "linear"),
    "one unit": (lambda n, k: nn.Sequential(nn.Linear(n, 1), nn.Tanh(), nn.Linear(1, k)), "linear"),
    "flattened": (lambda n, k: nn.Sequential(nn.Linear(n, k), nn.Flatten(0)), "linear"),
    "scaled": (lambda n, k: Scaled(n, k), "linear"),
    "in place": (lambda n, k: nn.Sequential(nn.Linear(n, k), nn.Sigmoid()), "sigmoid"),
}


@pytest.mark.parametrize("case", HEADS)
def test_outputs_of_a_dense_layer_are_linear_whatever_their_range(case):
    source, link = HEADS[case]
    assert build_template(Structure(source, (6,), 2)).link == link


def test_an_activation_in_place_is_seen():
    with pytest.raises(InputError, match="never below 0"):
        build_template(
            Structure(lambda n, k: nn.Sequential(nn.Linear(n, k), nn.ReLU(inplace=True)), (6,), 2)
        )


def test_arms_start_from_one_module_and_seeds_from_different_ones():
    made = build_template(Structure(chain, (6,), 2))
    weights = [
        made.start(Regime(rate), seed).trainable for rate, seed in ((0, 1), (0.5, 1), (0, 2))
    ]
    assert all(map(np.array_equal, weights[0], weights[1]))
    assert not np.array_equal(weights[0][0], weights[2][0])


def test_a_module_is_where_every_run_starts_and_is_left_alone():
    module = chain(6, 1).train()
    before = [one.clone() for one in module.parameters()]
    made = build_template(Structure(module, (6,), 2))
    for seed in (0, 5):
        found = made.start(Regime(), seed).trainable
        assert all(np.array_equal(a.detach(), b) for a, b in zip(before, found, strict=True))
    assert isinstance(module[2], nn.Dropout)
    assert module.training


REFUSED = {
    "width": (lambda n, k: nn.Linear(n, k + 4), "1 or 2 outputs for each row"),
    "rows": (nn.Linear(7, 1), "rows of 6 features"),
    "never below 0": (lambda n, k: nn.Sequential(nn.Linear(n, k), nn.ReLU()), "never below 0"),
    "small and never below 0": (
        lambda n, k: nn.Sequential(Scaled(n, k), nn.ReLU()),
        "never below 0",
    ),
    "softmax of one": (
        lambda n, k: nn.Sequential(nn.Linear(n, k), nn.Softmax(-1)),
        "are all 1 under",
    ),
    "double": (lambda n, k: nn.Linear(n, k).double(), "float32"),
    "noise": (Noisy, "draws random numbers"),
    "several": (lambda n, k: nn.LSTM(n, k), "one tensor"),
    "fails": (lambda n, k: nn.Linear(n, "one"), "one that fails with TypeError"),
    "fixed": (lambda n, k: nn.Linear(n, k).requires_grad_(False), "trainable parameters"),
    "other optimiser": (
        lambda n, k: (nn.Linear(n, k), torch.optim.SGD(nn.Linear(n, k).parameters())),
        "exactly the module's",
    ),
    "LBFGS": (
        lambda n, k: (m := nn.Linear(n, k), torch.optim.LBFGS(m.parameters())),
        "one of SGD, Adam, AdamW, RMSprop",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_trained_is_refused_with_the_reason(case):
    source, reason = REFUSED[case]
    with pytest.raises(InputError, match=reason):
        build_template(Structure(source, (6,), 2))


def test_weights_that_differ_from_call_to_call_are_refused():
    generator = torch.Generator().manual_seed(0)

    def build(n, k):
        module = nn.Linear(n, k)
        nn.init.normal_(module.weight, generator=generator)
        return module

    with pytest.raises(InputError, match="same weights whenever"):
        build_template(Structure(build, (6,), 2))


def test_fingerprints_tell_networks_apart_and_know_one_again():
    def of(source):
        made = build_template(Structure(source, (6,), 2))
        return fingerprint(made, 0, np.ones((3, 6), dtype=np.float32))

    found = [of(one) for one in (chain, with_momentum, Functional)]
    assert len(set(found)) == 3
    assert of(chain) == found[0]
