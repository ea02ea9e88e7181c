"""Fingerprint of a PyTorch module, which identifies it in any process."""

from __future__ import annotations

import copy
import re

import torch

from bridle.files.digest import digest
from bridle.networks.own.torch.module_rows import as_rows
from bridle.networks.regime import Regime
from bridle.networks.template.torch.torch_template import TorchTemplate, device
from bridle.types import AnyArray

__all__ = ["torch_fingerprint"]


def torch_fingerprint(template: TorchTemplate, seed: int, X: AnyArray) -> str:
    """Return a digest of a module's settings, initial weights, outputs and optimiser.

    Differences that settings do not show, such as the body of a ``forward``, show in the outputs.

    Parameters
    ----------
    template : TorchTemplate
    seed : int
        Seed of the initial weights.
    X : ndarray of shape (n, ...), float32
        A few rows.
    """
    state = template.start(Regime(), seed)
    rows = as_rows(X, template.features).to(device())
    with template.lock, torch.no_grad():
        template.load(state)
        tried = copy.deepcopy(template.network)
        calls = [tried.train(noisy)(rows).cpu().numpy() for noisy in (False, True)]
    groups = [] if template.blueprint is None else template.blueprint.param_groups
    return digest(
        {
            "settings": re.sub(r"seed=\d+", "", str(template.network)),
            "names": [template.names, template.buffers],
            "optimizer": [
                type(template.blueprint).__name__,
                template.learning_rate,
                *(
                    {name: repr(value) for name, value in group.items() if name != "params"}
                    for group in groups
                ),
            ],
            "kind": (template.kind, template.link, template.features),
            "state": vars(state),
            "calls": calls,
        }
    )
