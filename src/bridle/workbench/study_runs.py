"""Runs of a study and their verdict, with more seeds until the question is settled."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Any

from bridle.networks.template.networks import Networks
from bridle.workbench.arm import Arm, NetworkArm
from bridle.workbench.checks.base import Outcome
from bridle.workbench.data.dataset import Dataset
from bridle.workbench.protocol import Protocol
from bridle.workbench.record import Record
from bridle.workbench.run.check_splits import check_splits
from bridle.workbench.run.experiment import run_experiment
from bridle.workbench.run.level_epochs import level_epochs
from bridle.workbench.study import Study
from bridle.workbench.verdict.until_settled import is_settled, more_seeds
from bridle.workbench.verdict.verdict import judge
from bridle.workbench.verdict.wording import epochs_found

__all__ = ["StudyRuns", "say"]


@dataclass(frozen=True)
class StudyRuns:
    """The runs of a study: everything that determines them except the seeds.

    Attributes
    ----------
    dataset : Dataset
    arms : tuple of Arm
        All requested arms.
    skipped : mapping of str to str
        Names of the arms that cannot run, with the reason.
    networks : Networks
        Built networks, shared by the runs.
    quiet : bool
        Whether to show no progress.
    """

    dataset: Dataset
    arms: tuple[Arm, ...]
    skipped: Mapping[str, str]
    networks: Networks
    quiet: bool

    @property
    def able(self) -> list[Arm]:
        """The arms that run."""
        return [arm for arm in self.arms if arm.name not in self.skipped]

    def check(self, protocol: Protocol) -> Outcome:
        """Return the results of the checks of data and splits."""
        return check_splits(self.dataset, self.able, protocol)

    def with_epochs(self, protocol: Protocol, known: Mapping[str, int | str]) -> Protocol:
        """Return the protocol with a number of epochs: given, known from before, or found now."""
        if protocol.epochs_rule != "until level":
            return protocol
        if known:
            found = replace(protocol, **known)  # type: ignore[arg-type]
        else:
            found = level_epochs(self.dataset, self.able, protocol, self.networks, self._say_trial)
        if any(isinstance(arm, NetworkArm) for arm in self.able):
            self._say(epochs_found(found.epochs, found.epochs_rule))
        return found

    def run(self, protocol: Protocol, **kept: Any) -> tuple[Record, ...]:
        """Run all arms with progress; ``kept`` are the arguments of `run_experiment` about a folder."""
        runs = len(self.able) * len(protocol.seeds)
        with progress_bar(runs, quiet=self.quiet) as advance:
            return run_experiment(
                self.dataset, self.able, protocol, advance, networks=self.networks, **kept
            )

    def judge(self, protocol: Protocol, records: tuple[Record, ...], checked: Outcome) -> Study:
        """Return the study of these records."""
        verdict = judge(
            records,
            protocol,
            self.dataset.task,
            checked.findings,
            self.skipped,
            checked.not_applicable,
        )
        titles = {arm.name: arm.title + _trained_by(arm, records) for arm in self.arms}
        ran = {arm.name: arm for arm in self.able}
        return Study(verdict, records, protocol, self.dataset, titles, arms=ran)

    def run_until_settled(
        self,
        protocol: Protocol,
        checked: Outcome,
        run: Callable[[Protocol], tuple[Record, ...]],
    ) -> Study:
        """Run and judge; if the protocol has several looks, add seeds until the question is settled.

        Parameters
        ----------
        protocol : Protocol
        checked : Outcome
            Results of `check` for this protocol; further seeds are checked again.
        run : callable
            Maps a protocol to its records.
        """
        records = run(protocol)
        study = self.judge(protocol, records, checked)
        for _ in range(1, protocol.looks):
            added = more_seeds(protocol)
            if is_settled(study.verdict):
                break
            self._say(f"Still open with {len(protocol.seeds)} seeds: adding {len(added)} more ...")
            records += run(replace(protocol, seeds=added))
            protocol = replace(protocol, seeds=(*protocol.seeds, *added))
            study = self.judge(protocol, records, self.check(protocol))
        return study

    def _say_trial(self, epochs: int) -> None:
        self._say(f"Trying whether {epochs} epochs are enough for the networks ...")

    def _say(self, sentence: str) -> None:
        if not self.quiet:
            say(sentence)


def progress_bar(
    total: int, *, quiet: bool
) -> AbstractContextManager[Callable[[str, float], None]]:
    """Show the progress of ``total`` runs on standard error."""
    from rich.console import Console

    from bridle.workbench.report.progress import progress

    return progress(Console(file=sys.stderr), total, quiet=quiet)


def say(sentence: str) -> None:
    """Print a sentence to standard error."""
    from rich.console import Console

    from bridle.workbench.report.text import printable

    Console(file=sys.stderr).print(printable(sentence), markup=False, soft_wrap=True)


def _trained_by(arm: Arm, records: tuple[Record, ...]) -> str:
    """Return a note on a training loss that is not the metric of the task, and features as given."""
    details = [record.details or {} for record in records if record.arm == arm.name]
    losses = {held.get("loss") for held in details} - {None}
    note = f", trained by {losses.pop()}" if losses else ""
    return f"{note}, on features as given" if any("features" in held for held in details) else note
