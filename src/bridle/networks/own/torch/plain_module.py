"""A PyTorch module without its own noise, with dropout at rate 0 at the usual places."""

from __future__ import annotations

import copy
import warnings
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from bridle.errors import BridleWarning, InputError

__all__ = ["prepared", "refuse_noise"]

_TIMES = 16
"""Copies of a row: noise at rate p on a unit is equal in all with p^16 + (1 - p)^16, 3e-5 at 0.5."""


def prepared(module: nn.Module) -> tuple[nn.Module, str]:
    """Return a module with dropout at rate 0 only, or without dropout and the reason.

    Raises
    ------
    InputError
        Its own dropout cannot be removed.
    """
    from bridle.dropout.surgery import add_dropout, remove_dropout

    with warnings.catch_warnings():
        # `refuse_noise` finds noise that remains, and the rates are 0.
        warnings.simplefilter("ignore", BridleWarning)
        plain = remove_dropout(module)
        try:
            return add_dropout(plain, 0.0, seed=0), ""
        except InputError as error:
            return plain, str(error)


def refuse_noise(module: nn.Module, rows: Tensor) -> None:
    """Raise an error for a module whose outputs in training are drawn at random.

    Without noise, equal rows have equal outputs in a training pass, and a second pass under another
    seed gives the same.

    Parameters
    ----------
    module : torch.nn.Module
        A result of `prepared`; not changed.
    rows : Tensor of shape (n, ...)
        A few rows that it accepts.

    Raises
    ------
    InputError
        Outputs differ, or a pass fails.
    """
    repeated = rows.repeat_interleave(_TIMES, dim=0)
    try:
        first, other = (_training_pass(module, repeated, draw) for draw in (0, 1))
    except Exception as error:  # custom code may raise anything
        raise InputError(
            "network must accept rows in training too. Received: a module that fails with: "
            f"{' '.join(str(error).split())}"
        ) from error
    if not (_close(first, first[::_TIMES].repeat(_TIMES, axis=0)) and _close(first, other)):
        raise InputError(
            "network must have no noise that cannot be removed, or the baseline would not be plain. "
            "Received: a module whose outputs in training differ for equal rows or from pass to "
            "pass, although its dropout is off: its forward() draws random numbers. Remove that, or "
            "use torch.nn.Dropout instead."
        )


def _training_pass(module: nn.Module, rows: Tensor, draw: int) -> Any:
    tried = copy.deepcopy(module).train()
    with torch.random.fork_rng(), torch.no_grad():
        torch.manual_seed(draw)
        return tried(rows).double().numpy()


def _close(value: Any, other: Any) -> bool:
    size = float(np.abs(value[np.isfinite(value)]).max(initial=0.0))
    return np.allclose(value, other, rtol=1e-3, atol=1e-4 * size, equal_nan=True)
