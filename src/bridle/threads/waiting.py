"""Long library calls that cannot be interrupted, run so that Ctrl-C still works."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any, ParamSpec, TypeVar

import numpy as np

from bridle import _core

__all__ = ["naming_stacks", "product", "system_work", "wait_for"]

P = ParamSpec("P")
Result = TypeVar("Result")

# Seconds between two checks for Ctrl-C: too short for a user to notice, and cheap.
_BETWEEN_CHECKS = 0.02
_USUAL_STACK = 1 << 23
# Calls that read at most this many numbers are too short to need a thread.
_FEW = 1 << 22
# Multiplications of a matrix product in the time of one number read from memory.
_MULTIPLICATIONS = 32


def wait_for(size: int, call: Callable[P, Result], *args: P.args, **kwargs: P.kwargs) -> Result:
    """Return the result of a call, or raise its error, and respond to Ctrl-C while it runs.

    A long call of BLAS, LAPACK, NumPy or SciPy runs in a separate thread. After an interrupt, the
    thread ends by itself, at the next kernel or with that call, and its result is discarded. So the
    call must not write to shared data.

    Parameters
    ----------
    size : int
        How many numbers the call reads or multiplies; a small call needs no thread.
    call : callable
        The function to call with the other arguments.
    """
    if size <= _FEW:
        return call(*args, **kwargs)
    future: Future[Result] = Future()
    stop = _core.Stop()
    context = contextvars.copy_context()

    def run() -> None:
        _core.watch(stop)
        try:
            future.set_result(context.run(call, *args, **kwargs))
        except BaseException as error:
            future.set_exception(error)

    thread = threading.Thread(target=run, daemon=True)
    try:
        with naming_stacks():
            thread.start()
        while not future.done():
            _core.check()
            thread.join(_BETWEEN_CHECKS)
    finally:
        stop.set()
    return future.result()


@contextmanager
def naming_stacks() -> Iterator[None]:
    """Replace Python's error for a thread that cannot start by a `MemoryError`.

    Raises
    ------
    MemoryError
        A thread cannot start within the block.
    """
    try:
        yield
    except RuntimeError as error:
        if "start new thread" not in str(error):
            raise
        size = threading.stack_size() or _USUAL_STACK
        raise MemoryError(
            f"Unable to allocate the stack of a thread, {size} bytes or what the system allows. "
            "Lower n_jobs, or close other programs."
        ) from error


def system_work(rows: int, columns: int) -> int:
    """Return the ``size`` for `wait_for` of the normal equations of a matrix (rows, columns)."""
    return rows * columns + rows * columns * min(rows, columns) // _MULTIPLICATIONS


def product(left: Any, right: Any) -> Any:
    """Return the matrix product ``left right``, dense or sparse, computed by `wait_for`."""
    outputs = right.shape[1] if right.ndim == 2 else 1
    numbers = left.size if isinstance(left, np.ndarray) else left.nnz
    return wait_for(numbers * outputs, lambda: left @ right)
