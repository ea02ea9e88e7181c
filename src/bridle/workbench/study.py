"""The main job: baseline against regularised, under the same rules, with a verdict."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from numbers import Integral
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy.typing as npt
import pandas as pd

from bridle.atomic_file import write_atomic
from bridle.dropout.backend import backend_available, load_keras
from bridle.errors import InputError, UnknownNameError
from bridle.workbench.arm import ARMS, Arm
from bridle.workbench.arm.network import Dropout
from bridle.workbench.checks.split_checks import run_split_checks
from bridle.workbench.checks.split_view import SplitView
from bridle.workbench.dataset import Dataset, from_arrays, make_dataset
from bridle.workbench.experiment import run_experiment
from bridle.workbench.files import open_output_directory, to_json
from bridle.workbench.protocol import Protocol
from bridle.workbench.recipe_places import recipe_places
from bridle.workbench.record import Record
from bridle.workbench.record_file import write_records
from bridle.workbench.split import part_rows, table_of
from bridle.workbench.splits import Parts, as_splits, seeds_of
from bridle.workbench.task import TaskKind
from bridle.workbench.verdict import Verdict, judge

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Study", "choose_arms", "compare", "find_skipped", "run_study"]


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
    titles : mapping of str to str
        What each arm is, by its name.
    """

    verdict: Verdict
    records: tuple[Record, ...]
    protocol: Protocol
    dataset: Dataset
    titles: Mapping[str, str]

    def __str__(self) -> str:
        return self.verdict.headline

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
    seeds: int | Sequence[int] | None = None,
    epochs: int = 15,
    task: TaskKind | None = None,
    drop: Sequence[str] = (),
    splits: Any = None,
    groups: npt.ArrayLike | pd.Series[Any] | str | None = None,
) -> Study:
    """Train a baseline and its regularised rivals under the same rules, and judge.

    Each seed draws its own split (a tenth of the rows to judge, a tenth of the rest to validate,
    stratified for classes), initialisation and data order, shared by all arms.

    Parameters
    ----------
    X : array-like or DataFrame of shape (n, p)
        Features; numbers, categories, booleans and missing values.
    y : array-like of shape (n,), or str
        Target, or the name of the column of the DataFrame ``X`` that holds it.
    arms : sequence of str, optional
        Some of "permuted_target", "linear", "elastic_net", "baseline", "dropout"; the "dummy" always
        runs. Default: all that can run.
    seeds : int or sequence of int
        Number of random draws of the rows, or their numbers. Default: 10 for random splits, 1 for
        folds, which a draw takes all of.
    epochs : int
        Passes of a network over its training rows, at least 1. Default 15.
    task : {"binary", "multiclass", "regression"}, optional
        Default: inferred from the target.
    drop : sequence of str
        Columns of ``X`` to leave out.
    splits : Splits or scikit-learn splitter, optional
        Which rows train, validate and test (`bridle.workbench.splits`). Default: random splits.
    groups : array-like of shape (n,), or str, optional
        The group of each row, or the column of the DataFrame ``X`` that names it: rows of one group
        never stand on two sides of a split.

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
        if not isinstance(X, pd.DataFrame):
            raise InputError(
                f"X must be a pandas DataFrame where y names a column of it. Received: "
                f"{type(X).__name__}, and y={y!r}."
            )
        if not (groups is None or isinstance(groups, str)):
            raise InputError(
                "groups must name a column of X where y does. Received: an object of "
                f"{type(groups).__name__}."
            )
        dataset = make_dataset(X, y, task=task, drop=drop, name="X", groups=groups)
    else:
        dataset = from_arrays(X, y, task=task, drop=drop, groups=groups)
    chosen = as_splits(splits, table_of(dataset))
    protocol = Protocol(
        seeds=seeds_of(chosen, _seeds(seeds)),
        epochs=_whole("epochs", epochs, least=1),
        splits=chosen,
    )
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

    skipped = find_skipped(dataset, arms, protocol)
    able = [arm for arm in arms if arm.name not in skipped]
    console = Console(file=sys.stderr)
    with progress(console, len(able) * len(protocol.seeds), quiet=quiet) as advance:
        records = run_experiment(dataset, able, protocol, advance)
    found, silent = run_split_checks(_split_view(dataset, able, protocol))
    findings = (*dataset.findings, *found)
    verdict = judge(records, protocol, dataset.task, findings, skipped, silent)
    return Study(verdict, records, protocol, dataset, {arm.name: arm.title for arm in arms})


def _split_view(dataset: Dataset, arms: Sequence[Arm], protocol: Protocol) -> SplitView:
    seeds = {protocol.run_of(seed): seed for seed in protocol.seeds}
    return SplitView(
        frame=dataset.frame,
        target=dataset.target,
        task=dataset.task,
        groups=dataset.groups,
        protocol=protocol,
        parts=tuple(Parts(*part_rows(dataset, protocol, seed)) for seed in seeds.values()),
        places=tuple(
            place for arm in arms if isinstance(arm, Dropout) for place in recipe_places(arm.recipe)
        ),
    )


def find_skipped(dataset: Dataset, arms: Sequence[Arm], protocol: Protocol) -> dict[str, str]:
    """Return the arms that cannot run, with the reason; raise where the study itself cannot.

    Fast, so that a study which cannot run is refused before anything is trained or written; see
    `run_study` for the parameters and what is raised.
    """
    for seed in protocol.seeds:
        part_rows(dataset, protocol, seed)
    obstacle = backend_available() if any(arm.needs_network for arm in arms) else None
    skipped = {arm.name: obstacle for arm in arms if obstacle and arm.needs_network}
    if skipped and all(arm.name in skipped for arm in arms if arm.name != "dummy"):
        load_keras()  # raises, naming the extra
    return skipped


def choose_arms(names: Sequence[str] | None) -> list[Arm]:
    """Return arms by name, in the order of the catalogue; all of them for None.

    Raises
    ------
    UnknownNameError
        When there is no such arm.
    InputError
        When no name is given.

    Notes
    -----
    The dummy is always among them: a difference is called negligible by a share of its risk.
    """
    if names is None:
        return list(ARMS.values())
    names = [names] if isinstance(names, str) else list(names)
    for name in names:
        if name not in ARMS:
            raise UnknownNameError("arm", str(name), ARMS)
    if not names:
        raise InputError(f"arms must name at least one of {', '.join(ARMS)}. Received: none.")
    return [arm for name, arm in ARMS.items() if name in {"dummy", *names}]


def _seeds(seeds: Any) -> tuple[int, ...] | None:
    if seeds is None:
        return None
    if isinstance(seeds, str) or not isinstance(seeds, Iterable):
        return tuple(range(_whole("seeds", seeds, least=1)))
    return tuple(_whole("each of seeds", one, least=0) for one in seeds)


def _whole(name: str, value: Any, *, least: int) -> int:
    if isinstance(value, bool) or not isinstance(value, Integral) or int(value) < least:
        raise InputError(
            f"{name} must be a whole number from {least} upwards. Received: {value!r}."
        )
    return int(value)
