"""Check of the integer codes that a network reads, before it is trained."""

from __future__ import annotations

import numpy as np

from bridle.errors import InputError
from bridle.networks.engine.train_jobs import outputs_of
from bridle.networks.regime import Regime
from bridle.networks.template.template import Template
from bridle.types import AnyArray
from bridle.workbench.arm.base import Split

__all__ = ["refuse_codes"]


def refuse_codes(template: Template, split: Split) -> None:
    """Raise an error for columns that are not the integer codes that a network reads there.

    The smallest and the largest of each column are tried on the network: a table without them answers
    with NaN or an error. Where a network reads only some columns so, it may round them itself.

    Raises
    ------
    InputError
        Codes of a network that reads nothing else are no whole numbers from 0; or a code is outside
        the network's table.
    """
    parts = [part.X for part in (split.train, split.validation, split.test)]
    rows = np.concatenate(parts).reshape(-1, *split.row_shape)
    codes = template.codes
    if template.features == "ids":
        codes = tuple(range(split.row_shape[-1]))
        _refuse_other_numbers(template, split, rows)
    if not codes:
        return
    ends = [(code, rows[..., code].min(), rows[..., code].max()) for code in codes]
    if (key := ("codes", *ends)) not in template.programs:
        _refuse_outside(template, split, rows, ends)
        template.programs[key] = None


def _refuse_other_numbers(template: Template, split: Split, rows: AnyArray) -> None:
    below = template.programs.setdefault("names", template.names_of_things())
    wrong = (np.floor(rows) != rows) | (rows < 0) | (below <= rows)
    if wrong.any():
        place = tuple(np.argwhere(wrong)[0])
        raise _other_number(split, place, rows[place], f"from 0 to {below - 1:,}")


def _refuse_outside(
    template: Template, split: Split, rows: AnyArray, ends: list[tuple[int, float, float]]
) -> None:
    plain = rows[:1].copy()
    plain[..., [code for code, *_ in ends]] = 0
    if not _is_read(template, plain):
        return  # it has another fault, which training shows
    for code, *values in ends:
        for value in values:
            tried = plain.copy()
            tried[..., code] = value
            if not _is_read(template, tried):
                first = np.argwhere(rows[..., code] == value)[0]
                raise _other_number(split, (*first, code), value, "that are in its table")


def _is_read(template: Template, row: AnyArray) -> bool:
    """Return whether a network has finite outputs for a row."""
    try:
        found = outputs_of(template, template.start(Regime(), 0), row)
    except Exception:  # each framework has its own error for an index beyond a table
        return False
    return bool(np.isfinite(found).all())


def _other_number(split: Split, place: tuple[int, ...], value: float, which: str) -> InputError:
    name = split.feature_names[np.ravel_multi_index(place[1:], split.row_shape)]
    return InputError(
        f"A network that reads integer codes, for instance by an Embedding, needs integers {which}. "
        f"Received: {value:g} in {name!r}. Pass codes, or use an Embedding with a larger input_dim."
    )
