"""Guard against two fits of an estimator at the same time."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from bridle.errors import ConcurrentFitError

__all__ = ["one_fit"]

_FITTING: dict[int, object] = {}
"""Estimators that are being fitted, by address."""


@contextmanager
def one_fit(estimator: object) -> Iterator[None]:
    """Raise an error if an estimator is already being fitted, since attributes would mix.

    Raises
    ------
    ConcurrentFitError
        Another thread is fitting it, or a function called by that fit.
    """
    mine = object()
    if _FITTING.setdefault(id(estimator), mine) is not mine:
        raise ConcurrentFitError(type(estimator).__name__)
    try:
        yield
    finally:
        _FITTING.pop(id(estimator), None)


def _forget_other_threads() -> None:
    # Threads that were fitting do not exist in a forked child process.
    _FITTING.clear()


if os.name == "posix":
    os.register_at_fork(after_in_child=_forget_other_threads)
