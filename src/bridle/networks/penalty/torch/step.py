"""Steps after each update of a PyTorch optimiser: the proximal step, then the limit on norms.

Both are a hook of the optimiser. Their settings are in its parameter groups, so that they are part
of ``optimizer.state_dict()`` and come back with ``load_state_dict``.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn, optim

from bridle.arguments.scalars import is_number, refuse
from bridle.elastic_net.penalty.penalty import ElasticNetPenalty
from bridle.errors import InputError
from bridle.networks.engine.torch.runner import limit_norms
from bridle.networks.penalty.nearest import By, nearest
from bridle.networks.penalty.strengths import strengths_by_row
from bridle.networks.penalty.torch.kernels import as_rows, kernels

__all__ = ["add_max_norm", "add_step"]

KEY = "bridle_after_update"
"""Of a parameter group: settings by the position of a weight in it."""

_KNOWN = (optim.SGD, optim.Adam, optim.AdamW)
_NOT_KNOWN = {
    "maximize": "ascends, where the penalty descends",
    "differentiable": "keeps updates for gradients through them",
}
_FOLLOWED: weakref.WeakSet[optim.Optimizer] = weakref.WeakSet()
"""Optimisers that have the hook; a copy of one, or one from a pickle, has not."""


def add_step(
    model: nn.Module, penalty: ElasticNetPenalty, layers: Any, by: By, optimizer: Any
) -> None:
    """Add the step, as `bridle.networks.penalty.add_proximal_step`."""
    _check(optimizer)
    weights = kernels(model, layers)
    for weight, settings in _settings(optimizer, weights):
        l1, l2 = strengths_by_row(penalty, weight.shape[1])
        kept = np.isfinite(l1)
        for name, values in (("l1", l1), ("l2", l2)):
            settings[name] = torch.tensor(np.where(kept, values, 0.0))
        settings |= {"kept": torch.tensor(kept), "by": by}
    _follow(optimizer)


def add_max_norm(
    model: nn.Module, limit: float, layers: Any = None, *, optimizer: optim.Optimizer
) -> None:
    """Limit the norm of the incoming weights of each unit, after each update: ``|w|_2 <= limit``.

    As `keras.constraints.MaxNorm`, which worked best with dropout in Srivastava et al. 2014. It acts
    after a proximal step. A second call replaces the limit of the first.

    Parameters
    ----------
    model : torch.nn.Module
    limit : float
        In (0, inf).
    layers : iterable of torch.nn.Module, optional
        ``Linear`` and ``Conv1d`` to ``Conv3d`` of the model. Default: all of them.
    optimizer : torch.optim.Optimizer
        SGD, Adam or AdamW that trains these kernels; see `add_proximal_step`.

    Raises
    ------
    InputError
        The limit is not positive and finite, or the optimiser or a layer is not supported.
    """
    if not (is_number(limit) and 0 < limit < np.inf):
        refuse("limit", "a number in (0, inf)", limit)
    _check(optimizer)
    for _, settings in _settings(optimizer, kernels(model, layers)):
        settings["max_norm"] = float(limit)
    _follow(optimizer)


def _check(optimizer: Any) -> None:
    if type(optimizer) not in _KNOWN:
        raise InputError(
            "optimizer must be torch.optim.SGD, Adam or AdamW, whose step sizes are known, without a "
            f"wrapper. Received: {type(optimizer).__name__}."
        )
    for name, does in _NOT_KNOWN.items():
        if any(group.get(name) for group in optimizer.param_groups):
            raise InputError(f"optimizer must not use {name}, which {does}. Received: {name}=True.")


def _settings(
    optimizer: optim.Optimizer, weights: list[nn.Parameter]
) -> Iterator[tuple[nn.Parameter, dict[str, Any]]]:
    """Yield each weight with its settings, which may be changed."""
    places = {
        id(weight): (group, i)
        for group in optimizer.param_groups
        for i, weight in enumerate(group["params"])
    }
    missing = sum(id(weight) not in places for weight in weights)
    if missing:
        raise InputError(
            "optimizer must train every layer that is named. Received: one without the weights of "
            f"{missing} of {len(weights)} layers. Name the others in layers."
        )
    for weight in weights:
        group, i = places[id(weight)]
        yield weight, group.setdefault(KEY, {}).setdefault(i, {})


def _follow(optimizer: optim.Optimizer) -> None:
    if optimizer not in _FOLLOWED:
        optimizer.register_step_post_hook(_after_update)
        _FOLLOWED.add(optimizer)


def _after_update(optimizer: optim.Optimizer, *_: Any) -> None:
    if not any(KEY in group for group in optimizer.param_groups):
        raise InputError(
            "The state that was loaded into the optimiser has no proximal step and no limit of norms. "
            "Add them again, after load_state_dict."
        )
    # A GradScaler may leave the check to the optimiser: infinite gradients mean no update.
    skipped = getattr(optimizer, "found_inf", None)
    if skipped is not None and bool(skipped):
        return
    _check(optimizer)
    for group in optimizer.param_groups:
        for i, settings in group.get(KEY, {}).items():
            weight = group["params"][i]
            if weight.grad is not None:  # else it was not updated
                _move(weight, settings, group, optimizer.state[weight])


def _move(weight: Tensor, settings: dict[str, Any], group: dict[str, Any], state: Any) -> None:
    if "by" in settings:
        with torch.no_grad():
            lengths = torch.as_tensor(_lengths(group, state)).to(weight).expand_as(weight)
            l1, l2, kept = (settings[name].to(weight) for name in ("l1", "l2", "kept"))
            z, by = as_rows(weight), settings["by"]
            z.copy_(nearest(z, as_rows(lengths), l1, l2, kept, by=by, ops=torch))
    if "max_norm" in settings:
        limit_norms([weight], [range(1, weight.ndim)], settings["max_norm"])


def _lengths(group: dict[str, Any], state: Any) -> Any:
    """Return the optimiser's step size s_j of each weight, after its update."""
    rate = group["lr"]
    if "betas" not in group:
        # With momentum, a constant gradient g moves a weight by this times g per step in the limit.
        damped = 1 - group["dampening"] if group["momentum"] else 1
        return rate * damped / (1 - group["momentum"])
    squares = state["max_exp_avg_sq" if group["amsgrad"] else "exp_avg_sq"]
    unbiased = squares / (1 - group["betas"][1] ** state["step"].to(squares))
    return rate / (unbiased.sqrt() + group["eps"])
