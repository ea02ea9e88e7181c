"""Schedules: the share of its rate that a noise has at each step of the training.

``rate(t) = rate * factor(t)`` with the factor in [0, 1] and t = 0, 1, 2, … the number of training
calls so far. A factor is plain arithmetic, so that t may be a traced number and one compiled step
serves the whole training.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from bridle.dropout.noise import Cast
from bridle.dropout.rate import is_integer, is_number
from bridle.errors import InputError, UnknownNameError

__all__ = ["SCHEDULES", "Constant", "Curriculum", "Early", "Late", "Linear", "Schedule", "schedule"]


class Schedule(ABC):
    """How the rate moves with the step."""

    @abstractmethod
    def factor(self, step: Any, cast: Cast = float) -> Any:
        """Return the share of the rate, in [0, 1].

        Parameters
        ----------
        step : int, float or array
            t, at least 0; as a float32 if it is an array.
        cast : callable
            Turns True and False into 1.0 and 0.0 (see `bridle.dropout.noise`).
        """

    def config(self) -> dict[str, Any]:
        """Return the name and the settings, from which `schedule` makes the same schedule."""
        return {"name": type(self).__name__.lower(), **asdict(self)}  # type: ignore[call-overload]


@dataclass(frozen=True)
class Constant(Schedule):
    """The rate itself at every step: ``factor(t) = 1``."""

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
        Factors at its ends, in [0, 1], default 0 and 1: the rate grows.
    """

    steps: int
    start: float = 0.0
    end: float = 1.0

    def __post_init__(self) -> None:
        _require_count("steps", self.steps)
        for name, value in (("start", self.start), ("end", self.end)):
            if not (is_number(value) and 0 <= value <= 1):
                raise InputError(
                    f"{name} must be a number in [0, 1], a share of the rate. "
                    f"Received: {name}={value!r}."
                )

    def factor(self, step: Any, cast: Cast = float) -> Any:
        """Return the height of the ramp."""
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
    """Noise that grows as the task is learnt: ``factor(t) = 1 - exp(-gamma t / steps)``.

    Parameters
    ----------
    steps : int
        Steps in the whole training, at least 1.
    gamma : float
        Speed, above 0, default 10: the rate is then full after a good third of the training.

    Source: Morerio et al. 2017, "Curriculum dropout", equation 3, where the keep probability is
    ``(1 - q) exp(-gamma t) + q``.
    """

    steps: int
    gamma: float = 10.0

    def __post_init__(self) -> None:
        _require_count("steps", self.steps)
        if not (is_number(self.gamma) and 0 < self.gamma < math.inf):
            raise InputError(
                f"gamma must be a finite number above 0. Received: gamma={self.gamma!r}."
            )

    def factor(self, step: Any, cast: Cast = float) -> Any:
        """Return how much of the way to the full rate lies behind."""
        return 1.0 - math.e ** (step * (-self.gamma / self.steps))


SCHEDULES: dict[str, type[Schedule]] = {
    one.__name__.lower(): one for one in (Constant, Linear, Early, Late, Curriculum)
}


def schedule(config: Any) -> Schedule:
    """Return a schedule: one as it is, one from `Schedule.config`, `Constant` from None.

    Parameters
    ----------
    config : Schedule, dict or None

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
        raise InputError(
            "schedule must be a schedule such as Linear(steps=1000), or its config(). "
            f"Received: schedule={config!r}."
        )
    settings = {name: value for name, value in config.items() if name != "name"}
    if config["name"] not in SCHEDULES:
        raise UnknownNameError("schedule", config["name"], SCHEDULES)
    try:
        return SCHEDULES[config["name"]](**settings)
    except TypeError as error:
        raise InputError(
            f"schedule has an unusable setting: {error}. Received: {config!r}."
        ) from None


def _require_count(name: str, value: Any) -> None:
    if not (is_integer(value) and value >= 1):
        raise InputError(
            f"{name} must be an integer from 1 upwards, a number of steps. "
            f"Received: {name}={value!r}."
        )
