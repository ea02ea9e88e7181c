"""The main job: baseline against regularised, under the same rules, with a verdict."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy.typing as npt

from bridle.dropout.backend import backend_available, load_keras
from bridle.errors import InputError, UnknownNameError
from bridle.workbench.arm import ARMS, Arm
from bridle.workbench.dataset import Dataset, from_arrays, make_dataset
from bridle.workbench.experiment import run_experiment
from bridle.workbench.files import open_output_directory, to_json, write_atomic
from bridle.workbench.protocol import Protocol
from bridle.workbench.record import Record
from bridle.workbench.record_file import write_records
from bridle.workbench.split import part_rows
from bridle.workbench.task import TaskKind
from bridle.workbench.verdict import Verdict, judge

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

__all__ = ["Study", "choose_arms", "compare", "run_study"]


@dataclass(frozen=True)
class Study:
    """A finished experiment.

    Attributes
    ----------
    verdict : Verdict
    records : tuple of Record
        One run of one arm each.
    protocol : Protocol
    dataset : Dataset
    """

    verdict: Verdict
    records: tuple[Record, ...]
    protocol: Protocol
    dataset: Dataset

    def __str__(self) -> str:
        return self.verdict.headline

    @property
    def titles(self) -> dict[str, str]:
        """What each arm is, by its name."""
        return {summary.name: ARMS[summary.name].title for summary in self.verdict.arms}

    def plot_loss(self) -> Figure:
        """Return a figure of training and validation loss by epoch, one panel a network.

        Raises
        ------
        InputError
            When no arm was trained by epochs.
        """
        from bridle.workbench.report.loss_curves import plot_loss

        return plot_loss(self.records, self.dataset.task)

    def plot_coefficients(self) -> Figure:
        """Return a figure of the largest coefficients of the linear arms.

        Raises
        ------
        InputError
            When there was no linear arm.
        """
        from bridle.workbench.report.coefficients import plot_coefficients

        return plot_coefficients(self.records)

    def save(self, directory: str | Path) -> Path:
        """Write records, verdict, figures and the report.

        Parameters
        ----------
        directory : str or Path
            Made if it does not exist. Files of an earlier study are replaced; a directory that holds
            anything else is refused.

        Returns
        -------
        Path
            Of ``report.html``.

        Raises
        ------
        InputError
            When the directory cannot be used; nothing is written then.
        """
        from bridle.workbench.report.html import render_html

        folder = open_output_directory(Path(directory))
        report = render_html(
            self.verdict,
            self.records,
            protocol=self.protocol,
            task=self.dataset.task,
            dataset=self.dataset.name,
            target=self.dataset.target_name,
            titles=self.titles,
        )
        write_records(folder / "records.jsonl", self.records)
        write_atomic(folder / "verdict.json", to_json(self.verdict.to_dict(), indent=2) + "\n")
        self._save_figures(folder)
        write_atomic(folder / "report.html", report)
        return folder / "report.html"

    def _save_figures(self, folder: Path) -> None:
        from bridle.workbench.report.png import png

        figures: dict[str, Callable[[], Figure]] = {}
        if any(record.curves for record in self.records):
            figures["loss_curves.png"] = self.plot_loss
        if any(record.coefficients for record in self.records):
            figures["coefficients.png"] = self.plot_coefficients
        for name in ("loss_curves.png", "coefficients.png"):
            if name in figures:
                write_atomic(folder / name, png(figures[name]()))
            else:
                (folder / name).unlink(missing_ok=True)


def compare(
    X: npt.ArrayLike | pd.DataFrame,
    y: npt.ArrayLike | pd.Series[Any] | str,
    *,
    arms: Sequence[str] | None = None,
    seeds: int | Sequence[int] = 10,
    epochs: int = 15,
    task: TaskKind | None = None,
    drop: Sequence[str] = (),
) -> Study:
    """Train a baseline and its regularised rivals under the same rules, and judge.

    Each seed draws its own split (a tenth of the rows to judge, a tenth of the rest to validate,
    stratified for classes), initialisation and data order, shared by all arms.

    Parameters
    ----------
    X : array-like or DataFrame of shape (n, p)
        Features; numbers, categories, booleans and missing values.
    y : array-like of shape (n,), or str
        Target, or the name of the column of ``X`` that holds it.
    arms : sequence of str, optional
        Some of "dummy", "linear", "elastic_net", "baseline", "dropout". Default: all that can run.
    seeds : int or sequence of int
        Number of splits, at least 2, or their seeds. Default 10.
    epochs : int
        Passes of a network over its training rows, at least 1. Default 15.
    task : {"binary", "multiclass", "regression"}, optional
        Default: inferred from the target.
    drop : sequence of str
        Columns of ``X`` to leave out.

    Returns
    -------
    Study
        With ``verdict``, ``records``, ``plot_loss()`` and ``save(directory)``.

    Raises
    ------
    InputError
        A ``ValueError`` that names the argument, column or row.
    MissingExtraError
        When only networks were asked for, and no network backend is installed.
    """
    if isinstance(y, str):
        dataset = make_dataset(X, y, task=task, drop=drop, name="X")  # type: ignore[arg-type]
    else:
        dataset = from_arrays(X, y, task=task, drop=drop)
    protocol = Protocol(seeds=_seeds(seeds), epochs=epochs)
    return run_study(dataset, choose_arms(arms), protocol)


def run_study(
    dataset: Dataset, arms: Sequence[Arm], protocol: Protocol, *, quiet: bool = False
) -> Study:
    """Run the arms that can run, showing progress on standard error, and judge.

    Parameters
    ----------
    dataset : Dataset
    arms : sequence of Arm
    protocol : Protocol
    quiet : bool
        Shows nothing.

    Returns
    -------
    Study

    Raises
    ------
    InputError
        When the data cannot be split.
    MissingExtraError
        When none of the arms can run.
    """
    from rich.console import Console

    from bridle.workbench.report.terminal import progress

    part_rows(dataset, protocol, protocol.seeds[0])
    obstacle = backend_available() if any(arm.needs_network for arm in arms) else None
    skipped = {arm.name: obstacle for arm in arms if obstacle and arm.needs_network}
    able = [arm for arm in arms if arm.name not in skipped]
    if not able:
        load_keras()
    console = Console(file=sys.stderr)
    with progress(console, len(able) * len(protocol.seeds), quiet=quiet) as advance:
        records = run_experiment(dataset, able, protocol, advance)
    verdict = judge(records, protocol, dataset.task, dataset.findings, skipped)
    return Study(verdict, records, protocol, dataset)


def choose_arms(names: Sequence[str] | None) -> list[Arm]:
    """Return arms by name, in the order of the catalogue; all of them for None.

    Raises
    ------
    UnknownNameError
        When there is no such arm.
    InputError
        When no name is given.
    """
    if names is None:
        return list(ARMS.values())
    names = [names] if isinstance(names, str) else list(names)
    for name in names:
        if name not in ARMS:
            raise UnknownNameError("arm", str(name), ARMS)
    if not names:
        raise InputError(f"arms must name at least one of {', '.join(ARMS)}. Received: none.")
    return [arm for name, arm in ARMS.items() if name in names]


def _seeds(seeds: int | Sequence[int]) -> tuple[int, ...]:
    if isinstance(seeds, bool):
        raise InputError(f"seeds must be a number of splits or their seeds. Received: {seeds!r}.")
    return tuple(range(seeds)) if isinstance(seeds, int) else tuple(seeds)
