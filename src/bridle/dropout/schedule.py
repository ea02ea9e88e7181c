"""Schedules: dropout rates that change during training.

``rate(t) = rate * factor(t)``, with the factor in [0, 1] and t = 0, 1, 2, … the number of training
calls so far. A factor is plain arithmetic on t. So t may be a traced number, and a training step is
compiled once for all t.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from bridle.arguments.scalars import is_integer, is_number, refuse
from bridle.dropout.noise import Cast
from bridle.errors import InputError, UnknownNameError

__all__ = ["SCHEDULES", "Constant", "Curriculum", "Early", "Late", "Linear", "Schedule", "schedule"]


class Schedule(ABC):
    """Factor of the rate as a function of the training step."""

    @abstractmethod
    def factor(self, step: Any, cast: Cast = float) -> Any:
        """Return the factor of the rate, in [0, 1].

        Parameters
        ----------
        step : int, float or array
            t, at least 0; an array must be float32.
        cast : callable
            Converts booleans to 1.0 and 0.0 (see `bridle.dropout.noise`).
        """

    def config(self) -> dict[str, Any]:
        """Return name and settings as a dict, from which `schedule` rebuilds the schedule."""
        return {"name": type(self).__name__.lower(), **asdict(self)}  # type: ignore[call-overload]


@dataclass(frozen=True)
class Constant(Schedule):
    """A constant rate: ``factor(t) = 1``."""

    def factor(self, step: Any, cast: Cast = float) -> Any:
        """Return 1."""
        return 1.0


@dataclass(frozen=True)
class Linear(Schedule):
    """A ramp: ``factor(t) = start + (end - start) min(t / steps, 1)``.

    Parameters
    ----------
    steps : int
        Length of the ramp, at least 1.
    start, end : float
        First and last factor, in [0, 1]; the defaults 0 and 1 raise the rate from 0.
    """

    steps: int
    start: float = 0.0
    end: float = 1.0

    def __post_init__(self) -> None:
        _require_count("steps", self.steps)
        for name, value in (("start", self.start), ("end", self.end)):
            if not (is_number(value) and 0 <= value <= 1):
                refuse(name, "a number in [0, 1], a factor of the rate", value)

    def factor(self, step: Any, cast: Cast = float) -> Any:
        """Return the value of the ramp."""
        on_the_way = cast(step < self.steps)
        progress = on_the_way * (step / self.steps) + (1.0 - on_the_way)
        return self.start + (self.end - self.start) * progress


@dataclass(frozen=True)
class Early(Schedule):
    """Noise only in the first steps, against underfitting: ``factor(t) = [t < until]``.

    Parameters
    ----------
    until : int
        First step without noise, at least 1.

    Source: Liu et al. 2023, "Dropout reduces underfitting", section 4.
    """

    until: int

    def __post_init__(self) -> None:
        _require_count("until", self.until)

    def factor(self, step: Any, cast: Cast = float) -> Any:
        """Return 1 before ``until``, 0 from there on."""
        return cast(step < self.until)


@dataclass(frozen=True)
class Late(Schedule):
    """Noise only after the first steps, against overfitting: ``factor(t) = [t >= begin]``.

    Parameters
    ----------
    begin : int
        First step with noise, at least 1.

    Source: Liu et al. 2023, "Dropout reduces underfitting", section 4.
    """

    begin: int

    def __post_init__(self) -> None:
        _require_count("begin", self.begin)

    def factor(self, step: Any, cast: Cast = float) -> Any:
        """Return 0 before ``begin``, 1 from there on."""
        return cast(step >= self.begin)


@dataclass(frozen=True)
class Curriculum(Schedule):
    """A rate that rises from 0 and saturates: ``factor(t) = 1 - exp(-gamma t / steps)``.

    Parameters
    ----------
    steps : int
        Steps in the whole training, at least 1.
    gamma : float
        Speed, above 0, default 10: the factor then passes 0.97 after 35 % of the training.

    Source: Morerio et al. 2017, "Curriculum dropout", equation 3, where the keep probability is
    ``(1 - q) exp(-gamma t) + q``.
    """

    steps: int
    gamma: float = 10.0

    def __post_init__(self) -> None:
        _require_count("steps", self.steps)
        if not (is_number(self.gamma) and 0 < self.gamma < math.inf):
            refuse("gamma", "a finite number above 0", self.gamma)

    def factor(self, step: Any, cast: Cast = float) -> Any:
        """Return ``1 - exp(-gamma t / steps)``."""
        return 1.0 - math.e ** (step * (-self.gamma / self.steps))


SCHEDULES: dict[str, type[Schedule]] = {
    kind.__name__.lower(): kind for kind in (Constant, Linear, Early, Late, Curriculum)
}


def schedule(config: Any) -> Schedule:
    """Return the schedule that ``config`` describes; None means `Constant`.

    Parameters
    ----------
    config : Schedule, dict or None
        A dict as `Schedule.config` returns it; a schedule is returned unchanged.

    Raises
    ------
    InputError
        The name or a setting is unknown, or a setting is outside its range.
    """
    if config is None:
        return Constant()
    if isinstance(config, Schedule):
        return config
    if not isinstance(config, Mapping) or "name" not in config:
        refuse("schedule", "a schedule such as Linear(steps=1000), or its config()", config)
    settings = {name: value for name, value in config.items() if name != "name"}
    if config["name"] not in SCHEDULES:
        raise UnknownNameError("schedule", config["name"], SCHEDULES)
    try:
        return SCHEDULES[config["name"]](**settings)
    except TypeError as error:
        raise InputError(
            f"schedule has an unknown or missing setting: {error}. Received: {config!r}."
        ) from None


def _require_count(name: str, value: Any) -> None:
    if not (is_integer(value) and value >= 1):
        refuse(name, "an integer from 1 upwards, a number of steps", value)
