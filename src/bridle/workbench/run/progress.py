"""Progress of the runs of an experiment, in fractions of a run."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock

__all__ = ["RunProgress"]


class RunProgress:
    """Adds up the epochs of runs, so that each run counts as 1 in total.

    Parameters
    ----------
    show : callable
        Called with a few words and the finished fraction of a run.
    """

    def __init__(self, show: Callable[[str, float], None]) -> None:
        self._show = show
        self._shares: dict[str, float] = {}
        self._lock = Lock()

    def advance(self, run: str, share: float) -> None:
        """Report a finished fraction of a run; may be called from any thread."""
        with self._lock:
            before = self._shares.get(run, 0.0)
            if before < 1.0:
                self._shares[run] = min(1.0, before + share)
                self._show(run, self._shares[run] - before)

    def finish(self, run: str) -> None:
        """Report that a run is finished."""
        with self._lock:
            self._show(run, 1.0 - self._shares.get(run, 0.0))
            self._shares[run] = 1.0
