"""Job: a run that is to be done, and what comes out of it."""

from __future__ import annotations

from dataclasses import dataclass

from bridle.errors import DivergedError
from bridle.networks.curves import Curves
from bridle.networks.regime import Regime
from bridle.networks.template.template import State, Template, start
from bridle.types import AnyArray

__all__ = ["Job", "Outcome"]

Weights = tuple[AnyArray | None, AnyArray | None]


@dataclass(frozen=True, eq=False)
class Job:
    """One training of one network.

    Attributes
    ----------
    template : Template
        The network.
    regime : Regime
    training, validation : pair of ndarray
        Features of shape (n, ...), float32, and codes or numbers of shape (n,).
    epochs, batch_size : int
        At least 1.
    seed : int
        Root of the streams of initialisation, data order, noise and augmentation.
    name : str
        Which it is among those of a study; where checkpoints are kept, no two have the same.
    weights : pair of ndarray or None
        Of the training rows and of the validation rows, shape (n,), with mean 1 each; default: all
        equal.
    passes : int
        Passes over the training rows in an epoch, at least 1. Default 1.
    """

    template: Template
    regime: Regime
    training: tuple[AnyArray, AnyArray]
    validation: tuple[AnyArray, AnyArray]
    epochs: int
    batch_size: int
    seed: int
    name: str = ""
    weights: Weights = (None, None)
    passes: int = 1

    def begin(self) -> State:
        """Return what the run starts from; see `bridle.networks.template.template.start`."""
        return start(self.template, self.regime, self.seed)

    @property
    def shapes(self) -> tuple[int, int, int]:
        """Training rows, validation rows and size of a batch: what a program is compiled for."""
        rows = len(self.training[1])
        return rows, len(self.validation[1]), min(self.batch_size, rows)


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a run left.

    Attributes
    ----------
    curves : Curves
        One number an epoch that ended with finite losses.
    state : State
        The weights to use: of the last epoch, of the best one under `Regime.patience`, or the last
        ones that were finite where the run diverged.
    best_state : State
        Of the epoch with the smallest validation loss.
    best_epoch : int
        From 1; 0 where no epoch ended.
    seconds : float
        Share of the wall time that this run took.
    group : int
        Runs that advanced together in one program.
    diverged : DivergedError or None
    """

    curves: Curves
    state: State
    best_state: State
    best_epoch: int
    seconds: float
    group: int
    diverged: DivergedError | None = None

    @property
    def epochs(self) -> int:
        """Epochs that were trained."""
        return len(self.curves.val_loss)
