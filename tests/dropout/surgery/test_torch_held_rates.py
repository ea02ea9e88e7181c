"""Rates that modules hold as plain numbers: found by what the code does with them, and set by name."""

from __future__ import annotations

import random
import warnings
from importlib.util import find_spec
from types import SimpleNamespace

import pytest

if find_spec("torch") is None:
    pytest.skip("needs the extra torch: make test-torch", allow_module_level=True)

import torch
from torch import nn
from torch.nn import functional

from bridle.dropout.monte_carlo import MonteCarlo
from bridle.dropout.surgery import add_dropout, dropout_summary, remove_dropout, restore, set_rate
from bridle.errors import BridleWarning, InputError, UnknownNameError

pytestmark = pytest.mark.filterwarnings(
    "ignore:The order of some modules:bridle.errors.BridleWarning"
)


@pytest.fixture(autouse=True)
def weights_that_leave_units_alive():
    """Of a few units by chance, all may be 0 for every row: then noise does not show."""
    torch.manual_seed(0)


class Base(nn.Module):
    """Three layers; what is behind the second is a matter of the class."""

    def __init__(self):
        super().__init__()
        self.zero, self.first, self.out = nn.Linear(6, 6), nn.Linear(6, 6), nn.Linear(6, 2)

    def forward(self, x):
        x = torch.relu(self.first(torch.relu(self.zero(x))))
        return self.out(self.noisy(x))

    def noisy(self, x):
        return x


def drop_path(x, rate, training):
    if rate == 0.0 or not training:
        return x
    keep = 1 - rate
    return x * x.new_empty((len(x), 1)).bernoulli_(keep) / keep


class DropPath(nn.Module):
    def __init__(self, drop_prob):
        super().__init__()
        self.drop_prob = drop_prob

    def forward(self, x):
        return drop_path(x, self.drop_prob, self.training)


class Inheriting(DropPath):
    def forward(self, x):
        return super().forward(x)


class WithPath(Base):
    """A module within that does nothing but drop."""

    kind = DropPath

    def __init__(self):
        super().__init__()
        self.path = self.kind(0.4)

    def noisy(self, x):
        return x + self.path(x)


class WithInheritedPath(WithPath):
    kind = Inheriting


class OfAnyName(Base):
    """No list of names has this one."""

    def __init__(self):
        super().__init__()
        self.q = 0.4

    def noisy(self, x):
        return functional.dropout(x, self.q, training=self.training)


class Guarded(OfAnyName):
    """It drops only where the rate says so, as many do, and converts it."""

    def noisy(self, x):
        if self.q > 0:
            x = functional.dropout(x, p=float(self.q), training=self.training)
        return x


class GuardedByMode(OfAnyName):
    def noisy(self, x):
        return functional.dropout(x, self.q) if self.training and self.q else x


class ByItsMethod(OfAnyName):
    def noisy(self, x):
        return self._applied(x, rate=self.q)

    def _applied(self, x, rate=0.0):
        p = rate if self.training else 0.0
        return functional.dropout(x, p)


class OfShareKept(Base):
    def __init__(self):
        super().__init__()
        self.keep_prob = 0.6

    def noisy(self, x):
        return functional.dropout(x, 1 - self.keep_prob, self.training)


class RoundedDown(OfShareKept):
    """As it is written after the paper's code."""

    def noisy(self, x):
        if not self.training:
            return x
        return self._drop(x)

    def _drop(self, x):
        mask = self.keep_prob + torch.rand((len(x), 1))
        mask.floor_()
        return x / self.keep_prob * mask


class OfConfiguration(Base):
    """Layers that are left out, at a rate that stands in a configuration."""

    def __init__(self):
        super().__init__()
        self.config = SimpleNamespace(layerdrop=0.4, other=0.3)

    def noisy(self, x):
        for _ in range(30):
            drawn = torch.rand([])
            if self.training and drawn < self.config.layerdrop:
                continue
            x = x * 1.01
        return x


class OfList(Base):
    def __init__(self):
        super().__init__()
        self.rates = [0.1, 0.4]

    def noisy(self, x):
        for rate in self.rates:
            x = functional.dropout(x, rate, self.training)
        return x


class ByChildren(Base):
    def __init__(self):
        super().__init__()
        self.blocks = nn.ModuleList([DropPath(0.4), DropPath(0.4)])

    def noisy(self, x):
        for block in self.blocks:
            x = functional.dropout(x, block.drop_prob, self.training)
        return x


class ByInterface(OfAnyName):
    """A function that is looked up takes the rate by an argument's name."""

    def __init__(self):
        super().__init__()
        self.attention_dropout = 0.4

    def noisy(self, x, name="eager"):
        chosen = {"eager": _dropping}[name]
        return chosen(self, x, dropout=0.0 if not self.training else self.attention_dropout)


def _dropping(module, x, dropout=0.0):
    return functional.dropout(x, p=dropout, training=module.training)


class InAttention(OfAnyName):
    def noisy(self, x):
        x = x[None]
        rate = self.q if self.training else 0.0
        return functional.scaled_dot_product_attention(x, x, x, dropout_p=rate)[0]


HOLDING = {
    WithPath: "path.drop_prob",
    WithInheritedPath: "path.drop_prob",
    OfAnyName: "q",
    Guarded: "q",
    GuardedByMode: "q",
    ByItsMethod: "q",
    OfShareKept: "keep_prob",
    RoundedDown: "keep_prob",
    OfConfiguration: "config.layerdrop",
    OfList: "rates",
    ByChildren: "blocks.0.drop_prob",
    ByInterface: "attention_dropout",
    InAttention: "q",
}

every_way = pytest.mark.parametrize("network", HOLDING)


def repeats(model):
    model.train()
    x = torch.linspace(-1, 2, 72).reshape(12, 6)
    first = model(x)
    return all(torch.equal(model(x), first) for _ in range(12))


def numbers(model):
    return {one.layer: one.rate for one in dropout_summary(model).entries if one.by_name}


@every_way
def test_number_is_listed_and_taken_out_and_the_network_left_alone(network):
    model = network()
    assert numbers(model)[HOLDING[network]] == 0.4
    assert not repeats(model)
    plain = remove_dropout(model)
    assert numbers(plain) == {}
    assert repeats(plain)
    x = torch.randn(5, 6)
    assert torch.equal(plain.train()(x), model.eval()(x))
    assert numbers(model)[HOLDING[network]] == 0.4


@every_way
def test_number_is_set_by_its_name_also_from_0_and_in_a_network_that_was_cut(network):
    whole = network()
    removed = remove_dropout(whole)
    for model in (whole, removed, add_dropout(removed, 0.0, where="first", seed=0)):
        set_rate(model, {"*": 0.0})
        assert repeats(model)
        set_rate(model, {HOLDING[network]: 0.4})
        assert abs(numbers(model)[HOLDING[network]] - 0.4) < 1e-15
        assert not repeats(model)
        assert repeats(remove_dropout(model))


@every_way
def test_rate_for_all_leaves_the_network_s_own_alone(network):
    with pytest.raises(InputError, match=r"is set by name: set_rate\(model, \{\"\*\": 0.1\}\)"):
        set_rate(network(), 0.9)
    cut = add_dropout(network(), 0.5, where="zero", seed=0)
    set_rate(cut, 0.2)
    assert numbers(cut)[HOLDING[network]] == 0.4


@every_way
def test_monte_carlo_counts_a_number(network):
    found = MonteCarlo(network()).predict(torch.randn(4, 6), samples=5, seed=0)
    assert (found.sd > 0).any()
    with pytest.raises(InputError, match="has no dropout"):
        MonteCarlo(remove_dropout(network()))


def test_summary_says_that_a_number_is_set_by_name():
    lines = repr(dropout_summary(WithPath())).splitlines()
    assert lines[2].split() == ["path.drop_prob", "DropPath", "0.4", "-", "by", "name"]


def test_dropout_of_pytorch_is_set_by_name_too():
    model = nn.Sequential(nn.Linear(6, 6), nn.ReLU(), nn.Dropout(0.5), nn.Linear(6, 2))
    set_rate(model, {"2": 0.1})
    assert model[2].p == 0.1
    with pytest.raises(UnknownNameError):
        set_rate(model, {"3": 0.1})
    attention = nn.Sequential(nn.MultiheadAttention(4, 2), nn.LSTM(4, 4, 2), nn.LSTM(4, 4))
    set_rate(attention, {"*": 0.2})
    assert [one.dropout for one in attention] == [0.2, 0.2, 0.0]


class Reading(Base):
    """Reads the rate of a module of dropout for attention as one function."""

    def __init__(self, rate):
        super().__init__()
        self.attend = nn.Dropout(rate)

    def noisy(self, x):
        x = x[None]
        rate = self.attend.p if self.training else 0.0
        return functional.scaled_dot_product_attention(x, x, x, dropout_p=rate)[0]


@pytest.mark.parametrize("rate", [0.0, 0.4])
def test_rate_of_a_module_that_is_read_by_another_is_set_in_a_network_that_was_cut(rate):
    cut = add_dropout(Reading(rate), 0.0, where="first", seed=0)
    for value in (0.3, 0.0):
        set_rate(cut, {"attend": value})
        assert repeats(cut) == (value == 0)


class NotNoise(Base):
    """Numbers between 0 and 1 that nothing drops by."""

    def __init__(self):
        super().__init__()
        self.dropout, self.scale, self.momentum = 0.5, 0.5, 0.1

    def noisy(self, x):
        return x * self.scale + self.momentum


class Scaled(OfAnyName):
    """A rate times a number: which of them is the rate, nobody knows."""

    def __init__(self):
        super().__init__()
        self.factor = 0.5

    def noisy(self, x):
        return functional.dropout(x, self.q * self.factor, training=self.training)


class FromOutside(Base):
    def forward(self, x, p=0.3):
        x = functional.dropout(torch.relu(self.first(x)), p, self.training)
        return self.out(x if x.sum() > 0 else -x)


class Sampling(Base):
    """Draws, and drops nothing: the noise of a variational autoencoder."""

    def noisy(self, x):
        return x + torch.randn_like(x) if self.training else x


class Augmenting(Base):
    def __init__(self):
        super().__init__()
        self.p = 0.5

    def noisy(self, x):
        return x.flip(1) if self.training and random.random() < self.p else x


def test_numbers_that_nothing_drops_by_are_not_claimed():
    assert dropout_summary(NotNoise()).entries == ()
    plain = remove_dropout(NotNoise())
    assert (plain.dropout, plain.scale, plain.momentum) == (0.5, 0.5, 0.1)


def test_rate_that_is_no_number_is_taken_out_of_a_code_that_can_be_traced():
    plain = remove_dropout(Scaled())
    assert repeats(plain)
    assert dropout_summary(plain).entries == ()


class Deep(nn.Module):
    """A part without hidden layers, of which no trace can be made."""

    def forward(self, x):
        return functional.dropout(x, 0.3, self.training) if x.sum() != 0 else x


class Around(Base):
    def __init__(self):
        super().__init__()
        self.noisy = Deep()


@pytest.mark.parametrize(
    ("network", "part"), [(FromOutside, "the network itself"), (Around, "part 'noisy'")]
)
def test_rate_in_a_code_that_cannot_be_traced_is_refused_with_the_remedy(network, part):
    with pytest.raises(InputError, match=rf"{part}.*dropout\(\) with a constant rate.*attribute"):
        remove_dropout(network())


@pytest.mark.parametrize(("network", "name"), [(Sampling, "randn_like"), (Augmenting, "random")])
def test_draws_that_are_no_dropout_are_named_and_stay(network, name):
    model = network()
    assert dropout_summary(model).entries == ()
    with pytest.warns(BridleWarning, match=rf"are not dropout.*{network.__name__}: {name}\(\)"):
        plain = remove_dropout(model)
    assert not all(repeats(plain) for _ in range(20))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        remove_dropout(Base())


def test_what_is_taken_out_and_has_no_dropout_of_bridle_in_its_place_is_named():
    with pytest.warns(BridleWarning, match=r"'path.drop_prob'.*removed.*set_rate"):
        cut = add_dropout(WithPath(), 0.5, existing="replace", seed=0)
    assert numbers(cut) == {}
    assert {one.layer for one in dropout_summary(cut).entries} == {"relu_dropout", "relu_1_dropout"}
    assert type(restore(cut)) is WithPath
