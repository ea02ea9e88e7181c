"""Observation of a PyTorch network: two training steps, evaluation, changed rates, probes."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils import _pytree as pytree

from bridle.dropout.audit.checks.shared_ranks import hashes
from bridle.dropout.audit.new_rates import another_rate
from bridle.dropout.audit.observed import Draw, Observed
from bridle.dropout.audit.torch.probes import Inputs, probes_of, watching_inputs
from bridle.dropout.audit.torch.recorder import recording
from bridle.dropout.surgery.torch.held_rates import HeldRate, held_rates
from bridle.dropout.surgery.torch.roles import dropout_within, is_ours, is_pure_dropout
from bridle.dropout.torch_modules.draws import DRAWN
from bridle.errors import InputError

__all__ = ["observe"]


def observe(model: nn.Module, batch: Any, compiled: bool, group: Any) -> Observed:
    """Return what a copy of a network does with a batch.

    Parameters
    ----------
    model : torch.nn.Module
        Not changed.
    batch : Tensor, sequence or mapping
        Its inputs: one, several, or by name.
    compiled : bool
        Whether dropout modules are compiled too.
    group : torch.distributed.ProcessGroup or None
        Ranks whose masks are compared with this one's.
    """
    plain = model._orig_mod if isinstance(model, torch._dynamo.OptimizedModule) else model
    with _undisturbed():
        network = _copy(plain)
        rates = _rates(network)
        evaluation, repeats = _evaluate(network, batch)
        network.train()
        inputs: Inputs = {}
        watching = watching_inputs(network, inputs)
        first, backward = _step(network, batch)
        for recorder in watching:
            recorder.remove()
        second, _ = _step(network, batch)
        acting = {draw.where for draw in first if draw.kept is not None}
        probes = probes_of(network, inputs, acting, rates, compiled)
        wanted = _change_rates(network)
        changed, _ = _step(network, batch)
        seen = Observed(
            n_samples=_rows(batch),
            steps=(first, second),
            backward=backward,
            evaluation=evaluation,
            repeats=repeats,
            rates=rates,
            changed=changed,
            wanted=wanted,
            probes=probes,
        )
        return _with_ranks(seen, group)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Leave PyTorch's generators and the places of bridle's streams as they are."""
    before = dict(DRAWN)
    devices = list(range(torch.cuda.device_count())) if torch.cuda.is_initialized() else []
    try:
        with torch.random.fork_rng(devices):
            yield
    finally:
        DRAWN.clear()
        DRAWN.update(before)


def _copy(model: nn.Module) -> nn.Module:
    try:
        return copy.deepcopy(model)
    except Exception as error:
        raise InputError(
            f"model must be copied by copy.deepcopy, since an audit changes rates in a copy. "
            f"Received: {type(model).__name__}, which failed ({error})."
        ) from error


def _call(network: nn.Module, batch: Any) -> Any:
    try:
        if isinstance(batch, Mapping):
            return network(**batch)
        return network(*batch) if isinstance(batch, list | tuple) else network(batch)
    except Exception as error:
        raise InputError(
            "batch must be what the network takes: a tensor, a tuple of them, or a mapping for "
            f"network(**batch). Received: {type(batch).__name__}, with which it failed ({error})."
        ) from error


def _step(network: nn.Module, batch: Any) -> tuple[list[Draw], list[Draw]]:
    """Return the draws of the forward and of the backward pass of a training step."""
    with recording(network) as recorder:
        loss = _loss(_call(network, batch))
        forward = len(recorder.draws)
        if loss is not None:
            loss.backward()
    network.zero_grad(set_to_none=True)
    return recorder.draws[:forward], recorder.draws[forward:]


def _loss(output: Any) -> Tensor | None:
    """Return a loss of any output: its own, or the mean square of what has a gradient."""
    own = output.get("loss") if isinstance(output, Mapping) else None
    if isinstance(own, Tensor) and own.requires_grad and own.ndim == 0:
        return own
    parts = [
        tensor for tensor in _tensors(output) if tensor.requires_grad and tensor.is_floating_point()
    ]
    return sum(part.float().square().mean() for part in parts) if parts else None


def _tensors(output: Any) -> list[Tensor]:
    leaves = pytree.tree_leaves(dict(output) if isinstance(output, Mapping) else output)
    return [leaf for leaf in leaves if isinstance(leaf, Tensor)]


def _evaluate(network: nn.Module, batch: Any) -> tuple[list[Draw], bool]:
    network.train(False)
    with torch.no_grad():
        with recording(network) as recorder:
            first = _tensors(_call(network, batch))
        second = _tensors(_call(network, batch))
    same = all(
        torch.equal(a.nan_to_num(), b.nan_to_num()) for a, b in zip(first, second, strict=True)
    )
    return recorder.draws, same


def _rates(network: nn.Module) -> dict[str, float]:
    """Return the rates above 0 and below 1 that modules hold, by path."""
    found: dict[str, float] = {}
    for path, module in network.named_modules():
        rate = dropout_within(module) if is_ours(module) and not _inside(path, found) else 0.0
        held = [rate.rate for rate in held_rates(module)]
        rate = max([rate, *held])
        if 0 < rate < 1:
            found[path] = rate
    return found


def _inside(path: str, outer: Mapping[str, float]) -> bool:
    return any(path.startswith(f"{name}.") for name in outer if name)


def _change_rates(network: nn.Module) -> dict[str, float]:
    """Set every rate above 0 to another, and return those that are measured, by path."""
    held: list[tuple[str, HeldRate]] = []
    own: list[tuple[str, Any]] = []
    for path, module in network.named_modules():
        held += [(path, rate) for rate in held_rates(module) if 0 < rate.rate < 1]
        if is_ours(module) and is_pure_dropout(module):
            own.append((path, module))
    olds = [rate.rate for _, rate in (*held, *own)]
    wanted: dict[str, float] = {}
    for (path, drawn), old in zip((*held, *own), olds, strict=True):
        if old == 0:
            continue
        drawn.rate = new = another_rate(old)
        wanted[path] = new
    several = [path for path, _ in held]
    return {path: rate for path, rate in wanted.items() if several.count(path) < 2}


def _rows(batch: Any) -> int:
    found = [
        leaf for leaf in pytree.tree_leaves(batch) if isinstance(leaf, Tensor) and leaf.ndim > 0
    ]
    return len(found[0]) if found else 1


def _with_ranks(seen: Observed, group: Any) -> Observed:
    """Return the observations with the hashes of the other ranks."""
    if group is None:
        return seen
    from dataclasses import replace

    from torch import distributed as dist

    gathered: list[Any] = [None] * dist.get_world_size(group)
    dist.all_gather_object(gathered, hashes(seen), group=group)
    mine = dist.get_rank(group)
    return replace(seen, others=[draw for at, draw in enumerate(gathered) if at != mine])
