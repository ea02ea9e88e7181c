"""`NoiseSource`: rate, schedule and random stream of the noise in a module."""

from __future__ import annotations

from abc import ABC
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from bridle.dropout.noise import Cast, Noise
from bridle.dropout.overflow import warn_of_overflow
from bridle.dropout.rate import checked_rate
from bridle.dropout.schedule import Constant, Schedule
from bridle.dropout.schedule import schedule as checked_schedule
from bridle.dropout.torch_modules.draws import bernoulli, normal, uniform
from bridle.dropout.torch_modules.stream import MaskStream
from bridle.errors import InputError

__all__ = ["NoiseSource", "Noisy", "Scheduling", "cast_to", "require_float", "scaled"]

Scheduling = Schedule | Mapping[str, Any] | None


class NoiseSource(nn.Module):
    """Draws multipliers at the current rate.

    Rate and place (key and counter of the stream) are tensors, so one compiled graph serves all
    rates and steps. The ``state_dict`` contains them; one without them loads strictly too.

    Parameters
    ----------
    rate : float
        Fraction of units to drop, in [0, 1].
    schedule : Schedule or mapping, optional
        Schedule of the rate over the training calls; default: a constant rate.
    seed : int, optional
        See `MaskStream`.
    name : str
        Name of the rate in messages, default ``"rate"``.
    """

    def __init__(
        self,
        rate: float,
        schedule: Scheduling = None,
        seed: int | None = None,
        name: str = "rate",
    ) -> None:
        super().__init__()
        self._name = name
        self.rate = rate
        self.schedule = checked_schedule(schedule)
        self.stream = MaskStream(seed)

    @property
    def rate(self) -> float:
        """The rate before the schedule, in [0, 1]; a new value acts from the next call on."""
        return self._rate.item()

    @rate.setter
    def rate(self, rate: float) -> None:
        value = checked_rate(rate, self._name)
        self._rate = torch.tensor(value, dtype=torch.float64, device="cpu")

    def next_call(self) -> tuple[Tensor, Tensor]:
        """Return the place of this training call and its rate, both on the CPU."""
        place = self.stream.advance()
        if isinstance(self.schedule, Constant):
            return place, self._rate
        factor = self.schedule.factor(place[1].to(torch.float32), cast_to(torch.float32))
        return place, self._rate * factor

    def bernoulli(self, x: Tensor, shape: tuple[int, ...]) -> Tensor:
        """Return multipliers of ``shape``, 0 or 1 / (1 - rate), for a training call on ``x``."""
        place, rate = self.next_call()
        return bernoulli(x, place, shape, rate)

    def apply_noise(self, x: Tensor, noise: Noise) -> Tensor:
        """Return ``multiplier * x + shift`` of a kind of noise (see `bridle.dropout.noise`)."""
        shape = noise.draw_shape(x.shape)
        if noise.kind == "bernoulli":
            return scaled(x, self.bernoulli(x, shape))
        place, rate = self.next_call()
        draws = (normal if noise.draw == "normal" else uniform)(x, place, shape)
        rate, cast = rate.to(draws.dtype), cast_to(draws.dtype)
        return scaled(x, noise.multiplier(draws, rate, cast), noise.shift(draws, rate, cast))

    def extra_repr(self) -> str:
        """Return the settings shown by ``repr``."""
        return f"rate={self.rate:g}, schedule={self.schedule}, seed={self.stream.seed}"

    def _save_to_state_dict(
        self, destination: dict[str, Any], prefix: str, keep_vars: bool
    ) -> None:
        destination[f"{prefix}rate"] = self._rate

    def _load_from_state_dict(self, state_dict: dict[str, Any], prefix: str, *args: Any) -> None:
        rate = state_dict.get(f"{prefix}rate")
        if rate is not None:
            self.rate = float(rate)


class Noisy(ABC):
    """A module with one `NoiseSource`, whose rate and schedule it exposes."""

    noise: NoiseSource

    @property
    def rate(self) -> float:
        """Fraction of units to drop, in [0, 1]; can be set at any time and acts at once."""
        return self.noise.rate

    @rate.setter
    def rate(self, rate: float) -> None:
        self.noise.rate = rate

    @property
    def schedule(self) -> Schedule:
        """Schedule of the rate over the training calls."""
        return self.noise.schedule


def scaled(x: Tensor, multiplier: Tensor, shift: Tensor | None = None) -> Tensor:
    """Return ``multiplier * x + shift`` in the type of ``x``, computed in that of the multiplier.

    Autograd saves only the multiplier.

    Warns
    -----
    BridleWarning
        A result overflows float16. Compiled graphs do not warn.
    """
    y = x.to(multiplier.dtype) * multiplier
    y = y if shift is None else y + shift
    if x.dtype == torch.float16 and _has_values(y):
        finite = torch.where(torch.isfinite(y), y.detach().abs(), 0.0)
        warn_of_overflow(float(finite.max()) if finite.numel() else 0.0)
    return y.to(x.dtype)


def _has_values(y: Tensor) -> bool:
    """Return whether a tensor's values can be read: not while it is compiled, traced or mapped."""
    mapped = torch._C._functorch.is_functorch_wrapped_tensor(y)
    return type(y) in (Tensor, nn.Parameter) and not (
        mapped or y.is_meta or torch.compiler.is_compiling()
    )


def require_float(x: Tensor) -> None:
    """Check that an activation is a floating-point tensor, which noise can scale.

    Raises
    ------
    InputError
        It is not.
    """
    if not x.is_floating_point():
        raise InputError(
            "The input of a dropout module must be a tensor of floating-point numbers. Received: "
            f"{x.dtype}. Convert it first, for instance with x.float()."
        )


def cast_to(dtype: torch.dtype) -> Cast:
    """Return a function that converts booleans to 1.0 and 0.0 of a type."""

    def cast(condition: Any) -> Any:
        return condition.to(dtype) if isinstance(condition, Tensor) else float(condition)

    return cast
