"""Modules that cannot be traced: what is known of them, what is left, and what is refused."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

if find_spec("torch") is None:
    pytest.skip("needs the extra torch: make test-torch", allow_module_level=True)

import torch
from torch import nn
from torch.nn import functional

from bridle.dropout.surgery import add_dropout, dropout_summary, remove_dropout, restore
from bridle.errors import InputError

pytestmark = pytest.mark.filterwarnings(
    "ignore:The order of some modules:bridle.errors.BridleWarning"
)


def settable(model):
    return {one.layer: one.kind for one in dropout_summary(model).entries if one.settable}


class HeadFirst(nn.Module):
    """The head is registered before the body; its way depends on the data."""

    def __init__(self):
        super().__init__()
        self.drop = nn.Dropout(0.0)
        self.head = nn.Linear(8, 2)
        self.last = nn.Linear(8, 8)
        self.body = nn.Linear(6, 8)

    def forward(self, x):
        x = self.last(torch.relu(self.body(x)))
        return self.head(x) if x.sum() > 0 else self.drop(self.head(-x))


class TwoHeads(HeadFirst):
    """One head's result is returned and read by the other."""

    def __init__(self):
        super().__init__()
        self.fine = nn.Linear(2, 2)

    def forward(self, x):
        coarse = self.head(self.last(self.body(x)))
        fine = self.fine(coarse)
        return (coarse, fine) if x.sum() > 0 else (fine, coarse)


class ManyHeads(HeadFirst):
    """A list of heads beside one another, a list of blocks one after the other."""

    def __init__(self):
        super().__init__()
        self.heads = nn.ModuleList([nn.Linear(8, 1), nn.Linear(8, 1)])
        self.blocks = nn.ModuleList([nn.Linear(8, 8), nn.Linear(8, 8)])

    def forward(self, x):
        x = self._features(x, deep=bool(x.sum() > 0))
        outputs = []
        for head in self.heads:
            outputs.append(head(x))  # noqa: PERF401 - how it is written elsewhere
        return torch.cat(outputs, dim=1)

    def _features(self, x, deep, bare=False):
        x = self.body(x)
        if bare:
            return x
        for block in self.blocks:
            x = torch.relu(block(x)) if deep else x
        return x


class ByName(HeadFirst):
    """Its modules are found by names that no source shows."""

    def forward(self, x):
        for name in ("body", "last", "head"):
            x = getattr(self, name)(x)
        return x if x.sum() > 0 else -x


@pytest.mark.parametrize(
    ("network", "hidden"),
    [
        (HeadFirst, {"body", "last"}),
        (TwoHeads, {"body", "last"}),
        (ManyHeads, {"body", "blocks.0", "blocks.1"}),
    ],
)
def test_outputs_get_no_dropout_in_whatever_order_modules_are_registered(network, hidden):
    cut = add_dropout(network(), 0.5)
    assert {*settable(cut)} == {f"{one}.dropout_behind" for one in hidden}


def test_network_whose_order_is_not_known_is_refused_unless_places_are_named():
    with pytest.raises(
        InputError, match=r"does not show where 'body' is called.*name the layers.*in where="
    ):
        add_dropout(ByName())
    assert {*settable(add_dropout(ByName(), where="body"))} == {"body.dropout_behind"}


class DropPath(nn.Module):
    """Stochastic depth as timm has it: no modules within, and another way in training."""

    def __init__(self, rate):
        super().__init__()
        self.drop_prob = rate

    def forward(self, x):
        return _drop_path(x, self.drop_prob) if self.training and self.drop_prob > 0 else x


def _drop_path(x, rate):
    return x * (torch.rand(len(x), *[1] * (x.ndim - 1)) >= rate)


class Norm(nn.Module):
    """A normalisation with weights, whose way depends on types."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(8))

    def forward(self, x):
        x = x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6)
        return x.to(self.weight.dtype) * self.weight if x.sum() != 0 else x


class Attention(nn.Module):
    """Attention as one function; queries, keys and values of one layer."""

    def __init__(self):
        super().__init__()
        self.qkv, self.proj = nn.Linear(8, 24), nn.Linear(8, 8)

    def forward(self, x):
        q, k, v = self.qkv(x).chunk(3, dim=-1)
        return self.proj(functional.scaled_dot_product_attention(q, k, v))


class Explicit(nn.Module):
    """Attention written out, with a layer each."""

    def __init__(self):
        super().__init__()
        self.query, self.key, self.value = (nn.Linear(8, 8) for _ in range(3))
        self.proj = nn.Linear(8, 8)

    def forward(self, x):
        scores = torch.matmul(self.query(x), self.key(x).transpose(-2, -1))
        return self.proj(torch.matmul(scores.softmax(dim=-1), self.value(x)))


class Masked(Explicit):
    """The same with a mask, which no trace follows."""

    def forward(self, x, mask=None):
        scores = torch.matmul(self.query(x), self.key(x).transpose(-2, -1))
        scores = scores if mask is None else scores + mask
        weights = scores.softmax(dim=-1)
        return self.proj(torch.matmul(weights, self.value(x))), weights


class Chosen(Explicit):
    """A function that has a name of its own is given the rate of a module, as in Transformers."""

    def __init__(self):
        super().__init__()
        self.dropout = nn.Dropout(0.0)

    def forward(self, x, mask=None):
        attention_interface = functional.scaled_dot_product_attention
        y = attention_interface(
            self.query(x),
            self.key(x),
            self.value(x),
            dropout_p=self.dropout.p if self.training else 0.0,
        )
        return self.proj(y if mask is None or mask.sum() > 0 else x * x.sum())


class Block(nn.Module):
    def __init__(self, attention):
        super().__init__()
        self.norm, self.attention, self.path = Norm(), attention, DropPath(0.1)
        self.out = nn.Linear(8, 1)

    def forward(self, x):
        y = self.attention(self.norm(x))
        return self.out(x + self.path(y[0] if isinstance(y, tuple) else y))


@pytest.mark.parametrize(
    ("attention", "places"),
    [
        (Attention, {"attention.proj_dropout"}),
        (Explicit, {"attention.softmax_dropout", "attention.proj_dropout"}),
        (Masked, {"attention.proj.dropout_behind"}),
        (Chosen, {"attention.proj.dropout_behind"}),
    ],
)
def test_queries_keys_and_values_are_no_hidden_layers_and_leaves_close_nothing(attention, places):
    model = Block(attention()).eval()
    cut = add_dropout(model, 0.5)
    assert {*settable(cut)} == places
    x = torch.randn(2, 3, 8)
    assert torch.equal(cut(x), model(x))
    cut.train()(x).sum().backward()


@pytest.mark.parametrize("norm_first", [False, True])
def test_transformers_of_pytorch_are_cut_in_the_places_of_their_own_dropout(norm_first):
    settings = {"dropout": 0.0, "batch_first": True, "norm_first": norm_first}
    one = nn.TransformerEncoderLayer(8, 2, 16, **settings)
    two = nn.TransformerDecoderLayer(8, 2, 16, **settings)
    stacks = (
        nn.TransformerEncoder(one, 1, enable_nested_tensor=False),
        nn.TransformerDecoder(two, 1),
    )
    layers = {
        "encoder": one,
        "decoder": two,
        "whole": nn.Transformer(
            8, 2, batch_first=True, custom_encoder=stacks[0], custom_decoder=stacks[1]
        ),
    }
    x = torch.randn(2, 5, 8)
    for name, layer in layers.items():
        model = _Then(layer, 1 if name == "encoder" else 2).eval()
        cut = add_dropout(model, 0.5, seed=0)
        found = [kind for _, kind in sorted(settable(cut).items())]
        attentions = {"encoder": 1, "decoder": 2, "whole": 3}[name]
        assert found.count("DropoutAttention") == attentions
        assert found.count("Dropout") == {"encoder": 2, "decoder": 2, "whole": 4}[name]
        assert torch.equal(cut(x), model(x))
        assert not torch.equal(cut.train()(x), model(x))
        plain = restore(cut.eval())
        assert repr(plain) == repr(model)
        assert torch.equal(plain(x), model(x))
        silent = remove_dropout(cut).train()
        assert torch.equal(silent(x), silent(x))


class _Then(nn.Module):
    """A transformer with a head."""

    def __init__(self, inner, n_inputs):
        super().__init__()
        self.inner, self.out, self.n_inputs = inner, nn.Linear(8, 1), n_inputs

    def forward(self, x):
        return self.out(self.inner(*[x] * self.n_inputs))
