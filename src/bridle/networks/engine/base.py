"""`Engine`: base class for training networks and computing their outputs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from bridle.networks.engine.between_epochs import BetweenEpochs
from bridle.networks.engine.checkpoint import CheckpointError
from bridle.networks.engine.job import Job, Outcome
from bridle.networks.template.template import State, Template
from bridle.types import AnyArray

__all__ = ["Engine", "attempt"]


class Engine(ABC):
    """Trains jobs by the rules that all engines share: initial weights, batches, four losses."""

    @abstractmethod
    def takes(self, job: Job) -> bool:
        """Return whether it can train a job."""

    @abstractmethod
    def groups(self, jobs: Sequence[Job]) -> list[list[int]]:
        """Return the positions of the jobs that are trained together."""

    @abstractmethod
    def train(
        self, jobs: Sequence[Job], groups: Sequence[Sequence[int]], between: BetweenEpochs
    ) -> Iterator[tuple[int, Outcome | Exception]]:
        """Train groups of jobs; see `bridle.networks.engine.train_jobs.train_jobs`.

        Raises
        ------
        CheckpointError
            A checkpoint could not be read or written. An error of a single job is yielded instead.
        """

    @abstractmethod
    def forward(
        self, template: Template, state: State, X: AnyArray, *, noisy: bool = False
    ) -> AnyArray:
        """Return the raw outputs for float32 features of shape (n, ...).

        Parameters
        ----------
        template : Template
        state : State
        X : ndarray of shape (n, ...), float32
        noisy : bool
            Whether the noise is on, with the rates and streams of the state. Default False.
        """


def attempt(work: Callable[..., Any], *arguments: Any) -> Any:
    """Return what work returns, or the exception that it raises."""
    try:
        return work(*arguments)
    except CheckpointError:
        raise  # the disk failed, not the run: the study ends
    except Exception as error:
        return error
