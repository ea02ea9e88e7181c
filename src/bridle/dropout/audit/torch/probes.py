"""Probes: each dropout module alone, in every memory layout, checkpointed, compiled."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from bridle.dropout.audit.observed import Probe

__all__ = ["Inputs", "probes_of", "watching_inputs"]

Inputs = dict[str, Tensor]
"""An input of each module that takes one tensor and returns one of its shape."""

_MOST = 2**18
"""Units of an input; more rows are left out."""

_BLOCKS = ("block", "cutout")


def watching_inputs(model: nn.Module, inputs: Inputs) -> list[Any]:
    """Return hooks that keep the shape of an input of each module that may be a dropout."""

    def watch(path: str) -> Callable[..., None]:
        def hook(_: nn.Module, given: Any, output: Any) -> None:
            tensor = given[0] if len(given) == 1 else None
            if not isinstance(tensor, Tensor) or not isinstance(output, Tensor):
                return
            if tensor.is_floating_point() and output.shape == tensor.shape and tensor.ndim > 1:
                inputs[path] = tensor.detach()

        return hook

    return [
        module.register_forward_hook(watch(path))
        for path, module in model.named_modules()
        if path and next(module.parameters(), None) is None
    ]


def probes_of(
    model: nn.Module, inputs: Inputs, acting: set[str], rates: Mapping[str, float], compiled: bool
) -> list[Probe]:
    """Return the probes of the modules that drew masks and do nothing else.

    Modules of one class, with inputs of one shape, are probed once.

    Parameters
    ----------
    model : torch.nn.Module
        In training mode; the states of its modules move on.
    inputs : Inputs
    acting : set of str
        Paths of the modules that drew.
    rates : mapping of str to float
        Rates that the modules state.
    compiled : bool
        Whether to compile each class too, which takes seconds.
    """
    found: list[Probe] = []
    seen: set[Any] = set()
    built: set[type] = set()
    for path in sorted(acting & set(inputs)):
        module = model.get_submodule(path)
        x = _trimmed(inputs[path])
        if (key := (type(module), tuple(x.shape))) in seen:
            continue
        seen.add(key)
        found += _probe(path, module, x, rates.get(path), "eager", module)
        if compiled and type(module) not in built:
            built.add(type(module))
            own = copy.deepcopy(module)
            found += _probe(path, module, x, rates.get(path), "compiled", torch.compile(own))
            turned = torch.compile(_materialised(copy.deepcopy(module)))
            found += _probe(
                path, module, x, rates.get(path), "compiled after a materialised transpose", turned
            )
    return found


def _probe(
    path: str, module: nn.Module, x: Tensor, rate: float | None, mode: str, call: Any
) -> Iterator[Probe]:
    for layout, given in _layouts(x):
        # A compiled module is not to be checkpointed: the graph would not know its masks again.
        for repeated in (False, True) if mode == "eager" else (False,):
            taken = given.detach().requires_grad_()
            first = checkpoint(call, taken, use_reentrant=False) if repeated else call(taken)
            with torch.no_grad():
                second = call(given)
            if not (_is_mask(first) and _is_mask(second)):
                return
            first.sum().backward()
            grad = torch.zeros_like(taken) if taken.grad is None else taken.grad
            yield Probe(
                path,
                f"{mode}, checkpointed" if repeated else mode,
                layout,
                first=_kept(first),
                second=_kept(second),
                backward=_kept(grad),
                rate=rate,
                by_blocks=any(word in type(module).__name__.lower() for word in _BLOCKS),
            )


def _kept(values: Tensor) -> Any:
    return (values.detach() != 0).cpu().numpy()


def _is_mask(output: Any) -> bool:
    """Return whether an output is a mask times one factor, as inputs of size 1 show."""
    if not isinstance(output, Tensor):
        return False
    sizes = output.detach().abs()
    high = sizes.max()
    return bool(((sizes == 0) | ((sizes - high).abs() <= 1e-2 * high)).all())


def _trimmed(x: Tensor) -> Tensor:
    """Return random signs in the shape of an input, of so many rows that it is not too large."""
    rows = max(1, min(len(x), _MOST // max(1, x[0].numel())))
    signs = torch.ones((rows, *x.shape[1:]), dtype=x.dtype, device=x.device)
    return torch.where(torch.rand_like(signs) < 0.5, -signs, signs)


def _layouts(x: Tensor) -> Iterator[tuple[str, Tensor]]:
    yield "contiguous", x
    if x.ndim == 4:
        yield "channels last", x.to(memory_format=torch.channels_last)
    if x.ndim > 2:
        yield "transposed", x.transpose(1, -1).contiguous().transpose(1, -1)


def _materialised(module: nn.Module) -> Callable[[Tensor], Tensor]:
    def call(x: Tensor) -> Tensor:
        turned = x.transpose(0, -1).contiguous().transpose(0, -1).contiguous()
        result: Tensor = module(turned)
        return result

    return call
