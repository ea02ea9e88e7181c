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
from bridle.dropout.engine.sources import Source
from bridle.dropout.recipe import Recipe
from bridle.errors import InputError, UnknownNameError
from bridle.workbench.arm import ARMS, DEFAULT_ARMS, Arm, NetworkArm
from bridle.workbench.arm.dropout import Dropout
from bridle.workbench.arm.network_arm import RECIPE
from bridle.workbench.checks.split_checks import run_split_checks
from bridle.workbench.checks.split_view import SplitView
from bridle.workbench.dataset import Dataset
from bridle.workbench.experiment import run_experiment
from bridle.workbench.files import UNFINISHED, open_output_directory, to_json
from bridle.workbench.given_data import dataset_of
from bridle.workbench.journal import Journal, plan_of
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
        (folder / UNFINISHED).unlink(missing_ok=True)
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
    X: npt.ArrayLike | pd.DataFrame | Iterable[Any],
    y: npt.ArrayLike | pd.Series[Any] | str | None = None,
    *,
    arms: Sequence[str] | None = None,
    seeds: int | Sequence[int] | None = None,
    epochs: int = 15,
    task: TaskKind | None = None,
    drop: Sequence[str] = (),
    splits: Any = None,
    groups: npt.ArrayLike | pd.Series[Any] | str | None = None,
    network: Source | None = None,
    tune: bool = False,
    out: str | Path | None = None,
) -> Study:
    """Train a baseline and its regularised rivals under the same rules, and judge.

    Each seed draws its own split (a tenth of the rows to judge, a tenth of the rest to validate,
    stratified for classes), initialisation and data order, shared by all arms.

    Parameters
    ----------
    X : array-like or DataFrame of shape (n, p), or array of shape (n, …)
        Features; numbers, categories, booleans and missing values. Arrays with three or four axes
        are images or sequences, channels last. Without y, an iterable of batches, each a pair of
        features and targets, such as a ``tf.data.Dataset`` or a PyTorch ``DataLoader``.
    y : array-like of shape (n,), or str
        Target, or the name of the column of the DataFrame ``X`` that holds it; left out where X
        gives batches.
    arms : sequence of str, optional
        Some of `bridle.workbench.arm.ARMS`; the "dummy" always runs. Default: "permuted_target",
        "linear", "elastic_net", "baseline", "early_stopping" and "dropout", those of them that can run.
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
    network : keras.Model or callable, optional
        Yours, in place of the default network: a Keras network, from whose weights every run starts;
        or a function that builds one from the number of features (for images and sequences the shape
        of one) and the number of outputs. Dropout that it has is taken out; the arm "dropout" puts
        it after the hidden layers.
    tune : bool
        Whether each network arm chooses its strengths, rate, learning rate and batch size on the
        inner split first, all with the same budget. Default False.
    out : str or Path, optional
        A folder for what `Study.save` writes. Runs are kept there as they are done, and the same
        call after an interruption goes on where it was.

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
    dataset = dataset_of(X, y, task, drop, groups)
    rows = as_splits(splits, table_of(dataset))
    protocol = Protocol(
        seeds=seeds_of(rows, _seeds(seeds)),
        epochs=_whole("epochs", epochs, least=1),
        splits=rows,
    )
    chosen = choose_arms(arms, network, tune=tune)
    if out is None:
        return run_study(dataset, chosen, protocol)
    find_skipped(dataset, chosen, protocol)  # refuses what cannot run before a folder is made
    folder = open_output_directory(out)
    study = run_study(dataset, chosen, protocol, folder=folder)
    study.save(folder)
    return study


def run_study(
    dataset: Dataset,
    arms: Sequence[Arm],
    protocol: Protocol,
    *,
    quiet: bool = False,
    folder: Path | None = None,
) -> Study:
    """Run the arms that can run, showing progress on standard error, and judge.

    Parameters
    ----------
    dataset : Dataset
    arms : sequence of Arm
    protocol : Protocol
    quiet : bool
        Shows nothing.
    folder : Path, optional
        Where runs are kept as they are done, and where an earlier start of the same study left
        them; `Study.save` in this folder ends that.

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
    trainer = _trainer() if any(arm.needs_network for arm in able) else ""
    journal = None if folder is None else Journal(folder, plan_of(dataset, able, protocol, trainer))
    with progress(console, len(able) * len(protocol.seeds), quiet=quiet) as advance:
        if journal is None:
            records = run_experiment(dataset, able, protocol, advance)
        else:
            done = dict(journal.done)
            records = run_experiment(dataset, able, protocol, advance, done=done, keep=journal.keep)
            journal.write()
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
            place
            for arm in arms
            if isinstance(arm, Dropout) and isinstance(arm.source, Recipe)
            for place in recipe_places(arm.source)
        ),
    )


def _trainer() -> str:
    """Return name and version of what trains networks."""
    keras = load_keras()
    backend = str(keras.backend.backend())
    return f"keras {keras.__version__} {backend} {sys.modules[backend].__version__}"


def find_skipped(dataset: Dataset, arms: Sequence[Arm], protocol: Protocol) -> dict[str, str]:
    """Return the arms that cannot run, with the reason; raise where the study itself cannot.

    Fast, so that a study which cannot run is refused before anything is trained or written; see
    `run_study` for the parameters and what is raised.
    """
    for seed in protocol.seeds:
        part_rows(dataset, protocol, seed)
    obstacle = backend_available() if any(arm.needs_network for arm in arms) else None
    skipped = {arm.name: obstacle for arm in arms if obstacle and arm.needs_network}
    if dataset.shape is None or len(dataset.shape) != 3:
        skipped |= {arm.name: "it is for images" for arm in arms if arm.needs_images}
    if skipped and all(arm.name in skipped for arm in arms if arm.name != "dummy"):
        load_keras()  # raises, naming the extra
    return skipped


def choose_arms(
    names: Sequence[str] | None, network: Source | None = None, *, tune: bool = False
) -> list[Arm]:
    """Return arms by name, in the order of the catalogue; the default ones for None.

    Parameters
    ----------
    names : sequence of str or None
    network : keras.Model or callable, optional
        In place of the default network.
    tune : bool
        Whether network arms are tuned.

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
        names = DEFAULT_ARMS
    names = [names] if isinstance(names, str) else list(names)
    for name in names:
        if name not in ARMS:
            raise UnknownNameError("arm", str(name), ARMS)
    if not names:
        raise InputError(f"arms must name at least one of {', '.join(ARMS)}. Received: none.")
    chosen = [arm for name, arm in ARMS.items() if name in {"dummy", *names}]
    return [
        type(arm)(RECIPE if network is None else network, tuned=tune)
        if isinstance(arm, NetworkArm) and (network is not None or tune)
        else arm
        for arm in chosen
    ]


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
