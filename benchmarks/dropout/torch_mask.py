"""Forward and backward pass of a mask alone in PyTorch."""

from __future__ import annotations

import torch
from torch import nn

from benchmarks.scaffold.pairs import Call, Pair
from bridle.dropout.torch_modules import Dropout

__all__ = ["pair"]


def pair(rows: str, columns: str) -> Pair:
    """Return passes through a mask of that shape, as float32 on the CPU."""
    shape = int(rows), int(columns)
    return Pair(_passes(Dropout(0.5, seed=0), shape), _passes(nn.Dropout(0.5), shape))


def _passes(mask: nn.Module, shape: tuple[int, int]) -> Call:
    x = torch.randn(shape, requires_grad=True)
    upstream = torch.randn(shape)
    return lambda: torch.autograd.grad(mask(x), x, upstream)
