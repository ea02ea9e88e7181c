"""Random numbers for masks, as pure functions of a place in a stream.

A place is the pair (key, counter), an int64 tensor on the CPU. The same place always gives the same
numbers, so a compiled or checkpointed backward pass can draw the mask of its forward pass again.
Each draw seeds a separate generator; PyTorch's global generator is neither read nor advanced.
Generators, and so the numbers, differ between devices.

The operators also take the activation. Under ``torch.func.vmap`` it shows whether there is a mapped
dimension: with ``randomness="different"`` each of its entries gets a different mask, with
``"same"`` all get one mask.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import torch
from torch import Tensor

from bridle.dropout.noise import bernoulli_multiplier
from bridle.errors import BridleError

__all__ = ["UNKNOWN_MASK", "bernoulli", "forget", "normal", "uniform"]

UNKNOWN_MASK = (
    "A backward pass recomputes a dropout whose forward mask was not recorded. Checkpoint with "
    "use_reentrant=False and preserve_rng_state=True; compile the checkpointed network, do not "
    "checkpoint the compiled one; run at most 4096 forward passes before the backward pass."
)

WORD = (1 << 64) - 1

# The last counter drawn for each key.
DRAWN: dict[int, int] = {}

ARGUMENTS = "Tensor x, Tensor place, SymInt[] shape"
LIBRARY = torch.library.Library("bridle", "DEF")
LIBRARY.define(f"bernoulli({ARGUMENTS}, Tensor rate) -> Tensor")
LIBRARY.define(f"uniform({ARGUMENTS}) -> Tensor")
LIBRARY.define(f"normal({ARGUMENTS}) -> Tensor")


def bernoulli(x: Tensor, place: Tensor, shape: Sequence[int], rate: Tensor) -> Tensor:
    """Return multipliers of ``shape``: 1 / (1 - rate) with probability 1 - rate, else 0.

    Parameters
    ----------
    x : Tensor
        The activation. The multipliers are on its device, in its type or float32 if that is wider.
    place : Tensor of shape (2,)
        Key and counter, int64, on the CPU.
    shape : sequence of int
        Shape of the multipliers.
    rate : Tensor of shape ()
        In [0, 1], on the CPU.
    """
    return torch.ops.bridle.bernoulli(x.detach(), place, list(shape), rate)


def uniform(x: Tensor, place: Tensor, shape: Sequence[int]) -> Tensor:
    """Return uniform numbers in [0, 1) of ``shape``; arguments as for `bernoulli`."""
    return torch.ops.bridle.uniform(x.detach(), place, list(shape))


def normal(x: Tensor, place: Tensor, shape: Sequence[int]) -> Tensor:
    """Return standard normal numbers of ``shape``; arguments as for `bernoulli`."""
    return torch.ops.bridle.normal(x.detach(), place, list(shape))


def forget(keys: Iterable[int]) -> None:
    """Forget the draws under these keys; no backward pass will repeat them."""
    for key in keys:
        DRAWN.pop(key, None)


def _bernoulli(x: Tensor, place: Tensor, shape: Sequence[int], rate: Tensor) -> Tensor:
    p = rate.item()
    kept = torch.empty(shape, dtype=_wide(x), device=x.device)
    # u >= p for u = (bits + 2^31) / 2^32. Comparing raw integers, two from each draw, takes half
    # the time of uniform floats.
    threshold = round(p * 2**32) - 2**31
    if threshold == 2**31:
        return kept.zero_()
    pairs = torch.empty((kept.numel() + 1) // 2, dtype=torch.int64, device=x.device)
    pairs.random_(-(2**63), None, generator=_generator(place, x.device))
    bits = pairs.view(torch.int32)[: kept.numel()].view(shape)
    return torch.ge(bits, threshold, out=kept).mul_(bernoulli_multiplier(1.0, p))


def _uniform(x: Tensor, place: Tensor, shape: Sequence[int]) -> Tensor:
    generator = _generator(place, x.device)
    return torch.rand(shape, generator=generator, dtype=_wide(x), device=x.device)


def _normal(x: Tensor, place: Tensor, shape: Sequence[int]) -> Tensor:
    generator = _generator(place, x.device)
    return torch.randn(shape, generator=generator, dtype=_wide(x), device=x.device)


def _empty(x: Tensor, place: Tensor, shape: Sequence[int], *rate: Tensor) -> Tensor:
    return x.new_empty(shape, dtype=_wide(x))


def _wide(x: Tensor) -> torch.dtype:
    return torch.promote_types(x.dtype, torch.float32)


def _generator(place: Tensor, device: torch.device) -> torch.Generator:
    key, counter = place.tolist()
    _require_known(key, counter)
    distributed = torch.distributed.is_available() and torch.distributed.is_initialized()
    rank = torch.distributed.get_rank() if distributed else 0
    return torch.Generator(device).manual_seed(_mixed(key, rank, counter))


def _require_known(key: int, counter: int) -> None:
    """Raise an error for a new place within a backward pass, which can only repeat draws."""
    last = DRAWN.get(key, -1)
    if counter > last:
        if torch._C._current_graph_task_id() != -1:
            raise BridleError(UNKNOWN_MASK)
        DRAWN[key] = counter


def _mixed(*parts: int) -> int:
    """Return 64 bits that depend on every bit of the parts.

    Source: Steele, Lea and Flood 2014, "Fast splittable pseudorandom number generators", the
    finaliser of SplitMix64.
    """
    z = 0
    for part in parts:
        z = (z + part + 0x9E3779B97F4A7C15) & WORD
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & WORD
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & WORD
        z ^= z >> 31
    # The CPU generator uses only the lower 32 bits.
    return z ^ (z >> 32)


def _over_batch(operator: Callable[..., Tensor]) -> Callable[..., tuple[Tensor, int | None]]:
    def rule(
        info: Any,
        in_dims: tuple[Any, ...],
        x: Tensor,
        place: Tensor,
        shape: list[int],
        *rate: Tensor,
    ) -> tuple[Tensor, int | None]:
        if info.randomness == "error":
            raise RuntimeError(
                "vmap over dropout needs randomness='different', for a new mask for each entry of "
                "the mapped dimension, or 'same', for one mask. Received: randomness='error'."
            )
        if info.randomness == "same":
            return operator(x, place, shape, *rate), None
        return operator(x, place, [info.batch_size, *shape], *rate), 0

    return rule


for _name, _draw in (("bernoulli", _bernoulli), ("uniform", _uniform), ("normal", _normal)):
    LIBRARY.impl(_name, _draw, "CompositeExplicitAutograd")
    torch.library.register_fake(f"bridle::{_name}", _empty, lib=LIBRARY)
    torch.library.register_vmap(
        f"bridle::{_name}", _over_batch(getattr(torch.ops.bridle, _name)), lib=LIBRARY
    )
