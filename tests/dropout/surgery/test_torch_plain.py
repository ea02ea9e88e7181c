"""Law: a PyTorch network without dropout repeats itself in training, or what draws is named."""

from __future__ import annotations

import warnings

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402
from torch.nn import functional  # noqa: E402

from bridle import add_dropout, remove_dropout  # noqa: E402
from bridle.errors import BridleWarning, InputError  # noqa: E402

X = torch.randn(16, 4, generator=torch.Generator().manual_seed(0))


class Base(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.last, self.p = nn.Linear(4, 6), nn.Linear(6, 2), 0.3
        self.settings = {"rate": 0.3}


class InPlace(Base):
    def forward(self, x):
        return self.last(torch.dropout_(self.first(x), 0.3, self.training))


class OfFeatures(Base):
    def forward(self, x):
        h = self.first(x)[:, :, None]
        return self.last(torch.feature_dropout(h, 0.3, self.training)[:, :, 0])


class ByMode(Base):
    def forward(self, x):
        return self.last(functional.dropout(self.first(x), 0.3 if self.training else 0.0))


class AttentionByMode(Base):
    def forward(self, x):
        h = self.first(x)[None]
        rate = 0.3 if self.training else 0.0
        return self.last(functional.scaled_dot_product_attention(h, h, h, dropout_p=rate)[0])


class AttentionOfSettings(Base):
    def forward(self, x):
        h = self.first(x)[None]
        rate = self.settings["rate"] * self.training
        return self.last(functional.scaled_dot_product_attention(h, h, h, None, rate)[0])


class ByFunction(Base):
    def forward(self, x):
        h, shared, bias = self.first(x)[:, None], torch.eye(6).repeat(3, 1), torch.zeros(18)
        found, _ = functional.multi_head_attention_forward(
            *(h, h, h, 6, 1, shared, bias, None, None, False, 0.3, torch.eye(6), None),
            training=self.training,
        )
        return self.last(found[:, 0])


def around(rate):
    def drop(h, training):
        return h * torch.bernoulli(torch.full_like(h, 1 - rate)) if training else h

    return drop


dropped = around(0.3)


class InAFunctionAround(Base):
    def forward(self, x):
        return self.last(dropped(self.first(x), self.training))


class WithItsMask(Base):
    def forward(self, x):
        return self.last(torch.native_dropout(self.first(x), 0.3, self.training)[0])


class Hooked(Base):
    def __init__(self):
        super().__init__()
        self.last.register_forward_pre_hook(lambda part, given: (functional.dropout(given[0]),))

    def forward(self, x):
        return self.last(self.first(x))


KINDS = [InPlace, OfFeatures, ByMode, AttentionByMode, AttentionOfSettings]
KINDS += [ByFunction, InAFunctionAround, WithItsMask, Hooked]


@pytest.mark.parametrize("kind", KINDS)
def test_what_draws_is_taken_out_or_refused_or_named(kind):
    network = kind()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            plain = remove_dropout(network).train()
        except InputError:
            return
    named = any(one.category is BridleWarning and "draws" in str(one.message) for one in caught)
    with torch.no_grad():
        repeats = all(torch.equal(plain(X), plain(X)) for _ in range(4))
    assert repeats != named


@pytest.mark.parametrize("kind", [ByMode, AttentionByMode])
def test_a_rate_that_the_mode_chooses_is_read(kind):
    network = kind().train(mode=False)
    cut = add_dropout(network, 0.5, existing="replace")
    assert torch.equal(cut(X), network(X))


class Undecided(Base):
    """No trace can be made, since a path depends on the data."""

    def forward(self, x):
        h = self.first(x)
        return self.last(functional.dropout(h, 0.3, self.training) if x.sum() != 0 else h)


@pytest.mark.filterwarnings("ignore:The order of some modules")
def test_a_constant_rate_beside_what_is_put_in_is_said():
    with pytest.warns(BridleWarning, match=r"by dropout\(\) at a constant rate.*remains beside"):
        add_dropout(Undecided(), 0.5)


class Asking(Base):
    def __init__(self):
        super().__init__()
        self.noise = nn.Dropout(0.3)

    def forward(self, x):
        h = self.first(x)
        return self.last(self.noise(h) if isinstance(self.noise, nn.Dropout) else 0 * h)


class Quiet(Base):
    def forward(self, x):
        return self.last(torch.relu(self.first(x)))


@pytest.mark.parametrize("surgery", [remove_dropout, add_dropout])
def test_a_forward_that_asks_for_the_class_of_its_dropout_is_named(surgery):
    with pytest.warns(BridleWarning, match="of Asking asks for the class of a dropout"):
        surgery(Asking(), **({"existing": "replace"} if surgery is add_dropout else {}))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        surgery(Quiet())
