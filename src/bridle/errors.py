"""Exceptions and warnings of bridle.

::

    BridleError
    ├── InputError (also ValueError)        an argument, a column or a file that cannot be used
    │   ├── DataTypeError (also TypeError)  a column of something else than numbers
    │   └── UnknownNameError                a name that does not exist, with the nearest that does
    ├── MissingExtraError (also ImportError)a package that an extra would install
    ├── DivergedError (also FloatingPointError) a training whose loss is not finite
    ├── DivergedEpochError (also FloatingPointError) the same, seen at the end of an epoch
    └── ConcurrentFitError (also RuntimeError) a fit of an estimator that is being fitted

    BridleWarning (also UserWarning)
    ├── DataWarning                         the data were used, and something should be known
    └── VersionWarning                      a pickle is of another version of bridle

Every message quotes the argument or column, the allowed range, what came and the remedy.
Solvers that stop short of their tolerance warn with scikit-learn's ``ConvergenceWarning``.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

__all__ = [
    "BridleError",
    "BridleWarning",
    "ConcurrentFitError",
    "DataTypeError",
    "DataWarning",
    "DivergedEpochError",
    "DivergedError",
    "InputError",
    "MissingExtraError",
    "UnknownNameError",
    "VersionWarning",
]


class BridleError(Exception):
    """Base of every error that bridle raises on purpose."""


class InputError(BridleError, ValueError):
    """An argument, a column or a file that cannot be used."""


class DataTypeError(InputError, TypeError):
    """A column of something else than numbers: text, dates, complex or masked numbers."""


class UnknownNameError(InputError):
    """A name that does not exist.

    Parameters
    ----------
    what : str
        What the name should have named, for instance ``"target column"``.
    name : str
        The name that was asked for.
    known : iterable of str
        The names that exist.
    """

    def __init__(self, what: str, name: str, known: Iterable[str]) -> None:
        known = [str(one) for one in known]
        near = get_close_matches(str(name), known, n=1, cutoff=0.0)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        listed = ", ".join(repr(one) for one in known[:8])
        more = f" and {len(known) - 8} more" if len(known) > 8 else ""
        super().__init__(f"There is no {what} {name!r}.{hint} There are: {listed}{more}.")


class MissingExtraError(BridleError, ImportError):
    """A package is missing that one of bridle's extras installs.

    Parameters
    ----------
    purpose : str
        What the package is needed for, as the subject of a sentence.
    package : str
        The missing package.
    extra : str
        The extra that brings it.
    """

    def __init__(self, purpose: str, package: str, extra: str) -> None:
        super().__init__(
            f"{purpose} needs {package}, which is not installed: pip install 'bridle[{extra}]'."
        )


class DivergedError(BridleError, FloatingPointError):
    """A training that was stopped because a loss was infinite or NaN.

    Parameters
    ----------
    epoch, step : int
        From 1; the step is that within the epoch.
    place : str
        Where the first number that is not finite was seen.
    """

    def __init__(self, epoch: int, step: int, place: str) -> None:
        self.epoch, self.step, self.place = epoch, step, place
        super().__init__(
            f"Training diverged in epoch {epoch}, step {step}: {place}. Every loss must be finite. "
            "Lower the learning rate or scale the features; the weights before that step are kept."
        )


class DivergedEpochError(BridleError, FloatingPointError):
    """A training whose losses are not finite after an epoch.

    Parameters
    ----------
    history : bridle.networks.engine.training.History
        Of the epochs before.
    losses : tuple of float
        As optimised, without noise, on the validation rows, and the penalty.
    """

    def __init__(self, history: Any, losses: tuple[float, ...]) -> None:
        self.history = history
        epochs = len(history.val_loss)
        optimised, noise_free, validation, penalty = losses
        kept = (
            f" The weights of epoch {epochs} or an earlier, better one are kept." if epochs else ""
        )
        super().__init__(
            f"Training diverged in epoch {epochs + 1}: every loss must be finite. Received: "
            f"training {optimised:g}, without noise {noise_free:g}, validation {validation:g}, "
            f"penalty {penalty:g}. Lower the learning rate or scale the features.{kept}"
        )


class ConcurrentFitError(BridleError, RuntimeError):
    """A fit of an estimator that is being fitted.

    Parameters
    ----------
    name : str
        The estimator's class.
    """

    def __init__(self, name: str) -> None:
        super().__init__(
            f"An estimator must be fitted by one thread at a time. Received: a second fit of a {name} "
            "that is being fitted. Give each thread an estimator of its own: sklearn.base.clone(it)."
        )


class BridleWarning(UserWarning):
    """Base of every warning that bridle gives on purpose."""


class DataWarning(BridleWarning):
    """The data were used, and something about them should be known."""


class VersionWarning(BridleWarning):
    """A pickle was written by another version of bridle, and was loaded."""
