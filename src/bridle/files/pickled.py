"""`Pickled`: pickles that record the version of bridle that wrote them."""

from __future__ import annotations

import warnings
from abc import ABC
from functools import cache
from importlib import metadata
from typing import Any

from bridle.errors import InputError, VersionWarning

__all__ = ["PICKLE_FORMAT", "Pickled"]

PICKLE_FORMAT = 1
"""Format of the attributes of all public classes; raised when one changes its name or meaning."""

_MARK = "_bridle_pickle"


class Pickled(ABC):  # noqa: B024 (a mix-in without abstract methods)
    """Mix-in for classes whose pickles record a format and bridle's version.

    A pickle of another version of bridle loads with a `VersionWarning`. One of another format, or
    without a format, raises an `InputError` that names the version to load it with.
    """

    def __getstate__(self) -> dict[str, Any]:
        held = {"version": _version(), "format": PICKLE_FORMAT}
        return {**self._kept_state(), _MARK: held}

    def __setstate__(self, state: dict[str, Any]) -> None:
        _check(type(self).__name__, state.get(_MARK))
        vars(self).update({name: held for name, held in state.items() if name != _MARK})

    def _kept_state(self) -> dict[str, Any]:
        """Return the attributes that copies and pickles keep; by default all."""
        return vars(self)


@cache
def _version() -> str:
    return metadata.version("bridle")


def _check(name: str, mark: Any) -> None:
    """Raise an error for another format, warn about another version."""
    if not isinstance(mark, dict):
        raise InputError(
            f"The pickle of {name} must record the version of bridle that wrote it. Received: a pickle "
            "without a version, from an early bridle. Fit it again."
        )
    version, written = mark.get("version"), mark.get("format")
    if written != PICKLE_FORMAT:
        raise InputError(
            f"The pickle of {name} must be in format {PICKLE_FORMAT}, which this bridle "
            f"{_version()} reads. Received: format {written}, of bridle {version}. Load it with that "
            "version, or fit it again."
        )
    if version != _version():
        warnings.warn(
            f"The pickle of {name} comes from bridle {version}, and this is bridle {_version()}. It "
            "was loaded, but may behave differently. Fit it again to be sure.",
            VersionWarning,
            stacklevel=3,
        )
