"""Exceptions and warnings of bridle.

::

    BridleError
    ├── InputError (also ValueError)        an argument, a column or a file that cannot be used
    │   ├── DataTypeError (also TypeError)  a column that does not hold numbers
    │   └── UnknownNameError                a name that does not exist; suggests the nearest
    ├── MissingExtraError (also ImportError)a package that an extra would install
    ├── DivergedError (also FloatingPointError) training stopped at an infinite or NaN loss
    └── ConcurrentFitError (also RuntimeError) a second fit of an estimator during its fit

    BridleWarning (also UserWarning)
    ├── DataWarning                         data were used although they look doubtful
    └── VersionWarning                      a pickle comes from another version of bridle

Every message names the argument or column, the allowed range, the value received and the remedy.
Solvers that stop before they reach their tolerance warn with scikit-learn's ``ConvergenceWarning``.
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
    "DivergedError",
    "InputError",
    "MissingExtraError",
    "UnknownNameError",
    "VersionWarning",
]


class BridleError(Exception):
    """Base class of all errors that bridle raises deliberately."""


class InputError(BridleError, ValueError):
    """An argument, a column or a file that cannot be used."""


class DataTypeError(InputError, TypeError):
    """A column that does not hold real numbers: text, dates, complex or masked numbers."""


class UnknownNameError(InputError):
    """A name that does not exist.

    Parameters
    ----------
    what : str
        Kind of the thing named, for instance ``"target column"``.
    name : str
        The unknown name.
    known : iterable of str
        The existing names.
    """

    def __init__(self, what: str, name: str, known: Iterable[str]) -> None:
        known = [str(name) for name in known]
        near = get_close_matches(str(name), known, n=1, cutoff=0.0)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        listed = ", ".join(repr(name) for name in known[:8])
        more = f" and {len(known) - 8} more" if len(known) > 8 else ""
        super().__init__(f"There is no {what} {name!r}.{hint} There are: {listed}{more}.")


class MissingExtraError(BridleError, ImportError):
    """A package is not installed that one of bridle's extras would install.

    Parameters
    ----------
    purpose : str
        What the package is needed for, as the subject of a sentence.
    package : str
        The missing package.
    extra : str
        The extra that installs it.
    """

    def __init__(self, purpose: str, package: str, extra: str) -> None:
        super().__init__(
            f"{purpose} needs {package}, which is not installed: pip install 'bridle[{extra}]'."
        )


class DivergedError(BridleError, FloatingPointError):
    """Training stopped because a loss was infinite or NaN.

    Parameters
    ----------
    epoch, step : int
        Epoch, and step within the epoch, both counted from 1.
    place : str
        Where the first number that is not finite was seen.
    kept : str
        Which weights the network is left with; "" if there is no network yet.
    """

    def __init__(self, epoch: int, step: int, place: str, kept: str) -> None:
        self.epoch, self.step, self.place, self.kept = epoch, step, place, kept
        left = f"{kept} are kept" if kept else "no epoch was finished, so nothing is fitted"
        super().__init__(
            f"Training diverged in epoch {epoch}, step {step}: {place}. Every loss must be finite. "
            f"Lower the learning rate or scale the features; {left}."
        )

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the arguments, from which the message is made again."""
        return type(self), (self.epoch, self.step, self.place, self.kept)


class ConcurrentFitError(BridleError, RuntimeError):
    """A second fit of an estimator began while it was being fitted.

    Parameters
    ----------
    name : str
        Class name of the estimator.
    """

    def __init__(self, name: str) -> None:
        super().__init__(
            f"An estimator must be fitted by one thread at a time. Received: a second fit of a {name} "
            "that is being fitted. Give each thread a separate estimator: "
            "sklearn.base.clone(estimator)."
        )


class BridleWarning(UserWarning):
    """Base class of all warnings that bridle gives deliberately."""


class DataWarning(BridleWarning):
    """Data were used although they look doubtful."""


class VersionWarning(BridleWarning):
    """A pickle was loaded that another version of bridle had written."""
