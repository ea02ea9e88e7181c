"""`TorchSampler`: samples of a PyTorch network's output, with only dropout in training mode."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.utils import _pytree as pytree

from bridle.dropout.monte_carlo.sampler import (
    Keys,
    Sampler,
    as_numbers,
    no_dropout,
    one_output,
    row_count,
)
from bridle.dropout.surgery.torch.held_rates import fixed_noise, held_rates
from bridle.dropout.surgery.torch.inspection import dropout_entries, has_dropout
from bridle.dropout.surgery.torch.roles import dropout_within, is_composite
from bridle.dropout.torch_modules.draws import forget
from bridle.dropout.torch_modules.stream import MaskStream

__all__ = ["TorchSampler", "active_noise"]


class TorchSampler(Sampler):
    """Runs one forward pass per sample: in one repeated batch all samples would share weight masks.

    Parameters
    ----------
    model : torch.nn.Module
        A network with dropout.

    Raises
    ------
    InputError
        The network has no dropout: no module, no number that its code gives to dropout, and no rate
        in its code.
    """

    def __init__(self, model: nn.Module) -> None:
        if not any(map(_has_noise, model.modules())) and not dropout_entries(model)[0]:
            raise no_dropout(type(model).__name__)
        self._model = model
        self._streams = [module for module in model.modules() if isinstance(module, MaskStream)]
        # One more for PyTorch's global generator.
        self.n_streams = len(self._streams) + 1

    def n_rows(self, x: Any) -> int:
        """Return the number of rows of the inputs."""
        return row_count([tuple(leaf.shape) for leaf in pytree.tree_leaves(self._tensors(x))])

    def largest_rate(self) -> float:
        """Return the largest rate of the network's dropout as it is now."""
        entries = dropout_entries(self._model)[0]
        rates = (*map(_largest_rate, self._model.modules()), *(entry.rate for entry in entries))
        return max(rates)

    def rows(self, x: Any, rows: slice) -> Any:
        """Return a slice of the rows of the inputs."""
        return pytree.tree_map(lambda tensor: tensor[rows], self._tensors(x))

    def own_rows(self, x: Any, keys: Keys) -> npt.NDArray[Any]:
        """Return samples in which each row has the masks it would have in training."""
        return self._sampled(self._outputs, x, keys)

    def shared_rows(self, x: Any, keys: Keys) -> npt.NDArray[Any]:
        """Return samples in which all rows have the same masks."""

        def one_by_one(rows: Any, key: list[int]) -> Tensor:
            alone = (self.rows(rows, slice(row, row + 1)) for row in range(self.n_rows(rows)))
            return torch.cat([self._outputs(row, key) for row in alone])

        return self._sampled(one_by_one, x, keys)

    def _sampled(
        self, outputs: Callable[[Any, list[int]], Tensor], x: Any, keys: Keys
    ) -> npt.NDArray[Any]:
        devices = {
            parameter.device
            for parameter in self._model.parameters()
            if parameter.device.type == "cuda"
        }
        with torch.no_grad(), torch.random.fork_rng(devices), active_noise(self._model):
            drawn = [outputs(x, key).cpu() for key in keys.tolist()]
        samples = torch.stack(drawn)
        # NumPy has no bfloat16.
        return (samples.float() if samples.dtype == torch.bfloat16 else samples).numpy()

    def _outputs(self, x: Any, keys: list[int]) -> Tensor:
        """Return the outputs under the masks of these keys."""
        places = [stream.place for stream in self._streams]
        torch.manual_seed(keys[-1])
        try:
            for stream, place, key in zip(self._streams, places, keys, strict=False):
                # Keep the counter, from which schedules compute the rate.
                stream.place = torch.tensor([key, int(place[1])], device="cpu")
            outputs = self._called(x)
        finally:
            for stream, place in zip(self._streams, places, strict=True):
                stream.place = place
            forget(keys)
        if not isinstance(outputs, Tensor):
            raise one_output(outputs, "a module whose forward returns that alone")
        return outputs

    def _called(self, x: Any) -> Any:
        """Call the network with several inputs by position, or with a dict by name."""
        if isinstance(x, (list, tuple)):
            return self._model(*x)
        taken = inspect.signature(self._model.forward).parameters
        if isinstance(x, dict) and taken.keys() >= x.keys():
            return self._model(**x)
        return self._model(x)

    def _tensors(self, x: Any) -> Any:
        """Return the inputs as tensors on the network's device; floats get its precision."""
        weight = next(
            (parameter for parameter in self._model.parameters() if parameter.is_floating_point()),
            None,
        )

        def tensor(value: Any) -> Tensor:
            values = value if isinstance(value, Tensor) else np.array(as_numbers(value), order="C")
            if weight is None:
                return torch.as_tensor(values)
            made = torch.as_tensor(values, device=weight.device)
            return made.to(weight.dtype) if made.is_floating_point() else made

        return pytree.tree_map(tensor, x)


@contextmanager
def active_noise(model: nn.Module) -> Iterator[None]:
    """Put a network in training mode, except the modules of PyTorch that are not dropout.

    Batch normalisation is in evaluation mode. Custom modules are in training mode, since they may
    call dropout as a function.

    Parameters
    ----------
    model : torch.nn.Module
        The mode of every module is restored when the block is left, also after an exception.
    """
    modes = [(module, module.training) for module in model.modules()]
    # Custom modules may update their buffers.
    buffers = [(buffer, buffer.clone()) for buffer in model.buffers()]
    try:
        for module, _ in modes:
            module.training = _trains(module)
        yield
    finally:
        for module, mode in modes:
            module.training = mode
        with torch.no_grad():
            for buffer, before in buffers:
                buffer.copy_(before)


def _trains(module: nn.Module) -> bool:
    if isinstance(module, nn.modules.batchnorm._NormBase):
        return False
    return is_composite(module) or any(map(has_dropout, module.modules()))


def _has_noise(module: nn.Module) -> bool:
    return has_dropout(module) or _largest_rate(module) > 0


def _largest_rate(module: nn.Module) -> float:
    """Return the largest rate of a module's own dropout; 1 where one is written into its code."""
    held = max((rate.rate for rate in held_rates(module)), default=0.0)
    return 1.0 if fixed_noise(module) else max(dropout_within(module), held)
