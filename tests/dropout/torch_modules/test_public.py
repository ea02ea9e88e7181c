"""The public names of the PyTorch modules and what they take; each is on the page."""

from __future__ import annotations

import inspect
import re
from importlib.util import find_spec
from pathlib import Path

import pytest

if find_spec("torch") is None:
    pytest.skip("needs the extra torch: make test-torch", allow_module_level=True)

from bridle.dropout import torch_modules

PAGE = Path(__file__).parents[3] / "docs" / "api" / "torch_modules.md"

# A star stands before the arguments that are given by name only.
NOISE = "rate * schedule seed"
RECURRENT = "sizes * input_dropout recurrent_dropout weight_dropout schedule seed settings"
SIGNATURES = {
    "AlphaDropout": NOISE,
    "ConcreteDropout": "layer * rate weight_regularizer dropout_regularizer temperature seed",
    "DropBlock2d": "rate block_size * schedule seed",
    "DropConnectLinear": "in_features out_features * rate schedule seed settings",
    "DropPath": NOISE,
    "Dropout": NOISE,
    "DropoutAttention": "embed_dim num_heads * rate schedule seed settings",
    "DropoutGRU": RECURRENT,
    "DropoutLSTM": RECURRENT,
    "EmbeddingDropout": "num_embeddings embedding_dim * rate schedule seed settings",
    "GaussianDropout": NOISE,
    "SpatialDropout1d": NOISE,
    "SpatialDropout2d": NOISE,
    "SpatialDropout3d": NOISE,
    "plain_state_dict": "state",
    "seed_noise": "model seed",
}


def words(function):
    listed = []
    for one in inspect.signature(function).parameters.values():
        if one.kind is one.KEYWORD_ONLY and "*" not in listed:
            listed.append("*")
        listed.append(one.name)
    return " ".join(listed)


def test_public_names_and_their_arguments():
    assert torch_modules.__all__ == list(SIGNATURES)
    assert {name: words(getattr(torch_modules, name)) for name in SIGNATURES} == SIGNATURES


def test_arguments_are_on_the_page():
    code = " ".join(re.findall(r"`([^`\n]+)`", PAGE.read_text("utf-8")))
    named = {word for one in SIGNATURES.values() for word in one.split()} - {"*", "sizes"}
    assert named - set(re.findall(r"\w+", code)) == set()
