"""Calls of libraries that nothing can cut, waited for in such a way that Ctrl-C is seen."""

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

_BETWEEN_LOOKS = 0.02
_USUAL_STACK = 1 << 23
# Numbers to be read up to which a call is over before anybody would wait.
_FEW = 1 << 22
# Multiplications of products of matrices in the time of a number read.
_MULTIPLICATIONS = 32


def wait_for(size: int, call: Callable[P, Result], *args: P.args, **kwargs: P.kwargs) -> Result:
    """Return what a call returns or raise what it raises, and see Ctrl-C while it runs.

    A long call of BLAS, LAPACK, NumPy or SciPy runs in a thread of its own. Where the wait is
    interrupted, the thread is left to end by itself, at the next kernel or with that call, and what it
    found is dropped. So the call must write to nothing that others see.

    Parameters
    ----------
    size : int
        How many numbers it reads or multiplies; a call of few is simply made.
    call : callable
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
            thread.join(_BETWEEN_LOOKS)
    finally:
        stop.set()
    return future.result()


@contextmanager
def naming_stacks() -> Iterator[None]:
    """Turn Python's complaint about a thread that cannot start into one about memory."""
    try:
        yield
    except RuntimeError as error:
        if "start new thread" not in str(error):
            raise
        size = threading.stack_size() or _USUAL_STACK
        raise MemoryError(
            f"Unable to allocate the stack of a thread, {size} bytes or what the system allows. "
            "Lower n_jobs, or end other programs."
        ) from error


def system_work(rows: int, columns: int) -> int:
    """Return what `wait_for` takes for the normal equations of a matrix (rows, columns)."""
    return rows * columns + rows * columns * min(rows, columns) // _MULTIPLICATIONS


def product(left: Any, right: Any) -> Any:
    """Return ``left right``, arrays or sparse matrices, waited for where that takes long."""
    outputs = right.shape[1] if right.ndim == 2 else 1
    numbers = left.size if isinstance(left, np.ndarray) else left.nnz
    return wait_for(numbers * outputs, lambda: left @ right)
