"""Call of the user's function that builds a network."""

from __future__ import annotations

from typing import Any

from bridle.errors import InputError
from bridle.networks.own.building.one_line import one_line

__all__ = ["call_builder"]


def call_builder(builder: Any, n_features: int | tuple[int, ...], n_outputs: int, made: str) -> Any:
    """Return what a function builds for these features and outputs.

    Parameters
    ----------
    builder : callable
    n_features : int or tuple of int
        Of one row.
    n_outputs : int
    made : str
        What it should build, for the message.

    Raises
    ------
    InputError
        The function fails.
    """
    try:
        return builder(n_features, n_outputs)
    except Exception as error:
        raise InputError(
            f"network must be a function that builds {made} from the numbers of features and outputs, "
            f"here {n_features} and {n_outputs}. Received: one that fails with "
            f"{type(error).__name__}: {one_line(error)}"
        ) from error
