"""`Recorder`: the random numbers that a PyTorch network draws, and where."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from bridle.dropout.audit.observed import Draw

__all__ = ["Recorder", "recording"]

_NUMBERS = {
    "aten::rand",
    "aten::rand_like",
    "aten::randn",
    "aten::randn_like",
    "aten::uniform_",
    "aten::normal_",
    "bridle::uniform",
    "bridle::normal",
}
"""Operators whose numbers make noise, but are no mask."""

_FEWEST = 4
"""Fewer numbers are no noise of units: a mark, a seed, a choice of a layer."""


class Recorder(TorchDispatchMode):
    """Sees every operator below autograd, also those of the backward pass and of C++.

    Attributes
    ----------
    draws : list of Draw
        In the order in which they were drawn.
    places : list of str
        Paths of the modules that are running, the innermost last.
    """

    draws: list[Draw]
    places: list[str]

    def __torch_dispatch__(
        self, function: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        """Run the operator, and keep its numbers if it draws any."""
        result = function(*args, **(kwargs or {}))
        found = _drawn(function, args, kwargs or {}, result)
        if found is not None:
            name, values, is_mask, rate = found
            self.draws.append(
                Draw(
                    self.places[-1] if self.places else "",
                    name,
                    _kept(values) if values is not None and is_mask else None,
                    0 if values is None else _hash(values),
                    rate,
                )
            )
        return result


@contextmanager
def recording(model: nn.Module) -> Iterator[Recorder]:
    """Record what a network draws, as long as the context is open."""
    recorder = Recorder()
    recorder.draws, recorder.places = [], []
    handles = []
    for path, module in model.named_modules():
        handles.append(module.register_forward_pre_hook(_enter(recorder, path)))
        handles.append(module.register_forward_hook(_leave(recorder), always_call=True))
    try:
        with recorder:
            yield recorder
    finally:
        for handle in handles:
            handle.remove()


def _enter(recorder: Recorder, path: str) -> Any:
    def hook(*_: Any) -> None:
        recorder.places.append(path)

    return hook


def _leave(recorder: Recorder) -> Any:
    def hook(*_: Any) -> None:
        if recorder.places:
            recorder.places.pop()

    return hook


def _drawn(
    function: Any, args: Any, kwargs: dict[str, Any], result: Any
) -> tuple[str, Tensor | None, bool, float | None] | None:
    """Return name, numbers, whether they are a mask, and rate; None of other operators."""
    name = function._schema.name
    short = name.split("::")[-1]
    if name in ("aten::bernoulli_", "aten::bernoulli"):
        rate = _rate_of(short, args, kwargs)
        return None if rate == 0 or result.numel() == 0 else (short, result, True, rate)
    if name == "aten::native_dropout":
        train = args[2] if len(args) > 2 else kwargs.get("train")
        return (short, result[1], True, float(args[1])) if train and args[1] > 0 else None
    if name == "bridle::bernoulli":
        rate = float(args[3])
        return (short, result, True, rate) if rate > 0 else None
    if "scaled_dot_product" in name:
        names = [argument.name for argument in function._schema.arguments[: len(args)]]
        given = dict(zip(names, args, strict=True))
        rate = float({**given, **kwargs}.get("dropout_p", 0.0) or 0.0)
        return ("scaled_dot_product_attention", None, False, rate) if rate > 0 else None
    if name in _NUMBERS and result.numel() >= _FEWEST:
        return short, result, False, None
    return None


def _rate_of(name: str, args: Any, kwargs: dict[str, Any]) -> float | None:
    """Return the rate of a Bernoulli draw, 1 minus its probability; None if units differ in it."""
    # A probability at its default is not among the arguments.
    default = 0.5 if name == "bernoulli_" else args[0]
    given = kwargs.get("p", args[1] if len(args) > 1 else default)
    if isinstance(given, Tensor):
        low, high = (given.min().item(), given.max().item()) if given.numel() else (0.0, 1.0)
        return 1.0 - low if low == high else None
    return 1.0 - float(given)


def _kept(values: Tensor) -> Any:
    return (values.detach() != 0).cpu().numpy()


def _hash(values: Tensor) -> int:
    numbers = values.detach()
    if numbers.dtype == torch.bfloat16:
        numbers = numbers.float()
    return zlib.crc32(np.ascontiguousarray(numbers.cpu().numpy()).tobytes()) or 1
