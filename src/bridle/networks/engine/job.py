"""`Job`, a run to train, and `Outcome`, its result."""

from __future__ import annotations

from dataclasses import dataclass

from bridle.errors import DivergedError
from bridle.networks.curves import Curves
from bridle.networks.regime import Regime
from bridle.networks.template.template import State, Template
from bridle.types import AnyArray

__all__ = ["Job", "Outcome"]

Weights = tuple[AnyArray | None, AnyArray | None]


@dataclass(frozen=True, eq=False)
class Job:
    """A training of a network.

    Attributes
    ----------
    template : Template
        The network.
    regime : Regime
        Training settings.
    training, validation : pair of ndarray
        Features of shape (n, ...), float32, and codes or numbers of shape (n,).
    epochs, batch_size : int
        At least 1.
    seed : int
        Root seed of the streams of initial weights, order of rows, noise and augmentation.
    name : str
        Name of the run within the study; distinct if checkpoints are saved.
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
        """Return what the run starts from; see `Template.start`."""
        return self.template.start(self.regime, self.seed)

    @property
    def shapes(self) -> tuple[int, int, int]:
        """Training rows, validation rows and batch size, for which a program is compiled."""
        rows = len(self.training[1])
        return rows, len(self.validation[1]), min(self.batch_size, rows)


@dataclass(frozen=True, eq=False)
class Outcome:
    """The result of a run.

    Attributes
    ----------
    curves : Curves
        One number for each epoch that ended with finite losses.
    state : State
        The weights to use: of the last epoch; with `Regime.patience`, of the best epoch; if the run
        diverged, the last finite ones.
    best_state : State
        Weights of the epoch with the smallest validation loss.
    best_epoch : int
        Counted from 1; 0 if no epoch was finished.
    seconds : float
        Wall time of this run; in a group, its fraction of the group's time.
    group : int
        Number of runs trained together in one program.
    diverged : DivergedError or None
        The error if the run diverged.
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
