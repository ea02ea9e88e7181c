"""Dropout of every kind as PyTorch modules, with the mathematics of `bridle.dropout.noise`."""

from __future__ import annotations

from importlib.util import find_spec

from bridle.errors import MissingExtraError

if find_spec("torch") is None:
    raise MissingExtraError("A dropout module of PyTorch", "torch", "torch")

from bridle.dropout.torch_modules.attention import DropoutAttention
from bridle.dropout.torch_modules.concrete import ConcreteDropout
from bridle.dropout.torch_modules.drop_block import DropBlock2d
from bridle.dropout.torch_modules.drop_connect import DropConnectLinear
from bridle.dropout.torch_modules.embedding import EmbeddingDropout
from bridle.dropout.torch_modules.masks import (
    AlphaDropout,
    Dropout,
    DropPath,
    GaussianDropout,
    SpatialDropout1d,
    SpatialDropout2d,
    SpatialDropout3d,
)
from bridle.dropout.torch_modules.recurrent import DropoutGRU, DropoutLSTM
from bridle.dropout.torch_modules.stream import plain_state_dict, seed_noise

__all__ = [
    "AlphaDropout",
    "ConcreteDropout",
    "DropBlock2d",
    "DropConnectLinear",
    "DropPath",
    "Dropout",
    "DropoutAttention",
    "DropoutGRU",
    "DropoutLSTM",
    "EmbeddingDropout",
    "GaussianDropout",
    "SpatialDropout1d",
    "SpatialDropout2d",
    "SpatialDropout3d",
    "plain_state_dict",
    "seed_noise",
]
