"""Table of the effects of a regulariser on hidden units, with one row per arm."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from bridle.workbench.record import Record
from bridle.workbench.report.text import UNKNOWN, shorten
from bridle.workbench.verdict.wording import number

__all__ = ["REMOVED", "EffectRow", "effect_rows"]

REMOVED = ("0.1", "0.3", "0.5")
"""Removed fractions of the hidden units that are shown, as records name them."""


@dataclass(frozen=True)
class EffectRow:
    """Means over the runs of an arm, formatted.

    Attributes
    ----------
    name : str
        Name of the arm.
    coadaptation : str
        Mean absolute correlation of two units of a layer.
    dead : str
        Fraction of units with the same activation for every row.
    losses : tuple of str
        Validation loss with all units, then without each fraction in `REMOVED`.
    epochs, seconds : str
        Epochs and seconds until the validation loss had made 98 % of its fall.
    """

    name: str
    coadaptation: str
    dead: str
    losses: tuple[str, ...]
    epochs: str
    seconds: str


def effect_rows(records: Sequence[Record]) -> list[EffectRow]:
    """Return a row for each arm with measured hidden units, in the order of the records."""
    measured: dict[str, list[Record]] = {}
    for record in records:
        if record.effect is not None:
            measured.setdefault(record.arm, []).append(record)
    return [_row(name, runs) for name, runs in measured.items()]


def _row(name: str, runs: Sequence[Record]) -> EffectRow:
    effects = [run.effect or {} for run in runs]

    def loss_without(share: str) -> str:
        return _mean(effects, lambda effect: effect.get("loss_without", {}).get(share), number)

    return EffectRow(
        name=shorten(name, 24),
        coadaptation=_mean(
            effects, lambda effect: effect.get("coadaptation"), lambda x: f"{x:.2f}"
        ),
        dead=_mean(effects, lambda effect: effect.get("dead_share"), lambda x: f"{100 * x:.1f} %"),
        losses=tuple(loss_without(share) for share in ("0", *REMOVED)),
        epochs=_mean(runs, lambda record: record.epochs_to_converge, lambda x: f"{x:.0f}"),
        seconds=_mean(
            runs, lambda record: record.seconds_to_converge, lambda x: number(float(f"{x:.2g}"))
        ),
    )


def _mean(
    of: Sequence[Any], value: Callable[[Any], float | None], shown: Callable[[float], str]
) -> str:
    known = [found for record in of if (found := value(record)) is not None]
    return shown(sum(known) / len(known)) if known else UNKNOWN
