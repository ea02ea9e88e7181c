"""Guard of an estimator: one fit at a time."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from bridle.errors import ConcurrentFitError

__all__ = ["one_fit"]

_FITTING: dict[int, object] = {}
"""Estimators whose fit is under way, by their address."""


@contextmanager
def one_fit(estimator: object) -> Iterator[None]:
    """Refuse to fit an estimator that is being fitted, whose attributes would mix.

    Raises
    ------
    ConcurrentFitError
        Another thread, or a function that this fit calls, is fitting it.
    """
    mine = object()
    if _FITTING.setdefault(id(estimator), mine) is not mine:
        raise ConcurrentFitError(type(estimator).__name__)
    try:
        yield
    finally:
        _FITTING.pop(id(estimator), None)


def _forget_other_threads() -> None:
    # The threads that were fitting do not go on in a child process.
    _FITTING.clear()


if os.name == "posix":
    os.register_at_fork(after_in_child=_forget_other_threads)
