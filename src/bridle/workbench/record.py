"""`Record`: the result or failure of one run of one arm, one line of JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from bridle.networks.curves import Curves

__all__ = ["RECORD_SCHEMA", "Record"]

RECORD_SCHEMA = "urn:bridle:record:1.0"
"""Identifies the fields of a record and their version (`bridle.json_schema`)."""


@dataclass(frozen=True)
class Record:
    """The result of one run of one arm on one split.

    Attributes
    ----------
    arm : str
        Name of the arm.
    seed : int
        Determines the split, the initial weights and the order of rows.
    n_train, n_validation, n_test : int
        Numbers of training, validation and test rows.
    test_risk : float or None
        Primary metric on the test rows; None if the run failed.
    train_risk : float or None
        The same on the training rows, without noise and penalty.
    test_score : float or None
        Accuracy or R2 on the test rows.
    seconds : float
        Wall time of the fit.
    curves : Curves or None
        Loss curves; only for arms that train in epochs.
    coefficients : dict of str to list of float, or None
        Only for linear arms: a mapping from feature name to one number per output, for standardised
        features; at most the 200 largest.
    intercept : list of float or None
        Only for linear arms: one number per output, on the scale of the standardised target.
    details : dict
        Settings and choices of the arm, for instance ``{"alpha": 0.1, "nonzero": 12}``.
    failure : str or None
        Why the run has no result; None if it has one.
    best_epoch : int or None
        The epoch with the smallest validation loss, counted from 1; None for arms without epochs.
    best_test_risk : float or None
        Test risk with the weights of that epoch.
    effect : dict or None
        Effects of the regulariser on the hidden units of a network: ``coadaptation``,
        ``dead_share``, ``loss_without``, ``accuracy_without``.
    residuals : list of float or None
        Only for a regression: the absolute errors on the test rows, in units of the target, in
        ascending order; 100 quantiles of them if there are more.
    measures : dict or None
        Further measures on the test rows, see `bridle.workbench.run.measures`.
    selection : dict or None
        How an elastic net chose its penalty strength, see
        `bridle.workbench.arm.linear_arms.selection`.
    train_share : float
        Fraction of its split's training rows that was used; below 1 in the runs of a learning curve.
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
    residuals: list[float] | None = None
    measures: dict[str, Any] | None = None
    selection: dict[str, Any] | None = None
    train_share: float = 1.0
    intercept: list[float] | None = None

    @property
    def arm_and_seed(self) -> tuple[str, int]:
        """Arm and seed, which identify the run."""
        return self.arm, self.seed

    @property
    def epochs_to_converge(self) -> int | None:
        """Epochs until the validation loss has made 98 % of its fall."""
        if self.curves is None or not self.curves.val_loss:
            return None
        losses = self.curves.val_loss
        level = min(losses) + 0.02 * (losses[0] - min(losses))
        return 1 + next(i for i, loss in enumerate(losses) if loss <= level)

    @property
    def seconds_to_converge(self) -> float | None:
        """Wall time until the validation loss has made 98 % of its fall."""
        epochs = self.epochs_to_converge
        if epochs is None or self.curves is None:
            return None
        return self.seconds * epochs / len(self.curves.val_loss)

    def to_dict(self) -> dict[str, Any]:
        """Return plain dicts, lists and numbers, ready for JSON."""
        return {"schema": RECORD_SCHEMA, **asdict(self)}

    @classmethod
    def from_dict(cls, fields: dict[str, Any]) -> Record:
        """Return the record from which `to_dict` made ``fields``."""
        fields = {name: value for name, value in fields.items() if name != "schema"}
        curves = fields.get("curves")
        if curves is not None:
            curves = Curves(**{name: tuple(values) for name, values in curves.items()})
        return cls(**{**fields, "curves": curves})
