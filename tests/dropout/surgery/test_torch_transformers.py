"""Transformers as people write and configure them: what is cut, what is left, and why."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

if find_spec("torch") is None:
    pytest.skip("needs the extra torch: make test-torch", allow_module_level=True)

import torch
from torch import nn
from torch.nn import functional

from bridle.dropout.surgery import add_dropout, dropout_summary, remove_dropout, set_rate

PROJECTION = "computes queries, keys or values: dropout belongs to the attention weights"
OUTPUT = "leads to an output: no layer computes after it"


def without(summary):
    return {place.layer: place.reason for place in summary.bare}


def noisy(model, *inputs):
    model.train()
    return not torch.equal(model(*inputs), model(*inputs))


def assert_same_function(cut, model, x):
    assert torch.equal(cut.eval()(x), model.eval()(x))


# --- A vision transformer of the user's, with the dropout of its paper at rate 0


class Attention(nn.Module):
    def __init__(self, p):
        super().__init__()
        self.qkv, self.attn_drop, self.proj = nn.Linear(16, 48), p, nn.Linear(16, 16)
        self.proj_drop = nn.Dropout(p)

    def forward(self, x):
        b, n, d = x.shape
        q, k, v = self.qkv(x).reshape(b, n, 3, 4, d // 4).permute(2, 0, 3, 1, 4)
        p = self.attn_drop if self.training else 0.0
        x = functional.scaled_dot_product_attention(q, k, v, dropout_p=p)
        return self.proj_drop(self.proj(x.transpose(1, 2).reshape(b, n, d)))


class Block(nn.Module):
    def __init__(self, p):
        super().__init__()
        self.norm1, self.attn, self.norm2 = nn.LayerNorm(16), Attention(p), nn.LayerNorm(16)
        self.fc1, self.fc2, self.p = nn.Linear(16, 32), nn.Linear(32, 16), p

    def forward(self, x):
        x = x + self.attn(self.norm1(x))
        h = functional.gelu(self.fc1(self.norm2(x)))
        h = functional.dropout(h, self.p, self.training)
        return x + functional.dropout(self.fc2(h), self.p, self.training)


class ViT(nn.Module):
    def __init__(self, p=0.0):
        super().__init__()
        self.patch = nn.Conv2d(3, 16, 4, 4)
        self.first = nn.Parameter(torch.zeros(1, 1, 16))
        self.position = nn.Parameter(torch.zeros(1, 5, 16))
        self.pos_drop, self.head_drop = nn.Dropout(p), nn.Dropout(p)
        self.blocks = nn.ModuleList([Block(p), Block(p)])
        self.norm, self.head = nn.LayerNorm(16), nn.Linear(16, 3)

    def forward(self, x):
        x = self.patch(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.first.expand(x.shape[0], -1, -1), x], 1)
        x = self.pos_drop(x + self.position)
        for block in self.blocks:
            x = block(x)
        return self.head(self.head_drop(self.norm(x)[:, 0]))


IMAGES = torch.randn(4, 3, 8, 8, generator=torch.Generator().manual_seed(0))


def test_a_vision_transformer_of_the_users_is_cut_at_each_hidden_layer():
    model = ViT()
    cut = add_dropout(model, 0.2, seed=0)
    summary = dropout_summary(cut)
    rates = {entry.layer: float(entry.rate) for entry in summary.entries}
    of_blocks = ("attn.proj_dropout", "gelu_dropout", "fc2_dropout")
    put_in = {"patch_dropout", *(f"blocks.{k}.{name}" for k in (0, 1) for name in of_blocks)}
    assert {layer for layer, rate in rates.items() if rate == 0.2} == put_in
    # What the user set to 0 and no hidden layer stands before is listed, and can be set by name.
    assert rates["pos_drop"] == rates["head_drop"] == 0
    assert without(summary) == {
        "blocks.0.attn.qkv": PROJECTION,
        "blocks.1.attn.qkv": PROJECTION,
        "head": OUTPUT,
    }
    assert noisy(cut, IMAGES)
    assert_same_function(cut, model, IMAGES)


def test_its_own_dropout_at_rate_0_is_noise_as_soon_as_it_is_set_by_name():
    model = ViT()
    assert not noisy(model, IMAGES)
    for name in ("pos_drop", "head_drop", "blocks.1.attn.proj_drop"):
        set_rate(model, {name: 0.5})
        assert noisy(model, IMAGES), name
        set_rate(model, {name: 0.0})
    assert not noisy(model, IMAGES)


def test_all_its_noise_is_listed_and_removed():
    model = ViT(0.3)
    listed = {entry.layer for entry in dropout_summary(model).entries}
    of_blocks = ("attn.attn_drop", "attn.proj_drop", "p")
    assert listed == {
        *("pos_drop", "head_drop"),
        *(f"blocks.{k}.{name}" for k in (0, 1) for name in of_blocks),
    }
    assert noisy(model, IMAGES)
    plain = remove_dropout(model)
    assert not noisy(plain, IMAGES)
    assert_same_function(plain, model, IMAGES)


# --- LLaMA, from a configuration

IDS = torch.randint(1, 50, (3, 7), generator=torch.Generator().manual_seed(0))


class Logits(nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, ids):
        return self.model(input_ids=ids).logits


def llama(kind):
    transformers = pytest.importorskip("transformers")
    torch.manual_seed(0)
    return getattr(transformers, kind)(
        transformers.LlamaConfig(
            vocab_size=50,
            hidden_size=16,
            intermediate_size=32,
            num_hidden_layers=2,
            num_attention_heads=4,
            num_key_value_heads=2,
            pad_token_id=0,
        )
    )


@pytest.mark.parametrize(
    ("kind", "head"),
    [("LlamaForCausalLM", "lm_head"), ("LlamaForSequenceClassification", "score")],
)
def test_llama_from_a_configuration_is_cut_at_each_hidden_layer(kind, head):
    model = llama(kind)
    with pytest.warns(match="is read from their source.*self_attn.o_proj"):
        cut = add_dropout(model, 0.2, seed=0)
    summary = dropout_summary(cut)
    of_layers = (
        *("self_attn.o_proj.dropout_behind", "mlp.act_fn.silu_dropout"),
        *("mlp.up_proj_dropout", "mlp.down_proj_dropout"),
    )
    layers = [f"model.layers.{k}." for k in (0, 1)]
    assert {entry.layer for entry in summary.entries} == {
        layer + name for layer in layers for name in of_layers
    }
    assert {float(entry.rate) for entry in summary.entries} == {0.2}
    projections = ("q_proj", "k_proj", "v_proj")
    assert without(summary) == {
        **{f"{layer}self_attn.{name}": PROJECTION for layer in layers for name in projections},
        head: OUTPUT,
    }
    assert noisy(Logits(cut), IDS)
    assert_same_function(Logits(cut), Logits(model), IDS)
    assert type(cut) is type(model)
