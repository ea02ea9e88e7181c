"""Pickled state that says which bridle wrote it."""

from __future__ import annotations

import warnings
from abc import ABC
from functools import cache
from importlib import metadata
from typing import Any

from bridle.errors import InputError, VersionWarning

__all__ = ["PICKLE_FORMAT", "Pickled"]

PICKLE_FORMAT = 1
"""Of the attributes of all public classes; raised where one gets another name or meaning."""

_MARK = "_bridle_pickle"


class Pickled(ABC):  # noqa: B024  (nothing is abstract: it is mixed in, and never made)
    """A class whose pickles carry bridle's version and a format.

    A pickle of another version of bridle loads with a `VersionWarning`; one of another format, or
    without any, is refused with an `InputError` that names the version to load it with.
    """

    def __getstate__(self) -> dict[str, Any]:
        held = {"version": _version(), "format": PICKLE_FORMAT}
        return {**self._kept_state(), _MARK: held}

    def __setstate__(self, state: dict[str, Any]) -> None:
        _check(type(self).__name__, state.get(_MARK))
        vars(self).update({name: held for name, held in state.items() if name != _MARK})

    def _kept_state(self) -> dict[str, Any]:
        """Return what of the attributes copies and pickles keep: by default all."""
        return vars(self)


@cache
def _version() -> str:
    return metadata.version("bridle")


def _check(name: str, mark: Any) -> None:
    """Refuse what was written in another format; warn of another version."""
    if not isinstance(mark, dict):
        raise InputError(
            f"The pickle of {name} must say which bridle wrote it. Received: one that does not, from "
            "before bridle's pickles had a version. Fit it again."
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
            f"The pickle of {name} is of bridle {version}, and this is bridle {_version()}: it loads, "
            "and may behave in another way. Fit it again to be sure.",
            VersionWarning,
            stacklevel=3,
        )
