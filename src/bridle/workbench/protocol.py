"""The rules of an experiment, fixed before anything runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NoReturn

from bridle.errors import InputError

__all__ = ["Protocol"]


@dataclass(frozen=True)
class Protocol:
    """How every arm is trained and judged.

    Each seed draws its own split, initialisation and data order, shared by all arms.

    Parameters
    ----------
    seeds : tuple of int
        At least two distinct integers from 0 upwards: one split each.
    epochs : int
        Passes over the training rows that a network makes, at least 1.
    batch_size : int
        Rows in a step of a network, at least 1.
    test_share : float
        Share of all rows kept for the verdict alone, in (0, 1).
    validation_share : float
        Share of the remaining rows kept for curves and choices, in (0, 1).
    margin_share : float
        A difference in risk below this share of the dummy's risk is called negligible, in [0, 1).
    confidence : float
        Level of every interval, in (0, 1).
    """

    seeds: tuple[int, ...] = field(default_factory=lambda: tuple(range(10)))
    epochs: int = 15
    batch_size: int = 128
    test_share: float = 0.1
    validation_share: float = 0.1
    margin_share: float = 0.02
    confidence: float = 0.95

    def __post_init__(self) -> None:
        distinct = len(set(self.seeds))
        if distinct < 2 or distinct < len(self.seeds) or min(self.seeds) < 0:
            _refuse(
                "seeds",
                "at least two distinct integers from 0 upwards, since an interval needs two splits",
                self.seeds,
            )
        for name in ("epochs", "batch_size"):
            if getattr(self, name) < 1:
                _refuse(name, "at least 1", getattr(self, name))
        for name in ("test_share", "validation_share", "confidence"):
            if not 0 < getattr(self, name) < 1:
                _refuse(name, "strictly between 0 and 1", getattr(self, name))
        if not 0 <= self.margin_share < 1:
            _refuse("margin_share", "in [0, 1)", self.margin_share)


def _refuse(name: str, allowed: str, value: object) -> NoReturn:
    raise InputError(f"{name} must be {allowed}. Received: {name}={value!r}.")
