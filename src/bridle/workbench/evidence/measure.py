"""`Evidence`: all measurements of a pair of arms on which a decision is based."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from bridle.workbench.evidence.compared_arms import pairs_of, rivals_of
from bridle.workbench.evidence.curves.epoch_change import EpochChanges, epoch_changes
from bridle.workbench.evidence.curves.trend import still_falling, too_short
from bridle.workbench.evidence.results.pairs import mean_risk, pair_runs, succeeded
from bridle.workbench.evidence.results.results import Results
from bridle.workbench.protocol import Protocol
from bridle.workbench.record import Record
from bridle.workbench.task import Task

__all__ = ["Evidence", "measure", "measure_pairs"]


@dataclass(frozen=True)
class Evidence:
    """Measurements of a plain arm and its regularised counterpart, before any decision.

    `measure` computes them from the records of a study. They may also come from elsewhere.

    Attributes
    ----------
    plain, regularised : str
        Names of the arms.
    results : Results
        What both arms were measured on: the common splits, or seeds and rows of a fixed test set.
    level : float
        Risk to which margins are relative: the dummy's or, if that is not known, the plain arm's.
    dummy_risk : float or None
        Test risk of the dummy, if known.
    beat_dummy : tuple of str or None
        Arms of the pair that are shown to be better than the dummy; None if that is not known.
    still_falling, too_short : tuple of str
        Arms whose validation loss was falling to the end, and arms with too few epochs to see that.
    epochs : EpochChanges or None
        Changes of the validation loss; None if the arms have no curves.
    failures : str
        Why the runs cannot be compared; empty if they can.
    rivals : bool
        Whether the arms are two different models, of which neither is the other with a regulariser
        (`rivals_of`). The "plain" one is then the one that the other is compared with.
    """

    plain: str
    regularised: str
    results: Results
    level: float
    dummy_risk: float | None = None
    beat_dummy: tuple[str, ...] | None = None
    still_falling: tuple[str, ...] = ()
    too_short: tuple[str, ...] = ()
    epochs: EpochChanges | None = None
    failures: str = ""
    rivals: bool = False


def measure(
    plain: Sequence[Record],
    regularised: Sequence[Record],
    protocol: Protocol,
    task: Task,
    dummy_risk: float | None,
    better: Collection[str] | None = None,
) -> Evidence:
    """Return the evidence on two arms, measured on their common splits.

    Parameters
    ----------
    plain, regularised : sequence of Record
        The runs of each arm, at least one.
    protocol : Protocol
        Rules of the study.
    task : Task
        Kind of the task.
    dummy_risk : float or None
        Test risk of the dummy, if known.
    better : collection of str, optional
        Arms that are shown to be better than the dummy; default: not known.
    """
    level = dummy_risk if dummy_risk is not None else mean_risk(plain) or 0.0
    # Curves of a regression are in units of the target's variance; the dummy's risk is then 1.
    curve_level = 1.0 if task.has_scaled_curves else level
    runs = {plain[0].arm: plain, regularised[0].arm: regularised}
    pairs = pair_runs(plain, regularised, protocol)
    return Evidence(
        plain=plain[0].arm,
        regularised=regularised[0].arm,
        results=pairs,
        level=level,
        dummy_risk=dummy_risk,
        beat_dummy=None if better is None else tuple(name for name in runs if name in better),
        still_falling=tuple(
            name for name, records in runs.items() if still_falling(records, curve_level, protocol)
        ),
        too_short=tuple(name for name, records in runs.items() if too_short(records)),
        epochs=epoch_changes(plain, regularised, protocol),
        failures=_failures(plain, regularised, pairs.count),
    )


def measure_pairs(
    by_arm: Mapping[str, Sequence[Record]],
    protocol: Protocol,
    task: Task,
    dummy_risk: float | None,
    better: Collection[str] | None = None,
) -> tuple[Evidence, ...]:
    """Return the evidence on every pair of arms that ran: `pairs_of`, then `rivals_of`.

    Parameters as for `measure`.
    """
    regularised = [
        measure(by_arm[plain], by_arm[other], protocol, task, dummy_risk, better)
        for plain, other in pairs_of(by_arm)
    ]
    rivals = [
        replace(
            measure(by_arm[rival], by_arm[arm], protocol, task, dummy_risk, better), rivals=True
        )
        for arm, rival in rivals_of(by_arm, protocol.versus)
    ]
    return (*regularised, *rivals)


def _failures(plain: Sequence[Record], regularised: Sequence[Record], n_splits: int) -> str:
    """Return the reason why the runs cannot be compared, empty if they can."""
    for records in (regularised, plain):
        failed = [record for record in records if not succeeded(record)]
        if failed:
            first = min(failed, key=lambda record: record.seed)
            why = first.failure or "its loss is not a finite number"
            some = f"{len(failed)} of" if len(failed) < len(records) else "all"
            return (
                f"{some} {len(records)} runs of {first.arm} failed, "
                f"the first at seed {first.seed} ({why.rstrip('.')})"
            )
    if n_splits < 2:
        return f"the arms share {n_splits or 'no'} split, and an interval needs two"
    return ""
