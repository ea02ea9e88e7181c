"""`Curves`: the four losses of a training, one number per epoch."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

__all__ = ["Curves"]


@dataclass(frozen=True)
class Curves:
    """The four losses of a training, one number per epoch each.

    Attributes
    ----------
    train_loss : tuple of float
        Training loss as optimised: noise on, penalty included, averaged over the rows of the epoch
        while the weights moved.
    train_eval_loss : tuple of float
        Training loss at the end of the epoch with the noise off and the penalty left out.
    val_loss : tuple of float
        Validation loss at the end of the epoch, noise off, penalty left out.
    penalty : tuple of float
        Penalty at the end of the epoch.
    """

    train_loss: tuple[float, ...]
    train_eval_loss: tuple[float, ...]
    val_loss: tuple[float, ...]
    penalty: tuple[float, ...]

    @classmethod
    def of_epochs(cls, losses: Iterable[tuple[float, ...]]) -> Self:
        """Return the curves of epochs, each given as its four losses in the order above."""
        return cls(*(tuple(loss[i] for loss in losses) for i in range(4)))

    def times(self, factor: float) -> Self:
        """Return the curves in another unit of the loss."""
        return type(self)(*(tuple(factor * loss for loss in line) for line in vars(self).values()))
