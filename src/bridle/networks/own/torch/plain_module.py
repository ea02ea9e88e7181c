"""A PyTorch module without its own noise, with dropout at rate 0 at the usual places."""

from __future__ import annotations

import copy
import warnings
from typing import Any

import torch
from torch import Tensor, nn

from bridle.errors import BridleWarning, InputError
from bridle.networks.own.random_outputs import TIMES, refuse_random_outputs

__all__ = ["prepared", "refuse_noise"]


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
    repeated = rows.repeat_interleave(TIMES, dim=0)
    refuse_random_outputs(
        lambda draw: _training_pass(module, repeated, draw),
        *("module", "forward()", "torch.nn.Dropout"),
    )


def _training_pass(module: nn.Module, rows: Tensor, draw: int) -> Any:
    tried = copy.deepcopy(module).train()
    with torch.random.fork_rng(), torch.no_grad():
        torch.manual_seed(draw)
        return tried(rows).double().numpy()
