"""`TorchTemplate`: a PyTorch module for many runs, with their initial states."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from bridle import streams
from bridle.dropout.torch_modules.source import NoiseSource
from bridle.networks.own.torch.module_rows import most_codes, output_axis
from bridle.networks.regime import Regime
from bridle.networks.template.template import State, Template, refuse_regime
from bridle.types import AnyArray

__all__ = ["TorchTemplate", "device", "moments_of", "noise_sources", "values_by_name"]

TorchInitial = Callable[[int], tuple[list[AnyArray], list[AnyArray]]]
"""Maps a seed to the initial values of parameters and buffers."""


@dataclass(frozen=True, eq=False, kw_only=True)
class TorchTemplate(Template):
    """A module, which only `load` changes. Its own generators are not used.

    The non-trainable values of a state are the buffers, then the rates, then the places of masks.

    Attributes
    ----------
    names, buffers : tuple of str
        Names of the trainable parameters, and of the other ones and the buffers, in the order of the
        user's module: surgery may give another order to modules that share layers.
    initial : callable
        Maps a seed to the initial values of parameters and buffers.
    blueprint : torch.optim.Optimizer or None
        The user's optimiser on the module's parameters, of which each run has a copy; None for Adam
        at ``learning_rate``.
    learning_rate : float
        Of Adam without a blueprint.
    max_norm : float or None
        Largest norm of the incoming weights of a unit.
    """

    names: tuple[str, ...]
    buffers: tuple[str, ...]
    initial: TorchInitial
    blueprint: torch.optim.Optimizer | None
    learning_rate: float
    max_norm: float | None

    @property
    def framework(self) -> str:
        """Return "torch"."""
        return "torch"

    @property
    def backend(self) -> str:
        """Return "pytorch", as opposed to "torch", the backend of Keras."""
        return "pytorch"

    @property
    def software(self) -> str:
        """Name and version of PyTorch, and the kind of device."""
        return f"pytorch {torch.__version__} {device().type}"

    @property
    def value_names(self) -> tuple[str, ...]:
        """Names of the weights and the buffers, the trainable ones first."""
        return (*self.names, *self.buffers)

    @property
    def value_shapes(self) -> dict[str, tuple[int, ...]]:
        """Shapes of the weights and the buffers, by their names."""
        held = values_by_name(self.network)
        return {name: tuple(held[name].shape) for name in self.value_names}

    @cached_property
    def sources(self) -> tuple[NoiseSource, ...]:
        """The sources of noise, in order."""
        return tuple(noise_sources(self.network))

    @cached_property
    def noisy_modules(self) -> tuple[nn.Module, ...]:
        """The modules that draw noise: those that hold a source of it."""
        sources = set(self.sources)
        return tuple(
            module
            for module in self.network.modules()
            if module in sources or any(child in sources for child in module.children())
        )

    @cached_property
    def axes(self) -> tuple[int, ...]:
        """The axis of each kernel that counts its units."""
        return tuple(output_axis(self.network, self.names[i]) for i in self.kernels)

    @property
    def n_parameters(self) -> int:
        """Number of trainable weights."""
        return sum(parameter.numel() for parameter in self.parameters())

    @property
    def has_own_speed(self) -> bool:
        """Whether the learning rate cannot be set: the user's optimiser has several."""
        groups = [] if self.blueprint is None else self.blueprint.param_groups
        return len({float(group["lr"]) for group in groups}) > 1

    def names_of_things(self) -> int:
        """Return how many integer codes the module accepts."""
        return most_codes(self.network)

    def parameters(self) -> list[Any]:
        """Return the trainable parameters, in order."""
        held = values_by_name(self.network)
        return [held[name] for name in self.names]

    def start(self, regime: Regime, seed: int) -> State:
        """Return the initial state of a run; see `Template.start`."""
        refuse_regime(self, regime)
        weights, buffers = self.initial(seed)
        return State(weights, [*buffers, *self.noise(regime.rate, seed)], self._moments())

    def ended(self, state: State) -> State:
        """Return the state itself: its weights are those of the last step."""
        return state

    def optimizer_of(self, weights: Sequence[Tensor], learning_rate: float | None) -> Any:
        """Return a new optimiser with the settings of the study's, for copies of the parameters.

        Parameters
        ----------
        weights : sequence of Tensor
            In the order of `parameters`; those of several runs may be stacked.
        learning_rate : float or None
            Replaces that of the study.
        """
        if self.blueprint is None:
            rate = self.learning_rate if learning_rate is None else learning_rate
            return torch.optim.Adam(list(weights), lr=rate, fused=True)
        places = {
            id(parameter): weight
            for parameter, weight in zip(self.parameters(), weights, strict=True)
        }
        groups = []
        for group in self.blueprint.param_groups:
            settings = {name: value for name, value in group.items() if name != "params"}
            if learning_rate is not None:
                settings["lr"] = learning_rate
            groups.append(
                {"params": [places[id(parameter)] for parameter in group["params"]], **settings}
            )
        return type(self.blueprint)(groups)

    def load(self, state: State) -> None:
        """Set the module's weights, buffers, rates and places of masks to those of a state."""
        held = values_by_name(self.network)
        values = [*state.trainable, *state.non_trainable[: len(self.buffers)]]
        with torch.no_grad():
            for name, value in zip((*self.names, *self.buffers), values, strict=True):
                held[name].copy_(torch.from_numpy(np.array(value)))
        for source, rate, place in zip(self.sources, *self._noise(state), strict=True):
            source.rate = float(rate)
            source.stream.place = torch.from_numpy(np.array(place, dtype=np.int64))
            source.stream.key = int(place[0])

    def read(self, optimizer: Any) -> State:
        """Return the state of the module and of an optimiser on its parameters, as copies."""
        held = values_by_name(self.network)
        return State(
            [_array(held[name]) for name in self.names],
            [
                *(_array(held[name]) for name in self.buffers),
                *(np.asarray(source.rate, dtype=np.float64) for source in self.sources),
                *(_array(source.stream.place) for source in self.sources),
            ],
            moments_of(optimizer, self.parameters()),
        )

    def noise(self, rate: float, seed: int) -> list[AnyArray]:
        """Return rates, and the places at which the masks of a seed begin."""
        n = len(self.sources)
        places = [np.asarray([streams.noise_seed(seed, i), 0], dtype=np.int64) for i in range(n)]
        return [*(np.asarray(rate, dtype=np.float64) for _ in range(n)), *places]

    def _noise(self, state: State) -> tuple[list[Any], list[Any]]:
        first, n = len(self.buffers), len(self.sources)
        others = state.non_trainable
        return others[first : first + n], others[first + n :]

    def _moments(self) -> list[AnyArray]:
        """Return the variables of a new optimiser, which start from 0."""
        if "moments" not in self.programs:
            weights = [
                torch.zeros_like(parameter, requires_grad=True) for parameter in self.parameters()
            ]
            tried = self.optimizer_of(weights, None)
            for weight in weights:
                weight.grad = torch.zeros_like(weight)
            tried.step()
            self.programs["moments"] = [
                np.zeros_like(moment) for moment in moments_of(tried, weights)
            ]
        return list(self.programs["moments"])


def values_by_name(module: nn.Module) -> dict[str, Any]:
    """Return parameters and buffers of a module by every name that they have."""
    weights = module.named_parameters(remove_duplicate=False)
    return dict(weights) | dict(module.named_buffers(remove_duplicate=False))


def noise_sources(module: nn.Module) -> list[NoiseSource]:
    """Return every source of noise in a module, in order."""
    return [part for part in module.modules() if isinstance(part, NoiseSource)]


def moments_of(optimizer: Any, weights: Sequence[Any]) -> list[AnyArray]:
    """Return copies of an optimiser's variables, by weight and by name."""
    found = []
    for weight in weights:
        held = optimizer.state.get(weight, {})
        found += [_array(held[name]) for name in sorted(held) if isinstance(held[name], Tensor)]
    return found


def _array(value: Tensor) -> AnyArray:
    return np.array(value.detach().cpu().numpy())


def device() -> torch.device:
    """Return where networks are trained: a GPU, if PyTorch sees one."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")
