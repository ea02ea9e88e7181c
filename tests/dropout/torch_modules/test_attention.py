"""Attention: without noise it is PyTorch's, with noise its weights are 0 or scaled."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

if find_spec("torch") is None:
    pytest.skip("needs the extra torch: make test-torch", allow_module_level=True)

import torch
from torch import nn

from bridle.dropout.torch_modules import DropoutAttention
from bridle.errors import InputError

generator = torch.Generator().manual_seed(4)
QUERY, KEY, VALUE = (torch.randn(3, n, 8, generator=generator) for n in (4, 5, 5))
PADDED = torch.tensor([[False] * 5, [False] * 3 + [True] * 2, [False] * 4 + [True]])
BLOCKED = torch.triu(torch.ones(4, 5, dtype=torch.bool), 2)
ADDED = torch.randn(6, 4, 5, generator=generator)

# Settings of the module, and arguments of the call.
SETTINGS = {
    "plain": ({"batch_first": True}, {}),
    "time first": ({}, {}),
    "without bias": ({"batch_first": True, "bias": False}, {}),
    "other sizes": ({"batch_first": True, "kdim": 8, "vdim": 6}, {}),
    "padding": ({"batch_first": True}, {"key_padding_mask": PADDED}),
    "blocked": ({"batch_first": True}, {"attn_mask": BLOCKED, "key_padding_mask": PADDED}),
    "mask of each head": ({"batch_first": True}, {"attn_mask": ADDED}),
    "appended keys": (
        {"batch_first": True, "add_bias_kv": True, "add_zero_attn": True},
        {"attn_mask": BLOCKED, "key_padding_mask": PADDED},
    ),
    "each head": ({"batch_first": True}, {"average_attn_weights": False}),
    "without weights": ({"batch_first": True}, {"need_weights": False}),
}


def pair(rate, settings):
    """Return a module with noise, and PyTorch's with the same weights."""
    noisy, plain = (
        DropoutAttention(8, 2, rate=rate, seed=5, **settings),
        nn.MultiheadAttention(8, 2, **settings),
    )
    plain.load_state_dict({k: v for k, v in noisy.state_dict().items() if "noise" not in k})
    return noisy, plain


def called(module, settings, arguments):
    x = [QUERY, KEY, VALUE[..., : settings.get("vdim", 8)]]
    x = x if settings.get("batch_first") else [one.transpose(0, 1) for one in x]
    return module(*x, **arguments)


@pytest.mark.parametrize("name", SETTINGS)
def test_without_noise_it_is_the_module_of_pytorch(name):
    settings, arguments = SETTINGS[name]
    noisy, plain = pair(0.0, settings)
    wanted = called(plain, settings, arguments)
    for one, other in zip(called(noisy, settings, arguments), wanted, strict=True):
        torch.testing.assert_close(one, other)
    fused = zip(
        called(noisy.eval(), settings, arguments),
        called(plain.eval(), settings, arguments),
        strict=True,
    )
    assert all(one is other is None or torch.equal(one, other) for one, other in fused)


def test_without_a_batch_it_is_the_module_of_pytorch():
    noisy, plain = pair(0.0, {})
    x = (QUERY[0], KEY[0], VALUE[0])
    for one, other in zip(noisy(*x), plain(*x), strict=True):
        torch.testing.assert_close(one, other)


def test_weights_are_zero_or_scaled_each_with_its_own_draw():
    noisy, plain = pair(0.5, {"batch_first": True})
    weights = noisy(QUERY, KEY, VALUE, average_attn_weights=False)[1]
    wanted = plain(QUERY, KEY, VALUE, average_attn_weights=False)[1] / 0.5
    kept = weights != 0
    assert 0.2 < kept.float().mean() < 0.8
    torch.testing.assert_close(weights[kept], wanted[kept])
    assert not torch.equal(noisy(QUERY, KEY, VALUE)[0], noisy(QUERY, KEY, VALUE)[0])


def test_wrong_request_is_refused():
    with pytest.raises(InputError, match=r"dropout must be 0.*dropout=0\.2"):
        DropoutAttention(8, 2, dropout=0.2)
    with pytest.raises(InputError, match="is_causal=True needs attn_mask"):
        DropoutAttention(8, 2)(QUERY, QUERY, QUERY, is_causal=True)
