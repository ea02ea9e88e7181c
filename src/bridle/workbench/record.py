"""Record of one run of one arm: one line of JSON, failures included."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from bridle.networks.curves import Curves

__all__ = ["Record"]


@dataclass(frozen=True)
class Record:
    """One run of one arm on one split.

    Attributes
    ----------
    arm : str
    seed : int
        Names the split, the initialisation and the data order.
    n_train, n_validation, n_test : int
        Rows in each part.
    test_risk : float or None
        Primary metric on the test part; None where the run failed.
    train_risk : float or None
        The same on the training part, noise off and penalty left out.
    test_score : float or None
        Accuracy or R2 on the test part.
    seconds : float
        Wall time of the fit.
    curves : Curves or None
        Only for arms that train by epochs.
    coefficients : dict of str to list of float, or None
        Only for linear arms: feature name to one number an output, on standardised features;
        the 200 largest where there are more.
    details : dict
        What the arm chose, for instance ``{"alpha": 0.1, "nonzero": 12}``.
    failure : str or None
        Why the run gave no result.
    best_epoch : int or None
        From 1, the epoch with the smallest validation loss; None for arms without epochs.
    best_test_risk : float or None
        Test risk with the weights of that epoch.
    effect : dict or None
        What the regulariser did to the hidden units of a network: ``coadaptation``,
        ``dead_share``, ``loss_without``, ``accuracy_without``.
    """

    arm: str
    seed: int
    n_train: int
    n_validation: int
    n_test: int
    test_risk: float | None
    train_risk: float | None
    test_score: float | None
    seconds: float
    curves: Curves | None = None
    coefficients: dict[str, list[float]] | None = None
    details: dict[str, Any] | None = None
    failure: str | None = None
    best_epoch: int | None = None
    best_test_risk: float | None = None
    effect: dict[str, Any] | None = None

    @property
    def arm_and_seed(self) -> tuple[str, int]:
        """Which run it is."""
        return self.arm, self.seed

    @property
    def epochs_to_converge(self) -> int | None:
        """The first epoch after which 98 % of the fall of the validation loss lies behind."""
        if self.curves is None or not self.curves.val_loss:
            return None
        losses = self.curves.val_loss
        level = min(losses) + 0.02 * (losses[0] - min(losses))
        return 1 + next(i for i, one in enumerate(losses) if one <= level)

    @property
    def seconds_to_converge(self) -> float | None:
        """The share of the wall time until then."""
        epochs = self.epochs_to_converge
        if epochs is None or self.curves is None:
            return None
        return self.seconds * epochs / len(self.curves.val_loss)

    def to_dict(self) -> dict[str, Any]:
        """Return plain dicts, lists and numbers, ready for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, fields: dict[str, Any]) -> Record:
        """Rebuild what `to_dict` gave."""
        curves = fields.get("curves")
        if curves is not None:
            curves = Curves(**{name: tuple(values) for name, values in curves.items()})
        return cls(**{**fields, "curves": curves})
