"""Progress bar of a long fit, with the memory that it needs."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from rich.progress import Progress


__all__ = ["FitProgress", "estimate_megabytes", "hide_fit_progress"]

# Not tuned: a bar that is gone within two seconds cannot be read.
_SILENT_SECONDS = 2.0
_BYTES_PER_MEGABYTE = 1 << 20

# Number of open blocks of `hide_fit_progress`, for all threads: a study fits in several.
_hidden = 0


@contextmanager
def hide_fit_progress() -> Iterator[None]:
    """Hide the bars of fits: a terminal has room for one, that of the work around them."""
    global _hidden
    _hidden += 1
    try:
        yield
    finally:
        _hidden -= 1


class FitProgress:
    """A progress bar on standard error, which appears after two seconds if that is a terminal.

    Parameters
    ----------
    title : str
        Description of the work.
    megabytes : float
        Estimated memory in addition to X.
    """

    def __init__(self, title: str, megabytes: float) -> None:
        self._title = title
        self._megabytes = megabytes
        self._began = time.perf_counter()
        self._bar: Progress | None = None
        self._visible = sys.stderr.isatty()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def name(self, method: str) -> None:
        """Add the name of the method to the title."""
        self._title = f"{self._title}, {method}"

    def update(self, share: float) -> None:
        """Show the finished fraction of the work, in [0, 1]."""
        if not self._visible or _hidden or time.perf_counter() - self._began < _SILENT_SECONDS:
            return
        if self._bar is None:
            self._bar = self._start()
        self._bar.update(self._bar.task_ids[0], completed=share)

    @property
    def shown(self) -> str:
        """The current line without control characters; empty while no bar is shown."""
        if self._bar is None:
            return ""
        from rich.console import Console

        console = Console(width=200, no_color=True)
        with console.capture() as captured:
            console.print(self._bar.get_renderable())
        return captured.get()

    def _start(self) -> Progress:
        # Only here: most fits show no bar, and the import takes longer than many of them.
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            Progress,
            TaskProgressColumn,
            TextColumn,
            TimeRemainingColumn,
        )

        bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TimeRemainingColumn(),
            TextColumn(f"about {self._megabytes:,.0f} MB beside X"),
            console=Console(stderr=True),
            transient=True,
        )
        bar.add_task(self._title, total=1.0)
        bar.start()
        return bar


def estimate_megabytes(shape: tuple[int, ...], problems: int) -> float:
    """Estimate the memory of the paths of some problems, in addition to X of shape (n, p).

    Most of it is working sets if X is wide, and cross-products if X is tall.
    """
    n, p = shape
    numbers = problems * (10 * n + 3 * p + min(n, p) ** 2)
    return 8 * numbers / _BYTES_PER_MEGABYTE
