"""Dropout rates that modules hold as plain numbers, such as ``drop_prob`` of a DropPath."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import FunctionType
from typing import Any

from torch import nn

from bridle.arguments.scalars import is_number
from bridle.dropout.surgery.torch.roles import is_ours
from bridle.dropout.surgery.torch.source_code.origins import says_drop
from bridle.dropout.surgery.torch.source_code.read_noise_flow import (
    read_function,
    read_noise_flow,
)

__all__ = [
    "HeldRate",
    "draws_of_hooks",
    "fixed_noise",
    "held_rates",
    "other_draws",
    "silence_held_rates",
]


@dataclass(eq=False)
class HeldRate:
    """A number that the code of a module passes to a function that drops.

    Parameters
    ----------
    module : torch.nn.Module
        The module with this code.
    name : str
        The path of the attribute from the module: ``"drop_prob"``, ``"config.layerdrop"``.
    holder : object
        The object with the attribute: the module, or an object in it.
    attribute : str
    keeps : bool
        Whether the number is the keep probability, 1 minus the rate.
    """

    module: nn.Module
    name: str
    holder: Any
    attribute: str
    keeps: bool = False

    @property
    def number(self) -> Any:
        """The stored number, or list of numbers."""
        return getattr(self.holder, self.attribute)

    @property
    def rate(self) -> float:
        """The rate, in [0, 1], the largest of a list; it can be set."""
        rates = (1.0 - number if self.keeps else number for number in _numbers(self.number))
        return float(max(rates))

    @rate.setter
    def rate(self, rate: float) -> None:
        number = 1.0 - rate if self.keeps else rate
        before = self.number
        setattr(
            self.holder,
            self.attribute,
            type(before)([number] * len(before)) if isinstance(before, (list, tuple)) else number,
        )


def held_rates(module: nn.Module) -> list[HeldRate]:
    """Return the rates that a module holds as numbers, including 0.

    Rates of PyTorch's dropout, recurrent layers and attention are included, bridle's are not.
    """
    if is_ours(module):
        return []
    if isinstance(module, nn.modules.dropout._DropoutNd):
        return [HeldRate(module, "p", module, "p")]
    if isinstance(module, nn.MultiheadAttention) or (
        isinstance(module, nn.RNNBase) and module.num_layers > 1
    ):
        return [HeldRate(module, "dropout", module, "dropout")]
    flow = read_noise_flow(module)
    if flow is None:
        # Without source code, the name decides.
        named = (name for name in vars(module) if says_drop(name))
        found = [rate for name in named for rate in _held(module, name)]
    else:
        found = [rate for _, paths in sorted(flow.given, key=str) for rate in _of(module, paths)]
    return list({(id(rate.holder), rate.attribute): rate for rate in found}.values())


def fixed_noise(module: nn.Module) -> list[str]:
    """Return the functions that drop at a rate which is not a number of the module, sorted."""
    flow = read_noise_flow(module)
    if flow is None:
        return []
    return sorted(
        {
            name
            for name, paths in flow.given
            if not _of(module, paths) and not _read_of_dropout(module, paths)
        }
    )


def other_draws(module: nn.Module) -> list[str]:
    """Return the functions that draw random numbers for other purposes, sorted."""
    if isinstance(module, (nn.RReLU, nn.FractionalMaxPool2d, nn.FractionalMaxPool3d)):
        return [type(module).__name__]
    flow = read_noise_flow(module)
    return [] if flow is None else sorted(flow.draws)


def draws_of_hooks(module: nn.Module) -> list[str]:
    """Return the functions that drop or draw in the hooks of a module's forward, sorted."""
    hooks = [*module._forward_pre_hooks.values(), *module._forward_hooks.values()]
    flows = [read_function(hook) for hook in hooks if isinstance(hook, FunctionType)]
    return sorted(
        {name for flow in flows for name in [*flow.draws, *(one for one, _ in flow.given)]}
    )


def silence_held_rates(network: nn.Module) -> None:
    """Set all rates that modules hold as numbers to 0, except those of PyTorch's own modules."""
    for module in network.modules():
        for rate in held_rates(module):
            if not type(rate.holder).__module__.startswith("torch.") and rate.rate > 0:
                rate.rate = 0.0


def _of(module: nn.Module, paths: Iterable[str]) -> list[HeldRate]:
    """Return the numbers at these paths; if there are several, those with a telling name."""
    found = [rate for path in sorted(paths) for rate in _held(module, path)]
    if len({rate.name for rate in found}) > 1:
        return [rate for rate in found if says_drop(rate.name)]
    return found


def _held(module: nn.Module, path: str) -> list[HeldRate]:
    keeps, path = path.startswith("-"), path.removeprefix("-")
    *way, last = path.split(".")
    return [
        HeldRate(module, ".".join((*names, last)), holder, last, keeps)
        for names, holder in _reached(module, way)
        if _numbers(_attribute(holder, last)) and not _is_known(holder)
    ]


def _read_of_dropout(module: nn.Module, paths: Iterable[str]) -> bool:
    """Return whether a rate belongs to a dropout module inside."""
    ways = [way for path in paths if (way := path.removeprefix("-").split(".")[:-1])]
    return any(
        isinstance(_attribute(holder, "p"), float)
        for way in ways
        for _, holder in _reached(module, way)
    )


def _reached(
    start: Any, way: Sequence[str], names: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield paths and the objects that they lead to, with every element of lists on the way."""
    elements: dict[Any, Any] = {}
    if isinstance(start, (list, tuple, nn.ModuleList, nn.Sequential)):
        elements = dict(enumerate(start))
    elif isinstance(start, (Mapping, nn.ModuleDict)):
        elements = dict(start.items())
    for key, element in elements.items():
        yield from _reached(element, way, (*names, str(key)))
    if elements:
        return
    if not way:
        yield names, start
    elif (after := _attribute(start, way[0])) is not None:
        yield from _reached(after, way[1:], (*names, way[0]))


def _attribute(holder: Any, name: str) -> Any:
    return getattr(holder, name, None)


def _is_known(holder: Any) -> bool:
    return isinstance(holder, nn.Module) and type(holder).__module__.startswith(
        ("torch.", "bridle.")
    )


def _numbers(value: Any) -> list[float]:
    """Return a value in [0, 1] or a list of such values as a list, otherwise an empty one."""
    several = isinstance(value, (list, tuple)) and bool(value)
    numbers = [*value] if several else [value]
    return numbers if all(is_number(number) and 0 <= number <= 1 for number in numbers) else []
