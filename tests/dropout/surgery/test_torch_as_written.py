"""Networks as users write and wrap them: nothing is silently other than asked."""

from __future__ import annotations

import warnings
from importlib.util import find_spec

import pytest

if find_spec("torch") is None:
    pytest.skip("needs the extra torch: make test-torch", allow_module_level=True)

import torch
from torch import nn
from torch.nn import functional

from bridle.dropout.monte_carlo import MonteCarlo
from bridle.dropout.surgery import add_dropout, dropout_summary, remove_dropout, restore, set_rate
from bridle.errors import BridleWarning, InputError


def perceptron(rate=0.5):
    return nn.Sequential(
        nn.Linear(6, 8), nn.ReLU(), nn.Dropout(rate), nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 2)
    )


def scripted(module):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return torch.jit.script(module)


@pytest.mark.parametrize("part", [False, True])
@pytest.mark.parametrize("change", [add_dropout, remove_dropout, restore])
def test_what_is_compiled_by_torch_jit_is_refused_by_name(part, change):
    model = scripted(perceptron())
    model = nn.Sequential(model, nn.ReLU(), nn.Linear(2, 2)) if part else model
    named = "its part '0'" if part else "it"
    with pytest.raises(
        InputError, match=rf"{named} is compiled by torch\.jit.*Cut the network first"
    ):
        change(model)


def test_dropout_that_is_compiled_by_torch_jit_is_listed_and_sampled():
    model = nn.Sequential(scripted(perceptron()))
    (entry,) = dropout_summary(model).entries
    assert (entry.rate, entry.settable, entry.by_name) == (0.5, False, False)
    assert (MonteCarlo(model).predict(torch.randn(3, 6), samples=5, seed=0).sd > 0).any()
    assert {one.training for one in model.modules()} == {True}


@pytest.mark.parametrize(
    ("wrap", "attribute"),
    [
        (lambda model: torch.compile(model, backend="eager"), "_orig_mod"),
        (nn.DataParallel, "module"),
    ],
)
def test_wrapper_is_refused_with_what_to_cut_and_keeps_its_place_when_dropout_goes(wrap, attribute):
    with pytest.raises(InputError, match=rf"Cut model\.{attribute}, and wrap the result"):
        add_dropout(wrap(perceptron()))
    model, x = wrap(perceptron()), torch.randn(5, 6)
    plain = remove_dropout(model)
    assert type(plain) is type(model)
    assert torch.equal(plain.train()(x), plain(x))
    cut = wrap(add_dropout(getattr(model, attribute), 0.5, existing="replace", seed=0))
    assert not torch.equal(cut.train()(x), cut(x))


@pytest.mark.parametrize("called", [False, True])
def test_weights_that_are_computed_at_each_call_are_copied_with_their_parts(called):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = perceptron()
        nn.utils.weight_norm(model[0])
    x = torch.randn(5, 6)
    if called:
        model(x)
    cut = add_dropout(model, 0.5, where="3", seed=0)
    assert torch.equal(cut.eval()(x), model.eval()(x))
    assert cut[0].weight_g is not model[0].weight_g
    cut.train()(x).sum().backward()
    assert cut[0].weight_g.grad is not None
    with torch.no_grad():
        cut[0].weight_g.mul_(2)
    assert not torch.equal(cut.eval()(x), model(x))


@pytest.mark.parametrize("name", ["spectral_norm", "weight_norm", "orthogonal"])
def test_parametrized_weights_are_kept(name):
    model, x = perceptron(0.0), torch.randn(5, 6)
    getattr(nn.utils.parametrizations, name)(model[3])
    model.eval()
    cut = add_dropout(model, 0.5, seed=0)
    assert torch.equal(cut(x), model(x))
    assert [*restore(cut).state_dict()] == [*model.state_dict()]
    cut.train()(x).sum().backward()
    assert torch.equal(remove_dropout(cut).eval()(x), cut.eval()(x))


class Hidden(nn.Module):
    """A function that drops is held as an attribute, which no source shows."""

    def __init__(self):
        super().__init__()
        self.inner, self.out, self.drop = nn.Linear(6, 8), nn.Linear(8, 2), functional.dropout

    def forward(self, x):
        return self.out(self.drop(torch.relu(self.inner(x)), 0.4, self.training))


class MadeAnew(Hidden):
    def forward(self, x):
        return self.out(nn.Dropout(0.4)(torch.relu(self.inner(x))))


class NamedLikeTheFunction(nn.Module):
    """A local name for a module of dropout is that of the function, in a forward that no trace shows."""

    def __init__(self):
        super().__init__()
        self.inner, self.out = nn.Linear(6, 8), nn.Linear(8, 2)
        self.dropouts = nn.ModuleDict({"default": nn.Dropout(0.4)})

    def forward(self, x, *args, **kwargs):
        for name in self.dropouts.keys():  # noqa: SIM118 - as it is written elsewhere
            dropout = self.dropouts[name]
            x = dropout(torch.relu(self.inner(x, *args, **kwargs)))
        return self.out(x)


def test_module_whose_local_name_is_dropout_is_no_rate_in_the_code():
    model, x = NamedLikeTheFunction(), torch.randn(5, 6)
    plain = remove_dropout(model).train()
    assert torch.equal(plain(x), model.eval()(x))


def test_dropout_that_only_a_trace_shows_is_sampled_and_taken_out():
    model, x = Hidden(), torch.randn(5, 6)
    assert (MonteCarlo(model).predict(x, samples=5, seed=0).sd > 0).any()
    plain = remove_dropout(model).train()
    assert torch.equal(plain(x), model.eval()(x))


def test_dropout_that_a_forward_makes_anew_is_refused_with_the_remedy():
    with pytest.raises(InputError, match=r"Dropout\(\) with a constant rate.*attribute"):
        remove_dropout(MadeAnew())


class Both(nn.Module):
    """A rate in the code beside one that is a number."""

    def __init__(self):
        super().__init__()
        self.a, self.b, self.out = nn.Linear(6, 8), nn.Linear(8, 8), nn.Linear(8, 2)
        self.rate = 0.2

    def forward(self, x):
        x = functional.dropout(torch.relu(self.a(x)), 0.3, self.training)
        x = functional.dropout(torch.relu(self.b(x)), self.rate, self.training)
        return self.out(x)


def test_rates_that_a_pattern_names_and_nobody_can_set_are_named():
    model = Both()
    with pytest.warns(BridleWarning, match=r"The rate of 'dropout\(\)' stays as it is"):
        set_rate(model, {"*": 0.0})
    assert {one.layer: one.rate for one in dropout_summary(model).entries} == {"dropout()": 0.3}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        set_rate(model, {"rate": 0.5})
