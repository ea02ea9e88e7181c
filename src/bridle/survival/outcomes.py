"""`Outcomes`: times and events, from a structured array or from columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bridle.arguments.real_numbers import real_array
from bridle.errors import InputError
from bridle.types import Array

__all__ = ["Outcomes", "read_outcomes", "read_strata"]

_FORMS = (
    "a structured array of an event (bool) and a time, as scikit-survival's Surv makes it; or columns "
    "(time, event) or (start, stop, event)"
)


@dataclass(frozen=True, eq=False)
class Outcomes:
    """Survival times of n rows.

    Attributes
    ----------
    stop : ndarray of shape (n,)
        Time of the event or of censoring, at least 0.
    event : ndarray of shape (n,), bool
        Whether the event was seen.
    start : ndarray of shape (n,) or None
        Time from which a row is at risk, below ``stop``; None if all are from the beginning.
    """

    stop: Array
    event: npt.NDArray[np.bool_]
    start: Array | None = None

    @property
    def starts(self) -> Array:
        """Return ``start``, or minus infinity for rows that are at risk from the beginning."""
        return np.full(self.stop.size, -np.inf) if self.start is None else self.start


def read_outcomes(y: Any, name: str = "y") -> Outcomes:
    """Read and check survival times.

    Parameters
    ----------
    y : structured array of shape (n,), or array-like or DataFrame of shape (n, 2) or (n, 3)
        A structured array has one field of bool, the event, and one of numbers, the time, or two, start
        and stop, in this order. Columns are (time, event) or (start, stop, event), with events of 0 and
        1 or of bool.
    name : str
        Of the argument, for messages.

    Raises
    ------
    InputError
        It has another form, a time is not finite, below 0 or not above its start, an event is neither 0
        nor 1, or there is no event.
    """
    if isinstance(y, Outcomes):
        return y
    names = getattr(getattr(y, "dtype", None), "names", None)
    columns, event = _of_fields(y, names, name) if names else _of_columns(y, name)
    found = Outcomes(columns[-1], event, columns[0] if len(columns) > 1 else None)
    _check(found, name)
    return found


def read_strata(strata: Any, n: int) -> tuple[npt.NDArray[np.intp] | None, npt.NDArray[Any]]:
    """Return the number of the stratum of each row, None without strata, and the sorted labels.

    Parameters
    ----------
    strata : array-like of shape (n,), or None
        Labels of one kind.
    n : int
        Number of rows.

    Raises
    ------
    InputError
        A label is missing, labels cannot be sorted, or their number is not n.
    """
    if strata is None:
        return None, np.empty(0)
    given = np.asarray(strata)
    missing = given.dtype.kind == "f" and bool(np.isnan(given).any())
    if given.shape != (n,) or missing:
        raise InputError(
            f"strata must hold a label for each of the {n} rows of X, none of them missing. Received: "
            f"{'a missing label' if missing else f'shape {given.shape}'}."
        )
    try:
        labels, codes = np.unique(given, return_inverse=True)
    except TypeError as error:
        raise InputError(
            f"strata must be labels of one type. Received: labels that cannot be sorted ({error})."
        ) from error
    return codes.astype(np.intp), labels


def _of_fields(
    y: Any, names: tuple[str, ...], name: str
) -> tuple[list[Array], npt.NDArray[np.bool_]]:
    events = [field for field in names if y.dtype[field].kind == "b"]
    times = [field for field in names if y.dtype[field].kind in "iuf"]
    if y.ndim != 1 or len(events) != 1 or len(times) not in (1, 2) or len(names) > 3:
        raise InputError(
            f"{name} must be {_FORMS}. Received: the fields {', '.join(map(str, y.dtype.descr))}."
        )
    return [y[field].astype(np.float64) for field in times], y[events[0]]


def _of_columns(y: Any, name: str) -> tuple[list[Array], npt.NDArray[np.bool_]]:
    values = real_array(name, y)
    if values.ndim != 2 or values.shape[1] not in (2, 3):
        raise InputError(f"{name} must be {_FORMS}. Received: shape {values.shape}.")
    event = values[:, -1]
    wrong = np.flatnonzero((event != 0) & (event != 1))
    if wrong.size:
        first_is_event = bool(np.isin(values[:, 0], (0, 1)).all())
        order = " The first column holds such: swap the columns." if first_is_event else ""
        raise InputError(
            f"{name} must hold events of 0 or 1 in its last column. Received: {event[wrong[0]]:g} in "
            f"row {wrong[0]} ({wrong.size} such rows).{order}"
        )
    return [values[:, k] for k in range(values.shape[1] - 1)], event == 1


def _check(found: Outcomes, name: str) -> None:
    for what, values in (("start", found.start), ("time", found.stop)):
        if values is None:
            continue
        wrong = np.flatnonzero(~(np.isfinite(values) & (values >= 0)))
        if wrong.size:
            raise InputError(
                f"{name} must hold finite times from 0 up. Received: the {what} {values[wrong[0]]} in "
                f"row {wrong[0]} ({wrong.size} such rows)."
            )
    if found.start is not None:
        wrong = np.flatnonzero(found.start >= found.stop)
        if wrong.size:
            row = wrong[0]
            raise InputError(
                f"{name} must hold starts below the times of stop. Received: start "
                f"{found.start[row]:g} and stop {found.stop[row]:g} in row {row} ({wrong.size} such "
                "rows)."
            )
    if not found.event.any():
        raise InputError(
            f"{name} must hold at least one event. Received: {found.stop.size} rows, all censored."
        )
