"""One thread for small BLAS and LAPACK calls, in which several would mostly wait for each other."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache

from threadpoolctl import LibController, ThreadpoolController

__all__ = ["one_blas_thread"]

# Size of a matrix, in numbers, from which several threads may be faster. Below it they mostly wait for
# each other: on two busy cores, eigenvalues of 128 x 128 took seven times as long on two threads.
_MANY = 1 << 18


@contextmanager
def one_blas_thread(numbers: int = 0) -> Iterator[None]:
    """Run calls of BLAS and LAPACK on one thread, if the largest matrix has few numbers.

    The number of threads belongs to the whole process. It is set by the main thread alone: newer
    OpenBLAS ignores the others, and blocks of several threads would have to end in order. Calls that
    other threads make meanwhile are limited too.

    Parameters
    ----------
    numbers : int
        Size of the largest matrix: rows times columns. Default 0: whatever their sizes.
    """
    if numbers >= _MANY or threading.current_thread() is not threading.main_thread():
        yield
        return
    _LIMIT.enter()
    try:
        yield
    finally:
        _LIMIT.leave()


@cache
def _libraries() -> list[LibController]:
    """Return the BLAS libraries of NumPy and, if it has been loaded by now, of SciPy."""
    return [
        controller
        for controller in ThreadpoolController().lib_controllers
        if controller.user_api == "blas"
    ]


@dataclass
class _Limit:
    """Number of nested blocks, and each library's number of threads outside them."""

    blocks: int = 0
    outside: list[int | None] = field(default_factory=list)

    def enter(self) -> None:
        if self.blocks == 0:
            self.outside = [library.num_threads for library in _libraries()]
            for library in _libraries():
                library.set_num_threads(1)
        self.blocks += 1

    def leave(self) -> None:
        self.blocks -= 1
        if self.blocks == 0:
            for library, before in zip(_libraries(), self.outside, strict=True):
                library.set_num_threads(before)


_LIMIT = _Limit()


def _leave_what_another_thread_entered() -> None:
    # In a child that another thread has forked, the main thread's blocks do not end.
    if _LIMIT.blocks:
        _LIMIT.blocks = 1
        _LIMIT.leave()


if os.name == "posix":
    os.register_at_fork(after_in_child=_leave_what_another_thread_entered)
