"""Activations of the hidden units of a PyTorch module: what goes into each of its dropouts."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from bridle.dropout.torch_modules.masks import NoisyActivation, SpatialDropout1d
from bridle.dropout.torch_modules.recurrent import DropoutGRU, DropoutLSTM
from bridle.networks.own.torch.module_rows import as_rows
from bridle.networks.template.template import State, Template
from bridle.networks.template.torch.torch_template import TorchTemplate, device
from bridle.types import AnyArray

__all__ = ["hidden_activations"]


def hidden_activations(template: Template, state: State, X: AnyArray) -> list[AnyArray]:
    """Return the inputs of each dropout, and the outputs of recurrent layers with dropout.

    Returns
    -------
    list of ndarray
        A row per sample, and a column per unit or channel; means over positions.
    """
    assert isinstance(template, TorchTemplate)
    found: list[Tensor] = []
    hooks = []
    for module in template.network.modules():
        if isinstance(module, NoisyActivation):
            hooks.append(module.register_forward_pre_hook(_note_input(found)))
        elif isinstance(module, DropoutGRU | DropoutLSTM):
            hooks.append(module.register_forward_hook(_note_output(found)))
    try:
        with template.lock, torch.no_grad():
            template.load(state)
            template.network.train(mode=False)
            template.network(as_rows(X, template.features).to(device()))
    finally:
        for hook in hooks:
            hook.remove()
    return [_by_unit(array) for array in found if array.ndim > 1 and len(array) == len(X)]


def _by_unit(values: Tensor) -> AnyArray:
    # Channels are the second axis of images, and here the last of sequences.
    held = values.movedim(1, -1) if values.ndim > 3 else values
    return np.asarray(
        held.reshape(len(held), -1, held.shape[-1]).mean(1).float().cpu().numpy(), dtype=np.float32
    )


def _note_input(found: list[Tensor]) -> Any:
    def note(module: nn.Module, inputs: Any) -> None:
        first = inputs[0]
        whole_channels = isinstance(module, SpatialDropout1d) and first.ndim == 3
        found.append(first.movedim(1, -1) if whole_channels else first)

    return note


def _note_output(found: list[Tensor]) -> Any:
    def note(module: nn.Module, inputs: Any, output: Any) -> None:
        if isinstance(output[0], Tensor):
            found.append(output[0])

    return note
