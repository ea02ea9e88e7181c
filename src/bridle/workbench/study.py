"""`Study`: a finished experiment with its verdict, records, figures and files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bridle.errors import InputError
from bridle.files.pickled import Pickled
from bridle.workbench.arm import Arm
from bridle.workbench.data.dataset import Dataset
from bridle.workbench.folder.file_names import (
    CURVE_RECORDS,
    MODEL,
    PAGE,
    PAGE_SOURCE,
    RECORDS,
    SCRIPT,
    VERDICT,
    to_json,
)
from bridle.workbench.folder.journal import Journal
from bridle.workbench.folder.plan import Plan, plan_of_records, split_fingerprint
from bridle.workbench.folder.record_file import records_text
from bridle.workbench.folder.study_folder import open_study_folder
from bridle.workbench.protocol import Protocol
from bridle.workbench.record import Record
from bridle.workbench.verdict.answer import Answer, answer_of
from bridle.workbench.verdict.verdict import Verdict

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from bridle.workbench.model.model import Model

__all__ = ["Study", "contents_of", "fit_with_progress", "model_files"]


@dataclass(frozen=True)
class Study(Pickled):
    """A finished experiment.

    Attributes
    ----------
    verdict : Verdict
        The verdict.
    records : tuple of Record
        One for each run of each arm.
    curve_records : tuple of Record
        The runs on smaller shares of the training rows; empty without a learning curve.
    protocol : Protocol
        The rules.
    dataset : Dataset
        The data.
    titles : mapping of str to str
        Descriptions of the arms, by name.
    plan : Plan or None
        Digests of everything that determines the records; None for a study without a folder.
    arms : mapping of str to Arm
        The arms that ran, by name; empty in a pickle, since a user's network may contain anything.
    command : tuple of str
        Arguments of the command ``bridle`` that ran the study, without those about output; empty for
        a study from Python.
    """

    verdict: Verdict
    records: tuple[Record, ...]
    protocol: Protocol
    dataset: Dataset
    titles: Mapping[str, str]
    plan: Plan | None = None
    arms: Mapping[str, Arm] = field(default_factory=dict)
    command: tuple[str, ...] = ()
    curve_records: tuple[Record, ...] = ()

    def __str__(self) -> str:
        from bridle.workbench.report.terminal import answer_text

        kept = self.verdict.recommended in self.arms and self.verdict.recommended is not None
        return answer_text(self.answer("study.model().predict(rows)" if kept else None))

    def _repr_html_(self) -> str:
        from bridle.workbench.report.notebook import study_html

        return study_html(self.answer(), self.verdict, self.dataset.task, self.titles)

    @property
    def subject(self) -> str:
        """Data, rows and target in a few words."""
        rows, drawn_from = f"{len(self.dataset.target):,}", self.dataset.drawn_from
        rows += " rows" if drawn_from is None else f" of {drawn_from:,} rows, drawn at random"
        return f"{self.dataset.name}, {rows}, predicting {self.dataset.target_name}"

    def answer(self, following: str | None = None, report: str | None = None) -> Answer:
        """Return the first screen, which ``print(study)`` shows.

        Parameters
        ----------
        following : str, optional
            The command that uses the recommended model. Default: none.
        report : str, optional
            Path of the page with the evidence. Default: none.
        """
        return answer_of(
            self.verdict,
            self.protocol,
            self.dataset.task,
            subject=self.subject,
            following=following,
            report=report,
        )

    def model(self) -> Model:
        """Return the recommended arm, fitted on all rows; it is fitted once.

        `bridle.workbench.model.fit_model.fit_model` describes its settings.

        Returns
        -------
        Model
            An estimator of scikit-learn that takes rows in the form of the training table; see
            `bridle.load`.

        Raises
        ------
        InputError
            No arm is recommended, the arm cannot be fitted to all rows or saved, or the study was
            loaded from a pickle, which has no arms.
        """
        return self._model

    @cached_property
    def _model(self) -> Model:
        return _fitted(self, lambda text, share: None)

    def plot_loss(self) -> Figure:
        """Return a figure of training and validation loss by epoch, one panel per network.

        Raises
        ------
        InputError
            No arm was trained in epochs.
        """
        from bridle.workbench.report.figures.loss_curves import plot_loss

        return plot_loss(self.records, self.dataset.task)

    def plot_coefficients(self) -> Figure:
        """Return a figure of the largest coefficients of the linear arms.

        Raises
        ------
        InputError
            There was no linear arm.
        """
        from bridle.workbench.report.figures.coefficients import plot_coefficients

        return plot_coefficients(self.records)

    def plot_learning_curve(self) -> Figure:
        """Return a figure of the changes, with intervals, and the risks by number of training rows.

        Raises
        ------
        InputError
            The study has no learning curve, or one of a single size.
        """
        from bridle.workbench.report.figures.learning_curve import plot_learning_curve

        return plot_learning_curve(self.verdict.learning_curve, self.dataset.task)

    def _kept_state(self) -> dict[str, Any]:
        return {**vars(self), "arms": {}}

    def save(self, directory: str | Path, *, overwrite: bool = False, model: bool = True) -> Path:
        """Write records, verdict, figures, the report and the model.

        Parameters
        ----------
        directory : str or Path
            Created if it does not exist. It must not contain anything but a study.
        overwrite : bool
            Whether to replace another study in the directory. Default False: raise an error.
        model : bool
            Whether to save the model of `Study.model`, if there is one, in the folder ``model``.
            Default True.

        Returns
        -------
        Path
            The path of ``report.html``.

        Raises
        ------
        InputError
            The directory cannot be used, or another study is being written to it. Nothing was
            written.
        OSError
            A file could not be written. The same call continues.
        """
        plan = self.plan or plan_of_records(self.records, self.verdict.headline)
        with open_study_folder(directory) as folder:
            folder.begin(plan, overwrite=overwrite)
            keeps = model and self.verdict.recommended in self.arms
            if not folder.is_complete or (keeps and not folder.has_model):
                Journal(folder.path, plan, (*self.records, *self.curve_records)).write()
                kept = model_files(self.model()) if keeps else {}
                folder.finish(plan, {**contents_of(self, model=bool(kept)), **kept})
            return folder.path / "report.html"


def fit_with_progress(study: Study, advance: Callable[[str, float], None]) -> Model:
    """Return the model of a study and store it there.

    ``advance`` is called with a few words and the finished fraction.
    """
    if "_model" not in vars(study):
        vars(study)["_model"] = _fitted(study, advance)  # the place of the cached property
    return study.model()


def _fitted(study: Study, advance: Callable[[str, float], None]) -> Model:
    name = study.verdict.recommended
    if name is None:
        raise InputError(f"There is no model to keep: {study.verdict.headline}")
    if name not in study.arms:
        raise InputError(
            f"The arm {name!r} is not in this study, which was loaded from a pickle or made from "
            "records. Run the study again, or fit the arm in a shell with bridle fit."
        )
    from bridle.workbench.model.fit_model import fit_model

    return fit_model(study.dataset, study.arms[name], study.protocol, study.records, advance)


def model_files(model: Model) -> dict[str, bytes]:
    """Return the contents of a model's files, by their names in the folder of a study."""
    from bridle.workbench.model.saved.write_model import model_contents

    return {f"{MODEL}/{name}": content for name, content in model_contents(model.parts).items()}


def contents_of(study: Study, *, model: bool) -> dict[str, bytes]:
    """Return the contents of the files that `Study.save` writes, by name.

    Parameters
    ----------
    study : Study
    model : bool
        Whether a model is saved with them; the page then names the command that uses it.
    """
    from bridle.workbench.report.figures.png import png
    from bridle.workbench.report.html import Origin, installed_versions
    from bridle.workbench.report.page.reproduce import script_of
    from bridle.workbench.report.page_source import PageSource

    versions = installed_versions()
    source = PageSource(
        protocol=study.protocol,
        task=study.dataset.task,
        dataset=study.dataset.name,
        target=study.dataset.target_name,
        subject=study.subject,
        following=_use_of_model(study) if model else None,
        columns=study.dataset.columns,
        titles=dict(study.titles),
        versions=versions,
        origin=Origin(study.command, split_fingerprint(study.dataset, study.protocol)),
    )
    kept = source.to_json()
    figures: dict[str, bytes] = {}
    if any(record.curves for record in study.records):
        figures["loss_curves.png"] = png(study.plot_loss())
    if any(record.coefficients for record in study.records):
        figures["coefficients.png"] = png(study.plot_coefficients())
    script: dict[str, bytes] = {}
    if study.command:
        words = (*study.command, *_epochs_found(study))
        script[SCRIPT] = script_of(words, study.records, versions).encode()
    return {
        RECORDS: records_text(study.records).encode(),
        **(
            {CURVE_RECORDS: records_text(curved).encode()}
            if (curved := study.curve_records)
            else {}
        ),
        VERDICT: f"{to_json(study.verdict.to_dict(), indent=2)}\n".encode(),
        **({} if kept is None else {PAGE_SOURCE: kept.encode()}),
        **figures,
        **script,
        PAGE: source.render(study.verdict, study.records).encode(),
    }


def _use_of_model(study: Study) -> str:
    """Return the command that predicts new rows with the model beside the page."""
    if study.command:
        return f"bridle predict {MODEL} new.csv"
    return f"bridle.load({MODEL!r}).predict(rows)"


def _epochs_found(study: Study) -> tuple[str, ...]:
    """Return the option that repeats a number of epochs that was found for networks."""
    if study.protocol.epochs_rule == "given" or not any(one.curves for one in study.records):
        return ()
    return ("--epochs", str(study.protocol.epochs))
